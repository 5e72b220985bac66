import type { Emit } from '../events.js'

/** `--output json`: every event as one object a line, nothing else. Described in docs/events.md. */
export const jsonLines =
  (write: (text: string) => void): Emit =>
  event =>
    write(`${JSON.stringify({ at: new Date().toISOString(), ...event }, tenths)}\n`)

/** Times are measured in fractions that mean nothing. */
const tenths = (name: string, value: unknown): unknown => (name === 'ms' && typeof value === 'number' ? Math.round(value * 10) / 10 : value)
