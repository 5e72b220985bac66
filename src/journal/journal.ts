import { appendFileSync, closeSync, fsyncSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Emit, RunEvent } from '../events.js'

export interface Journal {
  /** path of the run's file: one event a line, as JSON, with `at` */
  file: string
  emit: Emit
  close(): void
}

/** Where netplay keeps what it must remember on the controller; `NETPLAY_STATE_DIR`, else `$XDG_STATE_HOME/netplay`, else `~/.local/state/netplay`. */
export const stateDir = (env: NodeJS.ProcessEnv = process.env): string =>
  env['NETPLAY_STATE_DIR'] ?? join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'netplay')

/** Events after which something leaves for a host: their line is on disk before it does. */
const intents = new Set<RunEvent['type']>(['run-started', 'plan-made', 'stage-started', 'item-started', 'run-finished'])

/** The append-only file of one run, readable by its owner alone. @param plan kept beside it, as it was applied */
export function openJournal(run: string, plan?: unknown): Journal {
  const folder = join(stateDir(), 'runs')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${run}.jsonl`)
  if (plan !== undefined) writeFileSync(join(folder, `${run}.plan.json`), JSON.stringify(plan), { mode: 0o600 })
  const descriptor = openSync(file, 'a', 0o600)
  return {
    file,
    emit: event => {
      appendFileSync(descriptor, `${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`)
      if (intents.has(event.type)) fsyncSync(descriptor)
    },
    close: () => closeSync(descriptor),
  }
}
