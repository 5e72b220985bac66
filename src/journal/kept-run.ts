import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import type { RunEvent } from '../events.js'
import { runsFolder } from './journal.js'

/** What the journal knows of a run that is over, or died. */
export interface KeptRun {
  /** as it was applied */
  plan: unknown
  /** ids of the items that were begun; whether they took effect is another question */
  begun: ReadonlySet<string>
}

/** @throws {InputError} there is no such run on this machine, or it never got as far as a plan */
export function loadRun(run: string): KeptRun {
  const folder = runsFolder()
  // A name is part of a path here.
  const journal = /^[A-Za-z0-9-]+$/.test(run) ? read(join(folder, `${run}.jsonl`)) : undefined
  if (journal === undefined)
    throw new InputError(`there is no run ${run} in ${folder}`, {
      next: `Name one of these: ${lastRuns(folder).join(', ') || 'there are none here'}.`,
    })
  const plan = read(join(folder, `${run}.plan.json`))
  if (plan === undefined)
    throw new InputError(`run ${run} ended before it had a plan, so it wrote nothing`, { next: 'There is nothing to put back.' })
  return {
    plan: JSON.parse(plan) as unknown,
    begun: new Set(eventsOf(journal).flatMap(event => (event.type === 'item-started' ? [event.item] : []))),
  }
}

/** The last line of a killed run may be half there. */
const eventsOf = (journal: string): RunEvent[] =>
  journal
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as RunEvent)

const lastRuns = (folder: string): string[] =>
  namesIn(folder)
    .flatMap(name => (name.endsWith('.plan.json') ? [name.slice(0, -'.plan.json'.length)] : []))
    .sort()
    .slice(-5)

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
