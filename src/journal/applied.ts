import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stateDir } from './journal.js'

const markOf = (plan: string) => join(stateDir(), 'applied', plan)

/** @returns the run that this machine applied the plan in; undefined: it did not */
export function appliedIn(plan: string): string | undefined {
  try {
    return readFileSync(markOf(plan), 'utf8').trim()
  } catch {
    return undefined
  }
}

/** Of two who try at the same time one wins. @returns whether the plan is this run's to apply */
export function claimPlan(plan: string, run: string): boolean {
  mkdirSync(join(stateDir(), 'applied'), { recursive: true, mode: 0o700 })
  try {
    writeFileSync(markOf(plan), `${run}\n`, { mode: 0o600, flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
