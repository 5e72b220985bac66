import { randomUUID } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { NetplayError, reportOf } from '../errors.js'
import type { AbsentHost } from '../inventory/absent.js'
import type { StopSignal } from '../apply/apply.js'
import type { Emit, RequestCounts } from '../events.js'
import { readFacts, type Looked } from '../plan/observe.js'
import { countOf } from '../report/hosts.js'
import type { Connection } from '../transport/connection.js'
import type { RetryOf } from '../journal/retry-file.js'
import { exitCodes } from './exit-code.js'
import type { RunOptions } from './options.js'
import { passphraseAsker } from './passwords.js'
import { withSessions, type Session, type SessionsOptions } from '../transport/session.js'

/** Names of a run: `2026-11-22T14-03-11-1f0c` sorts by time and is a file name. */
export const newRun = (): string => `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}-${randomUUID().slice(0, 4)}`

/** Told to whoever comes second on a host. */
export const ownerOf = (run: string, what: string): string =>
  `${userInfo().username}@${hostname()} runs ${what} since ${new Date().toISOString()} (run ${run}, pid ${process.pid})`

/** Of `run-finished`: hosts that the inventory declares away. */
export const absentPart = (absent: readonly AbsentHost[]): { absent?: Record<string, string> } =>
  absent.length === 0 ? {} : { absent: Object.fromEntries(absent.map(({ name, reason }) => [name, reason])) }

/** Of `run-started`: the configuration file. */
export const configPart = ({ settings }: Pick<RunOptions, 'settings'>): { config?: string } =>
  settings?.file === undefined ? {} : { config: settings.file }

/** Where the admin wants retry files, if so. */
export function retryOf({ settings }: Pick<RunOptions, 'settings'>): RetryOf['wanted'] {
  if (!settings?.values.retryFilesEnabled) return undefined
  const folder = settings.values.retryFilesSavePath
  return folder === undefined ? {} : { folder }
}

export const fanOut =
  (listeners: Emit[]): Emit =>
  async event => {
    for (const listener of listeners) await listener(event)
  }

/**
 * Sessions of every host that answers; those that do not are told and left out. What each was asked is counted beside the result.
 * @param options.looked takes the facts of each host, asked as soon as its session is open
 * @param options.wanted hosts that the run is about: another one (a peer outside --limit) that does not answer is only a warning
 */
export async function withReachable<T extends object>(
  connections: readonly Connection[],
  { forks, emit, wanted, looked }: { forks: number; emit: Emit; wanted: ReadonlySet<string>; looked?: Looked },
  body: (sessions: Map<string, Session>, unreachable: Map<string, NetplayError>) => Promise<T>,
): Promise<T & { requests: Record<string, RequestCounts> }> {
  return withSessions(
    connections,
    {
      forks,
      ...whileConnecting(emit),
      onOpened: async (session, ms) => {
        await emit({ type: 'host-connected', host: session.host, ms })
        if (looked !== undefined) await readFacts(session, looked, emit)
      },
      onFailed: error =>
        wanted.has(error.host)
          ? emit({ type: 'host-unreachable', host: error.host, error: reportOf(error) })
          : emit({ type: 'warning', message: `${error.host} was left out by --limit and does not answer: ${error.message}` }),
    },
    async opened => {
      const sessions = new Map([...opened].filter((entry): entry is [string, Session] => !(entry[1] instanceof NetplayError)))
      const unreachable = new Map(
        [...opened].filter((entry): entry is [string, Session & NetplayError] => wanted.has(entry[0]) && entry[1] instanceof NetplayError),
      )
      return { ...(await body(sessions, unreachable)), requests: requestsOf(sessions) }
    },
  )
}

/** What is told and asked before there is a session. */
function whileConnecting(emit: Emit): Pick<SessionsOptions, 'onRetry' | 'onWarning' | 'passphraseOf'> {
  const told = new Set<string>()
  return {
    // A host that is tried five times is one line.
    onRetry: async ({ host, attempt, left, reason }) => {
      if (attempt === 1)
        await emit({ type: 'warning', message: `${host}: ${reason}; trying again, up to ${countOf(left, 'time')}`, hosts: [host] })
    },
    onWarning: async message => {
      if (told.has(message)) return
      told.add(message)
      await emit({ type: 'warning', message })
    },
    passphraseOf: passphraseAsker(message => emit({ type: 'warning', message })),
  }
}

const requestsOf = (sessions: ReadonlyMap<string, Session>): Record<string, RequestCounts> =>
  Object.fromEntries([...sessions].map(([host, { requestCounts }]) => [host, Object.fromEntries(requestCounts)]))

/** Ctrl-C once: steps under way end, no others start. Twice: cut. */
export function interruptible(emit: Emit): StopSignal & { dispose(): void } {
  const listeners: (() => void)[] = []
  let times = 0
  const onSignal = () => {
    times++
    const told = Promise.resolve(emit({ type: 'interrupted', times }))
    if (times > 1) return cut(told)
    for (const listener of listeners.splice(0)) listener()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    get raised() {
      return times > 0
    },
    onRaised: listener => void (times > 0 ? listener() : listeners.push(listener)),
    dispose: () => {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}

/** At once, but for the word about it. */
function cut(told: Promise<void>): void {
  setTimeout(() => process.exit(exitCodes.interrupted), 200)
  void told.finally(() => process.exit(exitCodes.interrupted))
}
