import type { HostEnd } from '../events.js'

/** One table for every command: conventions.md 12, docs/exit-codes.md. */
export const exitCodes = { done: 0, input: 1, failed: 2, unreachable: 4, interrupted: 99, bug: 250 } as const
export type ExitCode = number

/** Of an apply: unreachable wins over failed. A host that was stopped because others failed did not fail. */
export function exitCodeOfEnds(ends: Record<string, HostEnd>, interrupted: boolean): ExitCode {
  const found = new Set(Object.values(ends))
  if (interrupted) return exitCodes.interrupted
  if (found.has('unreachable')) return exitCodes.unreachable
  return ['failed', 'unknown', 'refused', 'stopped'].some(end => found.has(end as HostEnd)) ? exitCodes.failed : exitCodes.done
}

/** Of a check or plan. @param detailed 0 nothing to do, 1 error, 2 changes pending */
export function exitCodeOfCheck(ends: Record<string, HostEnd>, changes: number, detailed: boolean): ExitCode {
  const code = exitCodeOfEnds(ends, false)
  if (!detailed) return code
  if (code !== exitCodes.done) return exitCodes.input
  return changes > 0 ? 2 : 0
}
