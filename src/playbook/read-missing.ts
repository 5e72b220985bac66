import { errorAt } from '../error-at.js'
import type { Origin } from '../errors.js'

/** A file that is not there is the fault of the line that names it. */
export function missingFile(error: unknown, problem: string, origin: Origin): unknown {
  const code = ((error as { cause?: unknown }).cause as NodeJS.ErrnoException | undefined)?.code
  return code === 'ENOENT' ? errorAt(origin, problem, { cause: error }) : error
}
