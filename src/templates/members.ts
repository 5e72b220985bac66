import { didYouMean } from '../suggest.js'
import { keyOf } from './operators.js'
import { methodOf } from './methods.js'
import { TemplateProblem } from './problem.js'
import { textOf } from './text.js'
import { Callable, forced, isDict, isList, Table, typeName, Undefined, type Jinja } from './values.js'

/** `a.b` (attributes of Python's come first) and `a['b']` (items come first). What is not there is `Undefined`. */
export function memberOf(container: Jinja, key: Jinja, dotted: boolean, written: string): Jinja {
  const of = forced(container)
  if (of instanceof Undefined) return of
  const method = dotted && typeof key === 'string' ? methodOf(of, key) : undefined
  if (method) return new Callable(args => method(args))
  const found = itemOf(of, key)
  return found === undefined ? missing(of, key, written) : found
}

function itemOf(of: Jinja, key: Jinja): Jinja | undefined {
  if (isDict(of) || of instanceof Table) return of.get(keyOf(key))
  if ((isList(of) || typeof of === 'string') && typeof key === 'number') {
    const items = typeof of === 'string' ? [...of] : of
    return items[key < 0 ? items.length + key : key]
  }
  return undefined
}

function missing(of: Jinja, key: Jinja, written: string): Undefined {
  if (isDict(of) || of instanceof Table) {
    const keys = isDict(of) ? [...of.keys()] : of.keys()
    return new Undefined(`${written} has no key "${keyOf(key)}"${didYouMean(keyOf(key), keys)}`)
  }
  if (isList(of)) return new Undefined(`${written} is a list of ${of.length} and has no member ${JSON.stringify(keyOf(key))}`)
  return new Undefined(`${written} is ${typeName(of)} and has no member "${keyOf(key)}"`)
}

/** Python's `a[start:stop:step]`. */
export function sliceOf(value: Jinja, start: Jinja | undefined, stop: Jinja | undefined, step: Jinja | undefined): Jinja {
  const items = typeof value === 'string' ? [...value] : isList(value) ? value : undefined
  if (!items) throw new TemplateProblem(`${typeName(value)} has no slices; lists and texts have`)
  const stride = bound(step) ?? 1
  if (stride === 0) throw new TemplateProblem('the step of a slice is not 0')
  const [low, high] = stride > 0 ? [0, items.length] : [-1, items.length - 1]
  const clamp = (index: number) => Math.min(high, Math.max(low, index < 0 ? index + items.length : index))
  const [from, to] = [bound(start), bound(stop)]
  const [first, last] = [
    from === undefined ? (stride > 0 ? low : high) : clamp(from),
    to === undefined ? (stride > 0 ? high : low) : clamp(to),
  ]
  const picked: Jinja[] = []
  for (let at = first; stride > 0 ? at < last : at > last; at += stride) picked.push(items[at]!)
  return typeof value === 'string' ? picked.map(textOf).join('') : picked
}

function bound(value: Jinja | undefined): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number') return value
  throw new TemplateProblem(`the ends of a slice are whole numbers, not ${typeName(value)}`)
}
