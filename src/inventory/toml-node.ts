import { ParseError, parseTOML, type AST } from 'toml-eslint-parser'
import type { Origin } from '../errors.js'
import type { SourceText } from '../source-text.js'
import type { YamlEntry, YamlMapping, YamlNode } from '../yaml.js'
import { exactInt } from '../yaml-scalar.js'
import { isoTime } from './iso-time.js'

/** TOML 1.0 with the position of every value. @throws InputError with `file:line:column`, the line and a caret */
export function parseToml(source: SourceText): YamlMapping {
  try {
    return new Builder(source.file).root(parseTOML(source.text, { tomlVersion: '1.0' }).body[0])
  } catch (error) {
    // The parser calls itself for each level.
    if (error instanceof TooDeep || error instanceof RangeError)
      throw source.error('values lie too deep in each other', 0, { cause: error })
    if (!(error instanceof ParseError)) throw error
    const at = { file: source.file, line: error.lineNumber, column: error.column + 1 }
    throw source.error(sentence(error.message), at, { cause: error })
  }
}

const sentence = (text: string) => text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '')

/** As in YAML. */
const maxDepth = 200
class TooDeep extends Error {}

type Path = readonly (string | number)[]
type Key = AST.TOMLKey | AST.TOMLBare | AST.TOMLQuoted

class Builder {
  private depth = 0
  private readonly entries = new WeakMap<YamlMapping, Map<string, YamlEntry>>()

  constructor(private readonly file: string) {}

  root(top: AST.TOMLTopLevelTable): YamlMapping {
    const root = this.mapping(top)
    for (const part of top.body) {
      if (part.type === 'TOMLKeyValue') this.assign(root, part)
      else {
        const table = this.below(root, part.resolvedKey, part.key)
        for (const assignment of part.body) this.assign(table as YamlMapping, assignment)
      }
    }
    return root
  }

  private assign(table: YamlMapping, { key, value }: AST.TOMLKeyValue): void {
    const path = key.keys.map(nameOf)
    const last = path.length - 1
    const holder = this.below(table, path.slice(0, last), key) as YamlMapping
    this.put(holder, path[last]!, key.keys[last]!, this.value(value))
  }

  /** The table or list under a path; what is not there yet is made. A number in a path is the place in a list of tables. */
  private below(from: YamlNode, path: Path, key: Key): YamlNode {
    if (path.length > maxDepth) throw new TooDeep()
    let node = from
    path.forEach((step, index) => {
      const make = (): YamlNode => (typeof path[index + 1] === 'number' ? this.sequence(key) : this.mapping(key))
      if (node.kind === 'sequence') node = node.items[step as number] ??= make()
      else
        node = this.entries.get(node as YamlMapping)!.get(String(step))?.value ?? this.put(node as YamlMapping, String(step), key, make())
    })
    return node
  }

  private put(table: YamlMapping, key: string, at: Key, value: YamlNode): YamlNode {
    const entry: YamlEntry = { key, keyOrigin: this.origin(at), keyIsText: true, value }
    table.entries.push(entry)
    this.entries.get(table)!.set(key, entry)
    return value
  }

  private value(node: AST.TOMLContentNode): YamlNode {
    if (++this.depth > maxDepth) throw new TooDeep()
    try {
      return this.valueHere(node)
    } finally {
      this.depth--
    }
  }

  private valueHere(node: AST.TOMLContentNode): YamlNode {
    if (node.type === 'TOMLArray') return { ...this.sequence(node), items: node.elements.map(element => this.value(element)) }
    if (node.type === 'TOMLValue') return this.scalar(node)
    const table = this.mapping(node)
    for (const assignment of node.body) this.assign(table, assignment)
    return table
  }

  private scalar(node: AST.TOMLValue): YamlNode {
    const origin = this.origin(node)
    if (node.kind === 'integer') return { kind: 'scalar', origin, value: exactInt(node.bigint), raw: node.number, plain: true }
    if (node.kind === 'float') return { kind: 'scalar', origin, value: node.value, raw: node.number, plain: true, float: true }
    if (node.kind === 'boolean') return { kind: 'scalar', origin, value: node.value, raw: String(node.value), plain: true }
    const text = node.kind === 'string' ? node.value : isoText(node.datetime)
    return { kind: 'scalar', origin, value: text, raw: text, plain: false }
  }

  private mapping(at: Pick<AST.TOMLNode, 'loc'>): YamlMapping {
    const made: YamlMapping = { kind: 'mapping', origin: this.origin(at), entries: [] }
    this.entries.set(made, new Map())
    return made
  }

  private sequence(at: Pick<AST.TOMLNode, 'loc'>): Extract<YamlNode, { kind: 'sequence' }> {
    return { kind: 'sequence', origin: this.origin(at), items: [] }
  }

  private origin({ loc }: Pick<AST.TOMLNode, 'loc'>): Origin {
    return { file: this.file, line: loc.start.line, column: loc.start.column + 1 }
  }
}

const nameOf = (key: AST.TOMLBare | AST.TOMLQuoted) => (key.type === 'TOMLBare' ? key.name : key.value)

/** As Ansible prints it: a date alone and a time alone stay, but for the digits of a second's parts. */
const isoText = (written: string) =>
  isoTime(written.replace(/z$/, 'Z')) ?? written.replace(/\.(\d+)$/, (_, digits: string) => `.${digits.slice(0, 6).padEnd(6, '0')}`)
