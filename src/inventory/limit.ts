import { readFileSync, statSync } from 'node:fs'
import { InputError } from '../errors.js'
import { maxSourceBytes } from '../limited-file.js'
import { splitPattern } from './split-pattern.js'

/**
 * The parts of a `--limit`: those of a pattern, and for `@file` one part a line (not split further, no comments; an empty line is an empty part).
 * None at all for a blank limit, which is no limit.
 * @throws InputError when the file is missing, a directory or a pipe, or too large
 */
export function limitPatterns(limit: string): string[] {
  const whole = limit.trim()
  const parts = whole.startsWith('@') && statSync(whole.slice(1), { throwIfNoEntry: false }) ? [whole] : splitPattern(limit)
  return parts.flatMap(part => (part.startsWith('@') ? linesOf(part.slice(1)) : [part]))
}

function linesOf(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new InputError(`Unable to find limit file ${path}`, { next: 'Name a file with one host pattern a line behind @.' })
  if (found.isDirectory()) throw new InputError(`Limit starting with "@" must be a file, not a directory: ${path}`)
  // Ansible takes no pipe here either.
  if (!found.isFile()) throw new InputError(`Limit starting with "@" must be a file, not a pipe or a device: ${path}`)
  if (found.size > maxSourceBytes) throw new InputError(`the limit file ${path} is larger than 16 MB`)
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.map(line => line.trim())
}
