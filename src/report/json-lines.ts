import type { Emit } from '../events.js'

/** `--output json`: every event as one object a line, nothing else. Described in docs/events.md. */
export const jsonLines =
  (write: (text: string) => void): Emit =>
  event =>
    write(`${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`)
