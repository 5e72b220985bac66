import { parseEvents, getScalarValue, EVENT_ID, SCALAR_STYLE, YAMLException } from 'js-yaml'
import type { DocumentEvent, Event, MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml'
import type { InputError } from './errors.js'
import { maxSourceBytes } from './limited-file.js'
import { refuseControlCharacters, SourceText } from './source-text.js'
import { mergeEntries } from './yaml-merge.js'
import type { YamlEntry, YamlNode, YamlScalar } from './yaml-node.js'
import { resolveTag, standardTags, type StandardTag } from './yaml-tag.js'
import { openedText, Vaulted } from './vaulted.js'
import { typeAs, typeJsonScalar, typeScalar, type TypedScalar } from './yaml-scalar.js'

export { describeNode, entryOf, toPlain } from './yaml-node.js'
export type { YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence } from './yaml-node.js'

const maxDepth = 200
/** Nodes that aliases may add to those written: enough for any inventory, far too few for a bomb. */
const maxExpanded = 100_000
/** Keys, values and ends of lists and mappings: ten thousand hosts with a hundred variables each. More would take gigabytes. */
const maxEvents = 2_000_000

/**
 * One YAML or JSON document, every value with its position, typed as Ansible types it (yaml-scalar.ts).
 * An empty text is an empty scalar at 1:1. Limits: 16 MB, depth 200, two million keys, values and ends, 100 000 nodes through aliases; tags `!vault` and `!unsafe` are kept,
 * unknown ones refused, keys written twice refused.
 * @throws InputError with `file:line:column`, the line and a caret
 */
export function parseYaml(text: string | SourceText, file = typeof text === 'string' ? '' : text.file): YamlNode {
  const documents = parseYamlDocuments(text, file)
  const [first, second] = documents
  if (second) throw sourceOf(text, file).error('one YAML document is expected here, this is the start of a second one', second.origin)
  return first ?? { kind: 'scalar', origin: { file, line: 1, column: 1 }, value: null, raw: '', plain: true }
}

/** All documents of a text, as `parseYaml` reads one; `[]` for an empty text. */
export function parseYamlDocuments(text: string | SourceText, file = typeof text === 'string' ? '' : text.file): YamlNode[] {
  const source = sourceOf(text, file)
  if (source.text.length > maxSourceBytes) throw source.error('the text is larger than 16 MB', 0)
  refuseControlCharacters(source)
  const events = eventsOf(source)
  if (events.length > maxEvents) throw source.error('the text holds more than two million keys and values', 0)
  return new Builder(source, events).documents()
}

const sourceOf = (text: string | SourceText, file: string) =>
  typeof text === 'string' ? new SourceText(file, text.replace(/^\ufeff/, '')) : text

function eventsOf(source: SourceText): Event[] {
  try {
    return parseEvents(source.text, { maxDepth })
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    throw explain(source, error)
  }
}

/** js-yaml says what it met, not always what the admin did: a tab is by far the most common cause. */
function explain(source: SourceText, { reason, mark }: YAMLException): InputError {
  const origin = source.originAt(Math.min(mark?.position ?? 0, source.text.length))
  const indentation = /^[ \t-]*/.exec(source.line(origin.line))?.[0] ?? ''
  const tab = reason.startsWith('unexpected end') ? -1 : indentation.indexOf('\t')
  if (tab < 0) return source.error(reason, origin)
  return source.error('YAML does not allow tabs for indentation; use spaces', { ...origin, column: tab + 1 })
}

type NodeEvent = ScalarEvent | MappingEvent | SequenceEvent

class Builder {
  private at = 0
  /** The last event before `at` that has a place of its own. */
  private placed: Event | undefined
  private expanded = 0
  private anchors = new Map<string, YamlNode | 'open'>()
  private sizes = new Map<YamlNode, number>()
  private directives: DocumentEvent['directives'] = []
  private readonly typePlain: (text: string) => TypedScalar

  constructor(
    private readonly source: SourceText,
    private readonly events: Event[],
  ) {
    this.typePlain = isJson(source.text) ? typeJsonScalar : typeScalar
  }

  documents(): YamlNode[] {
    const documents: YamlNode[] = []
    while (this.at < this.events.length) {
      this.directives = (this.next() as DocumentEvent).directives
      this.anchors = new Map()
      documents.push(this.node())
      this.at++
    }
    return documents
  }

  private next(): Event {
    const event = this.events[this.at++]!
    if ('start' in event || (event.type === EVENT_ID.SCALAR && event.valueEnd >= 0)) this.placed = event
    return event
  }

  private node(): YamlNode {
    const event = this.next()
    if (event.type === EVENT_ID.ALIAS) return this.alias(this.source.text.slice(event.anchorStart, event.anchorEnd), event.anchorStart)
    const written = event as NodeEvent
    const anchor = written.anchorStart < 0 ? undefined : this.source.text.slice(written.anchorStart, written.anchorEnd)
    // PyYAML, which Ansible reads with, refuses this too.
    if (anchor !== undefined && this.anchors.has(anchor)) throw this.source.error(`the anchor &${anchor} is set twice`, written.anchorStart)
    if (anchor !== undefined) this.anchors.set(anchor, 'open')
    const node = this.written(written)
    if (anchor !== undefined) this.anchors.set(anchor, node)
    return node
  }

  private alias(name: string, offset: number): YamlNode {
    const node = this.anchors.get(name)
    if (node === undefined) throw this.source.error(`there is no anchor &${name} before this alias`, offset)
    if (node === 'open') throw this.source.error(`the alias *${name} stands inside the value it names`, offset)
    this.expanded += this.sizeOf(node)
    if (this.expanded > maxExpanded) throw this.source.error(`alias bomb: aliases expand to more than ${maxExpanded} values`, offset)
    return node
  }

  private written(event: NodeEvent): YamlNode {
    if (event.type === EVENT_ID.SCALAR) return this.scalar(event)
    const origin = this.source.originAt(event.start)
    const tag = this.tag(event, event.type === EVENT_ID.MAPPING ? ['map'] : ['seq'])
    const node: YamlNode =
      event.type === EVENT_ID.MAPPING
        ? { kind: 'mapping', origin, ...custom(tag), entries: this.entries() }
        : { kind: 'sequence', origin, ...custom(tag), items: this.items() }
    if (tag === '!vault') throw this.source.error('!vault holds text, not a mapping or a list', origin)
    const children =
      node.kind === 'mapping' ? node.entries.map(entry => 1 + this.sizeOf(entry.value)) : node.items.map(item => this.sizeOf(item))
    this.sizes.set(
      node,
      children.reduce((sum, size) => sum + size, 1),
    )
    return node
  }

  private items(): YamlNode[] {
    const items: YamlNode[] = []
    while (this.events[this.at]!.type !== EVENT_ID.POP) items.push(this.value())
    this.at++
    return items
  }

  private entries(): YamlEntry[] {
    const own = new Map<string, YamlEntry>()
    let merged: YamlNode | undefined
    while (this.events[this.at]!.type !== EVENT_ID.POP) {
      const key = this.key()
      const value = this.value()
      const name = key.raw
      const first = own.get(name)
      if (first)
        throw this.source.error(`the key ${JSON.stringify(name)} is written twice, first in line ${first.keyOrigin.line}`, key.origin)
      if (isMergeKey(key)) merged = value
      own.set(name, { key: name, keyOrigin: key.origin, keyIsText: typeof key.value === 'string', value })
    }
    this.at++
    if (merged === undefined) return [...own.values()]
    own.delete('<<')
    return mergeEntries(merged, [...own.values()], node =>
      this.source.error('after `<<` comes a mapping or a list of mappings', node.origin),
    )
  }

  private value(): YamlNode {
    const node = this.node()
    if (node.kind === 'scalar' && node.tag === undefined && isMergeKey(node))
      throw this.source.error('a lone << is no value in YAML 1.1; put it in quotes', node.origin)
    return node
  }

  private key(): YamlScalar {
    const start = this.events[this.at]!
    const key = this.node()
    if (key.kind === 'scalar' && key.tag === undefined) return key
    const offset = 'start' in start ? start.start : key.origin
    throw this.source.error('a key is a single word or text, not a list, a mapping or a tagged value', offset)
  }

  private scalar(event: ScalarEvent): YamlScalar {
    const raw = getScalarValue(this.source.text, event)
    const origin = this.source.originAt(event.valueStart < 0 ? this.emptyAt(event) : this.quoteAt(event))
    const plain = event.style === SCALAR_STYLE.PLAIN
    const tag = this.tag(event, ['str', 'int', 'float', 'bool', 'null', 'timestamp'])
    if (plain && tag === undefined && raw === '=') throw this.source.error('a lone = is no value in YAML 1.1; put it in quotes', origin)
    const typed = this.typed(tag, raw, plain)
    if (!typed) throw this.source.error(`${JSON.stringify(raw)} is not a value for the tag !!${tag}`, origin)
    const node: YamlScalar = { kind: 'scalar', origin, ...custom(tag), ...typed, raw, plain }
    const vaulted = this.vaulted(node, event)
    return vaulted === undefined ? node : { ...node, vaulted }
  }

  /** In a file that is encrypted as a whole, texts and numbers are secrets; yes, no and nothing hide nothing. */
  private vaulted({ tag, raw, value, origin }: YamlScalar, { style }: ScalarEvent): Vaulted | undefined {
    const isBlock = style === SCALAR_STYLE.LITERAL_BLOCK
    // A block is told at the start of its first line; its text stands behind the indentation.
    const place = isBlock ? { ...origin, column: /^ */.exec(this.source.line(origin.line))![0].length + 1 } : origin
    if (tag === '!vault') return new Vaulted(() => openedText(this.source.openVault, raw, { ...place, isBlock }), origin, raw)
    const hides = this.source.isVaulted && (typeof value === 'string' || typeof value === 'number')
    return hides ? new Vaulted(() => raw, origin) : undefined
  }

  private typed(tag: StandardTag | CustomTag | undefined, raw: string, plain: boolean): TypedScalar | undefined {
    if (tag === undefined || tag === '!unsafe') return plain ? this.typePlain(raw) : { value: raw }
    if (tag === '!vault' || tag === 'timestamp') return { value: raw }
    return typeAs(tag as 'str', raw)
  }

  /** An absent value has no place of its own: it is told where its tag or anchor stands, else behind the key before it. */
  private emptyAt(event: ScalarEvent): number {
    if (event.tagStart >= 0) return event.tagStart
    if (event.anchorStart >= 0) return event.anchorStart - 1
    const before = this.placed
    if (before?.type === EVENT_ID.SCALAR) return Math.min(before.valueEnd + 1, this.source.text.length)
    return before !== undefined && 'start' in before ? before.start : 0
  }

  /** js-yaml counts a quoted text from behind its quote; an admin points at the quote. A block is told at its first line of text. */
  private quoteAt(event: ScalarEvent): number {
    return event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED
      ? event.valueStart - 1
      : event.valueStart
  }

  private tag(event: NodeEvent, allowed: StandardTag[]): StandardTag | CustomTag | undefined {
    if (event.tagStart < 0) return undefined
    const written = this.source.text.slice(event.tagStart, event.tagEnd)
    const tag = resolveTag(written, this.directives)
    if (tag === '!') return allowed.includes('str') ? 'str' : undefined
    if (tag === '!vault' || tag === '!unsafe') return tag
    if (tag === '!vault-encrypted') return '!vault'
    if (tag !== undefined && (standardTags as readonly string[]).includes(tag) && allowed.includes(tag as StandardTag))
      return tag as StandardTag
    throw this.source.error(`the tag ${written} is not known here`, event.tagStart, {
      next: 'Tags that netplay reads: !vault, !unsafe, !!str, !!int.',
    })
  }

  private sizeOf(node: YamlNode): number {
    return this.sizes.get(node) ?? 1
  }
}

type CustomTag = '!vault' | '!unsafe'
const custom = (tag: string | undefined) => (tag?.startsWith('!') ? { tag } : {})
const isMergeKey = (key: YamlScalar) => key.plain && key.raw === '<<'

/** Ansible tries JSON before YAML; the two differ in `1e3`. */
function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
