import type { InputError } from '../errors.js'
import { Secret } from '../secret.js'

/** What an expression can hold: Python's values, as far as templates of Ansible meet them. Whole numbers are numbers, others `Float`. */
export type Jinja =
  null | boolean | number | string | Float | Secret | Lazy | Undefined | Omitted | readonly Jinja[] | Dict | Table | Callable

/** A float of Python: `1.0` is not `1`. */
export class Float {
  constructor(readonly value: number) {}
}

/** Something that is not there. Only when it is used is it an error: `x | default(1)` and `x is defined` may ask for it. */
export class Undefined {
  /** @param name of the variable, where it is one */
  constructor(
    readonly problem: string,
    readonly details: { name?: string; error?: InputError; next?: string; isSilent?: true } = {},
  ) {}
}

/** `omit`: the value is to be as if it were not written. */
export class Omitted {
  static readonly value = new Omitted()
}

/** Made when it is asked for, once: a member of a variable that is a template itself. */
export class Lazy {
  private made: { value: Jinja } | undefined
  constructor(private readonly make: () => Jinja) {}
  get value(): Jinja {
    return (this.made ??= { value: this.make() }).value
  }
}

/** A dict; a Map, so that no key can reach anything of JavaScript's. */
export type Dict = ReadonlyMap<string, Jinja>

/** Like a dict, but its members are made one by one: `hostvars`, `vars`. */
export class Table {
  constructor(
    readonly keys: () => readonly string[],
    readonly get: (key: string) => Jinja | undefined,
  ) {}
}

/** A function of the language: `range(3)`, `lookup('env', 'HOME')`. */
export class Callable {
  constructor(readonly run: (args: Args) => Jinja) {}
}

export interface Args {
  list: Jinja[]
  named: ReadonlyMap<string, Jinja>
}

export const isList = (value: Jinja): value is readonly Jinja[] => Array.isArray(value)
export const isDict = (value: Jinja): value is Dict => value instanceof Map

export const forced = (value: Jinja): Exclude<Jinja, Lazy> => (value instanceof Lazy ? forced(value.value) : value)

/** The value with everything in it made, and secrets revealed. @param onSecret told that there was one; without it secrets stay hidden */
export function wholeOf(value: Jinja, onSecret?: () => void): Exclude<Jinja, Lazy | Table> {
  const made = forced(value)
  if (made instanceof Secret && onSecret) {
    onSecret()
    return made.reveal()
  }
  if (made instanceof Table) return new Map(made.keys().map(key => [key, wholeOf(made.get(key) ?? null, onSecret)]))
  if (isList(made)) return made.map(item => wholeOf(item, onSecret))
  return isDict(made) ? new Map([...made].map(([key, item]) => [key, wholeOf(item, onSecret)])) : made
}

/** A number of Python as one of JavaScript; `undefined` for what is no number. True and False count as 1 and 0, as there. */
export function numberOf(value: Jinja): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  return value instanceof Float ? value.value : undefined
}

/** Python's `bool()`. */
export function isTrue(value: Jinja): boolean {
  const made = forced(value)
  if (isList(made)) return made.length > 0
  if (isDict(made)) return made.size > 0
  if (made instanceof Table) return made.keys().length > 0
  return made instanceof Float ? made.value !== 0 : Boolean(made)
}

const dictWord = 'dict'
/** The type's name in Python, which errors and `type_debug` give. */
export function typeName(value: Jinja): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return 'int'
  if (typeof value === 'string' || value instanceof Secret) return 'str'
  if (value instanceof Float) return 'float'
  if (isList(value)) return 'list'
  if (isDict(value) || value instanceof Table) return dictWord
  return value instanceof Callable ? 'function' : 'undefined'
}

/** Python's `==`: numbers by value, lists and dicts by their members. */
export function equal(a: Jinja, b: Jinja): boolean {
  const [left, right] = [numberOf(a), numberOf(b)]
  if (left !== undefined && right !== undefined) return left === right
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, at) => equal(item, b[at]!))
  if (isDict(a) && isDict(b)) return a.size === b.size && [...a].every(([key, item]) => b.has(key) && equal(item, b.get(key)!))
  return a === b
}

/** Python's order of numbers, texts and lists. @returns negative, 0 or positive; `undefined` where Python has no order */
export function compare(a: Jinja, b: Jinja): number | undefined {
  const [left, right] = [numberOf(a), numberOf(b)]
  if (left !== undefined && right !== undefined) return left - right
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (!isList(a) || !isList(b)) return undefined
  const differs = a.findIndex((item, at) => at >= b.length || !equal(item, b[at]!))
  return differs < 0 || differs >= b.length ? a.length - b.length : compare(a[differs]!, b[differs]!)
}

/** By code points, as Python; JavaScript's own `<` goes by halves of surrogate pairs. */
export function compareText(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  const at = left.findIndex((character, index) => character !== right[index])
  if (at < 0 || at >= right.length) return left.length - right.length
  return left[at]!.codePointAt(0)! - right[at]!.codePointAt(0)!
}
