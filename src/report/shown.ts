import type { Change, Shown } from '../change.js'
import { printable } from '../errors.js'
import { unifiedDiff } from '../text-diff.js'

export const isText = (value: Shown): value is { text: string } => typeof value === 'object' && value !== null && 'text' in value

/** A value in few words; contents are shown apart. */
export function inWords(value: Shown): string {
  if (value === null) return 'absent'
  if (typeof value !== 'object') return printable(String(value))
  if ('unknown' in value) return `(known after apply: ${printable(value.unknown)})`
  if ('sensitive' in value) return '(sensitive value)'
  if ('digest' in value) return `${size(value.sizeBytes)}  sha256 ${value.digest.slice(0, 6)}…`
  return `${value.text.split('\n').length - 1} lines`
}

/** `51 MB`, `12 kB`, `300 bytes`: powers of ten, as disks are sold. */
export const size = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${Math.round(bytes / 1_000_000)} MB`
}

/** `enabled, running` rather than true: what an admin would say. */
export function fieldInWords({ field, before, after }: Change): string {
  if (field === 'enabled' && typeof after === 'boolean') return after ? 'enabled' : 'disabled'
  if (field === 'active' && typeof after === 'boolean') return after ? 'running' : 'stopped'
  if (field === 'restart') return `restart: ${inWords(after)}`
  if (before === null) return inWords(after)
  if (after === null) return `${field} ${inWords(before)} removed`
  return `${field} ${inWords(before)} → ${inWords(after)}`
}

/** Lines of a unified diff with three lines of context, without its file headers; a new text is all `+`. */
export function diffLines({ before, after }: Change, contextLines = 3): string[] {
  const [from, to] = [isText(before) ? before.text : '', isText(after) ? after.text : '']
  if (!isText(before)) return lines(to).map(line => `+ ${line}`)
  if (!isText(after)) return lines(from).map(line => `- ${line}`)
  return unifiedDiff(from, to, contextLines).map(line =>
    /^[+-]/.test(line) ? `${line[0]} ${line.slice(1)}` : line.startsWith(' ') ? ` ${line}` : line,
  )
}

const lines = (text: string) => {
  const all = text.split('\n')
  return text.endsWith('\n') ? all.slice(0, -1) : [...all.slice(0, -1), all.at(-1)!, '\\ No newline at end of file']
}
