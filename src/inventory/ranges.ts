/** A range an admin wrote wrongly; the message says how. */
export class BadRange extends Error {}

/** More names than this from one line is a slip of the pen. */
export const mostNames = 100_000
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/**
 * All names a pattern such as `n[01:10]` or `[a:c]-[1:9:2]` stands for, both ends included, the left range slowest. A text without `[` is
 * itself. `[3:1]` gives no names.
 * Source: ansible lib/ansible/plugins/inventory/__init__.py `expand_hostname_range`.
 * @throws BadRange
 */
export function expandRanges(pattern: string): string[] {
  let names = ['']
  let rest = pattern
  while (rest.includes('[')) {
    const [, head, inside, tail] = /^([^[\]]*)\[([^[\]]*)\]([^]*)$/.exec(rest) ?? []
    if (inside === undefined) throw new BadRange('the brackets of a range do not match')
    const values = valuesOf(inside)
    if (names.length * values.length > mostNames) throw new BadRange(`a range stands for more than ${mostNames} hosts`)
    names = names.flatMap(name => values.map(value => name + head + value))
    rest = tail!
  }
  return names.map(name => name + rest)
}

function valuesOf(range: string): string[] {
  const [begin = '', end, step = '1', more] = range.split(':')
  if (end === undefined || more !== undefined) throw new BadRange('a range is [begin:end] or [begin:end:step]')
  if (end === '') throw new BadRange('a range needs an end, as in [1:9]')
  const stride = integer(step)
  if (stride === undefined || stride === 0) throw new BadRange('the step of a range is a whole number other than 0')
  return isLetter(begin) && isLetter(end) ? lettersBetween(begin, end, stride) : numbersBetween(begin || '0', end, stride)
}

const isLetter = (text: string) => text.length === 1 && letters.includes(text)
/** As Python's `int()` reads it: blanks around it and `_` between digits do not count. */
function integer(text: string): number | undefined {
  const digits = text.trim()
  return /^[-+]?\d(?:_?\d){0,14}$/.test(digits) ? Number(digits.replaceAll('_', '')) : undefined
}

function lettersBetween(begin: string, end: string, stride: number): string[] {
  const [first, last] = [letters.indexOf(begin), letters.indexOf(end)]
  if (first > last) throw new BadRange(`the range [${begin}:${end}] runs backwards; letters go from a to z, then from A to Z`)
  return stride < 0 ? [] : numbers(first, last, stride).map(index => letters[index]!)
}

function numbersBetween(begin: string, end: string, stride: number): string[] {
  const width = begin.startsWith('0') && begin.length > 1 ? begin.length : 0
  if (width > 0 && width !== end.length) throw new BadRange(`with leading zeros both ends of [${begin}:${end}] need the same length`)
  const [first, last] = [integer(begin), integer(end)]
  if (first === undefined || last === undefined) throw new BadRange('a range has numbers or single letters at its ends')
  return numbers(first, last, stride).map(number => String(number).padStart(width, '0'))
}

function numbers(first: number, last: number, stride: number): number[] {
  // Python's range(first, last + 1, stride): with a negative stride the end is left out twice.
  const count = Math.max(0, Math.ceil((last + 1 - first) / stride))
  if (count > mostNames) throw new BadRange(`a range stands for more than ${mostNames} hosts`)
  return Array.from({ length: count }, (_, index) => first + index * stride)
}
