import { appendFileSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Emit, RunEvent } from '../events.js'
import { keepRetryFile, type RetryOf } from './retry-file.js'

export interface Journal {
  /** path of the run's file: one event a line, as JSON, with `at` */
  file: string
  emit: Emit
  /** the plan is on disk, beside the journal, before anything of it leaves: what a rollback needs */
  keepPlan(plan: unknown): void
  /** @returns the file of the hosts that are not done (retry-file.ts), undefined when all are */
  keepRetry(of: RetryOf): string | undefined
  close(): void
}

/** Where netplay keeps what it must remember on the controller; `NETPLAY_STATE_DIR`, else `$XDG_STATE_HOME/netplay`, else `~/.local/state/netplay`. */
export const stateDir = (env: NodeJS.ProcessEnv = process.env): string =>
  env['NETPLAY_STATE_DIR'] ?? join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'netplay')

/** Events after which something leaves for a host: their line is on disk before it does. */
const intents = new Set<RunEvent['type']>(['run-started', 'plan-made', 'stage-started', 'item-started', 'run-finished'])

export const runsFolder = (): string => join(stateDir(), 'runs')

/** The append-only file of one run, readable by its owner alone. */
export function openJournal(run: string): Journal {
  const folder = runsFolder()
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${run}.jsonl`)
  const descriptor = openSync(file, 'a', 0o600)
  return {
    file,
    emit: event => {
      appendFileSync(descriptor, `${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`)
      if (intents.has(event.type)) fsyncSync(descriptor)
    },
    keepPlan: plan => writeWhole(join(folder, `${run}.plan.json`), JSON.stringify(plan)),
    keepRetry: of => keepRetryFile({ run, folder, ...of }),
    close: () => closeSync(descriptor),
  }
}

/** On disk whole, or not at all. */
function writeWhole(file: string, text: string): void {
  const descriptor = openSync(`${file}.part`, 'w', 0o600)
  try {
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(`${file}.part`, file)
}
