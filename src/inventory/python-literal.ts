import type { Origin } from '../errors.js'
import type { YamlEntry, YamlNode, YamlScalar } from '../yaml.js'
import { readNumber } from './python-number.js'
import { readString, type PythonString } from './python-string.js'
import { floatText } from './python-text.js'

/** The text is a Python literal that Python itself cannot build: a list, a mapping or a set as a key. */
export class UnhashableLiteral extends Error {}

const deepest = 90
class NotALiteral extends Error {}

/**
 * What Ansible makes of the text of an INI value: Python's `ast.literal_eval`, `undefined` where that gives up and the text stays text.
 * Tuples and sets become lists (a set in written order), `...` the text `...`, bytes text; complex numbers and `\N{…}` stay unread.
 * @param origin for every node of the value
 * @throws UnhashableLiteral as Ansible does, which makes the source unreadable
 */
export function parsePythonLiteral(text: string, origin: Origin): YamlNode | undefined {
  if (!/^[ \t]*[-+.\d'"([{TFNrRbBuUs]/.test(text)) return undefined
  try {
    return new Reader(text, origin).whole()
  } catch (error) {
    if (error instanceof NotALiteral) return undefined
    throw error
  }
}

interface Literal {
  node: YamlNode
  hashable: boolean
}

class Reader {
  private at = 0
  private depth = 0
  private unhashable = false

  constructor(
    private readonly text: string,
    private readonly origin: Origin,
  ) {}

  whole(): YamlNode {
    const { node } = this.list('')
    if (this.at < this.text.length) throw new NotALiteral()
    if (this.unhashable) throw new UnhashableLiteral()
    return node
  }

  /** Values up to `end`, which stays unread; one value without a comma is itself, else a tuple. */
  private list(end: string): Literal {
    const { items, comma } = this.items(end)
    const [only] = items
    if (only && !comma) return only
    if (!only && end === '') throw new NotALiteral()
    return { node: this.sequence(items), hashable: items.every(item => item.hashable) }
  }

  private items(end: string): { items: Literal[]; comma: boolean } {
    const items: Literal[] = []
    let comma = false
    for (this.blank(); !this.ends(end); comma = true) {
      items.push(this.value())
      if (!this.take(',')) break
    }
    return { items, comma }
  }

  private ends(end: string): boolean {
    return end === '' ? this.at >= this.text.length : this.text[this.at] === end
  }

  private value(): Literal {
    if (++this.depth > deepest) throw new NotALiteral()
    const literal = this.signed() ?? this.bracketed() ?? this.string() ?? this.number() ?? this.word()
    this.depth--
    if (!literal) throw new NotALiteral()
    return literal
  }

  private signed(): Literal | undefined {
    const sign = this.text[this.at]
    if (sign !== '-' && sign !== '+') return undefined
    this.at++
    const { node } = this.operand()
    if (sign === '+' || node.kind !== 'scalar') return { node, hashable: true }
    const value = typeof node.value === 'number' ? -node.value : `-${node.value}`
    return { node: { ...node, value: Object.is(value, -0) && !node.float ? 0 : value, raw: `-${node.raw}` }, hashable: true }
  }

  /** What may stand behind a sign: a number, also in parentheses, but no second sign. */
  private operand(): Literal {
    this.blank()
    if (!this.take('(')) return this.number() ?? fail()
    const literal = this.operand()
    return this.take(')') ? literal : fail()
  }

  private bracketed(): Literal | undefined {
    if (this.take('(')) return this.closed(')', this.list(')'))
    if (this.take('[')) return this.closed(']', { node: this.sequence(this.items(']').items), hashable: false })
    if (this.take('{')) return this.closed('}', this.braces())
    return undefined
  }

  private closed(end: string, literal: Literal): Literal {
    return this.take(end) ? literal : fail()
  }

  private braces(): Literal {
    this.blank()
    if (this.text[this.at] === '}') return { node: { kind: 'mapping', origin: this.origin, entries: [] }, hashable: false }
    const first = this.value()
    return this.take(':') ? this.dictionary(first) : this.set(first)
  }

  private set(first: Literal): Literal {
    const items = this.take(',') ? [first, ...this.items('}').items] : [first]
    if (!items.every(item => item.hashable)) this.unhashable = true
    const seen = new Map(items.map(item => [JSON.stringify(item.node), item]))
    return { node: this.sequence([...seen.values()]), hashable: false }
  }

  private dictionary(firstKey: Literal): Literal {
    const entries = new Map<string, YamlEntry>()
    for (let key = firstKey; ; this.colon()) {
      const { node: value } = this.value()
      const name = this.keyText(key)
      entries.set(name, {
        key: name,
        keyOrigin: this.origin,
        keyIsText: key.node.kind === 'scalar' && typeof key.node.value === 'string',
        value,
      })
      const more = this.take(',')
      this.blank()
      if (!more || this.text[this.at] === '}') break
      key = this.value()
    }
    return { node: { kind: 'mapping', origin: this.origin, entries: [...entries.values()] }, hashable: false }
  }

  private colon(): void {
    if (!this.take(':')) fail()
  }

  /** As Python's JSON writes a key; a tuple has no such form. */
  private keyText({ node, hashable }: Literal): string {
    if (node.kind !== 'scalar' || !hashable) this.unhashable = true
    if (node.kind !== 'scalar') return ''
    return typeof node.value === 'number' && node.float ? floatText(node.value) : String(node.value)
  }

  /** One or more strings side by side, which Python joins; text and bytes do not mix. */
  private string(): Literal | undefined {
    const first = this.oneString()
    if (!first) return undefined
    let value = first.value
    for (let next = this.oneString(); next; next = this.oneString()) {
      if (next.kind !== first.kind) fail()
      value += next.value
    }
    if (first.kind === 'text') return this.scalar({ value, raw: value, plain: false })
    // Ansible takes bytes for text that is never a template.
    return this.scalar({ value, raw: value, plain: false, tag: '!unsafe' })
  }

  private oneString(): PythonString | undefined {
    const read = readString(this.text, this.at)
    if (read === 'broken') fail()
    if (!read) return undefined
    this.at = read.end
    this.blank()
    return read
  }

  private number(): Literal | undefined {
    const read = readNumber(this.text, this.at)
    if (!read) return undefined
    const raw = this.text.slice(this.at, read.end)
    this.at = read.end
    return this.scalar({ ...read.typed, raw, plain: true })
  }

  private word(): Literal | undefined {
    const [word] = /^(?:True|False|None|\.\.\.|set(?= *\( *\)))(?![\w\u0080-\uffff])/.exec(this.text.slice(this.at, this.at + 80)) ?? []
    if (word === undefined) return undefined
    this.at += word.length
    if (word === 'set') return this.take('(') && this.take(')') ? { node: this.sequence([]), hashable: false } : fail()
    const values: Record<string, YamlScalar['value']> = { True: true, False: false, None: null, '...': '...' }
    return this.scalar({ value: values[word]!, raw: word, plain: true })
  }

  private scalar(scalar: Omit<YamlScalar, 'kind' | 'origin'>): Literal {
    return { node: { kind: 'scalar', origin: this.origin, ...scalar }, hashable: true }
  }

  private sequence(items: Literal[]): YamlNode {
    return { kind: 'sequence', origin: this.origin, items: items.map(({ node }) => node) }
  }

  private take(character: string): boolean {
    this.blank()
    if (this.text[this.at] !== character) return false
    this.at++
    this.blank()
    return true
  }

  /** Blanks and, as Python reads a line, everything from a `#` on. */
  private blank(): void {
    while (this.text[this.at] === ' ' || this.text[this.at] === '\t') this.at++
    if (this.text[this.at] === '#') this.at = this.text.length
  }
}

function fail(): never {
  throw new NotALiteral()
}
