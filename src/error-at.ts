import { readFileSync, statSync } from 'node:fs'
import { InputError, type Origin } from './errors.js'
import { maxSourceBytes } from './limited-file.js'
import { SourceText } from './source-text.js'
import { vaultMark } from './vaulted.js'

/** An InputError with the line at fault and a caret. The file is read again for it: errors are rare, and their lines are not kept. */
export function errorAt(origin: Origin, problem: string, details: { next?: string; cause?: unknown } = {}): InputError {
  const text = origin.line > 0 ? textOf(origin.file) : undefined
  return text === undefined
    ? new InputError(problem, { origin, ...details })
    : new SourceText(origin.file, text).error(problem, origin, details)
}

function textOf(file: string): string | undefined {
  try {
    // Of a pipe nothing can be read twice.
    const found = statSync(file)
    if (!found.isFile() || found.size > maxSourceBytes) return undefined
    const text = readFileSync(file, 'utf8')
    // The position is that of the opened text, and nothing of that is shown.
    return text.startsWith(vaultMark) ? undefined : text.replace(/^\ufeff/, '')
  } catch {
    return undefined
  }
}
