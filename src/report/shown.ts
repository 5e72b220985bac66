import type { Change, Shown } from '../change.js'
import { printable } from '../errors.js'

export const isText = (value: Shown): value is { text: string } => typeof value === 'object' && value !== null && 'text' in value

/** Foreign text on one line: control characters, line ends and tabs are shown escaped. */
export const oneLine = (text: string): string => printable(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t')

/** A value in few words; contents are shown apart. */
export function inWords(value: Shown): string {
  if (value === null) return 'absent'
  if (typeof value !== 'object') return oneLine(String(value))
  if ('unknown' in value) return `(known after apply: ${oneLine(value.unknown)})`
  if ('sensitive' in value) return '(sensitive value)'
  if ('digest' in value) return `${size(value.sizeBytes)}  sha256 ${value.digest.slice(0, 6)}…`
  return linesInWords(value.text)
}

/** `51 MB`, `12 kB`, `300 bytes`: powers of ten, as disks are sold. */
export const size = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${Math.round(bytes / 1_000_000)} MB`
}

/** `mode 0644 → 0600`; what is new is told by its value alone. */
export function fieldInWords({ field, before, after }: Change): string {
  if (before === null) return inWords(after)
  if (after === null) return `${oneLine(field)} ${inWords(before)} removed`
  return `${oneLine(field)} ${inWords(before)} → ${inWords(after)}`
}

/** `38 of 51 MB`: how much of how many bytes, in the unit of the whole. */
export const partOf = (bytes: number, total: number): string => {
  const scale = total < 1000 ? 1 : total < 1_000_000 ? 1000 : 1_000_000
  return `${Math.round(bytes / scale)} of ${size(total)}`
}

/** `3:07`: minutes and seconds. */
export const clock = (ms: number): string => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`

export const seconds = (ms: number): string => `${(Math.max(0, ms) / 1000).toFixed(1)} s`

const linesInWords = (text: string) => {
  const count = text === '' ? 0 : text.replace(/\n$/, '').split('\n').length
  return count === 0 ? 'empty' : `${count} line${count === 1 ? '' : 's'}`
}
