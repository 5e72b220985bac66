import type { InputError, Origin } from '../errors.js'
import type { SourceText } from '../source-text.js'
import { expandHostPattern } from './host-pattern.js'
import { splitHostLine, type Word } from './host-line.js'
import { iniValue } from './ini-value.js'
import { checkGroupName, checkVariableName } from './names.js'
import type { Assignment, Operation, Warn } from './operations.js'
import { BadRange } from './ranges.js'

/**
 * An INI inventory as operations. Source: ansible lib/ansible/plugins/inventory/ini.py.
 * @param known whether an earlier source has a group of this name
 * @throws InputError with `file:line:column`, the line and a caret, for anything Ansible refuses
 */
export function parseIni(source: SourceText, known: (group: string) => boolean, warn: Warn): Operation[] {
  return new IniReader(source, known, warn).operations()
}

type Section = { group: string; kind: 'hosts' | 'children' | 'vars' }
type Pending = { kind: 'children'; parents: Section['group'][]; at: Origin } | { kind: 'vars'; at: Origin }

class IniReader {
  private readonly made: Operation[] = []
  private readonly declared = new Set<string>()
  /** Groups named as a child or with variables before anything declares them. */
  private readonly pending = new Map<string, Pending>()
  private section: Section = { group: 'ungrouped', kind: 'hosts' }

  constructor(
    private readonly source: SourceText,
    private readonly known: (group: string) => boolean,
    private readonly warn: Warn,
  ) {}

  operations(): Operation[] {
    refuseStrangeLineEnds(this.source)
    this.source.lineStarts.forEach((start, index) => {
      const written = this.source.line(index + 1)
      const line = written.trim()
      if (line === '' || line.startsWith('#') || line.startsWith(';')) return
      this.line(line, start + written.indexOf(line))
    })
    for (const [group, pending] of this.pending) throw this.undeclared(group, pending)
    return this.made
  }

  private line(line: string, start: number): void {
    const header = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(line)
    if (header) return this.header(header[1]!, header[2] ?? 'hosts', start)
    if (line.startsWith('[') && line.endsWith(']'))
      throw this.source.error('a section is written [name], [name:children] or [name:vars], without blanks', start)
    if (this.section.kind === 'hosts') this.hostLine(line, start)
    else if (this.section.kind === 'children') this.childLine(line, start)
    else this.variableLine(line, start)
  }

  private header(group: string, kind: string, start: number): void {
    if (kind !== 'hosts' && kind !== 'children' && kind !== 'vars') {
      throw this.source.error(
        `there are no sections of kind ":${kind}"; there are [${group}], [${group}:children] and [${group}:vars]`,
        start,
      )
    }
    this.section = { group, kind }
    const origin = this.source.originAt(start + 1)
    const pending = this.pending.get(group)
    if (!this.exists(group)) {
      if (kind === 'vars' && !pending) this.pending.set(group, { kind: 'vars', at: origin })
      this.declare(group, origin)
    }
    if (kind === 'vars' || !pending) return
    if (pending.kind === 'children')
      for (const parent of pending.parents) this.made.push({ op: 'child', parent, child: group, origin: pending.at })
    this.pending.delete(group)
  }

  private exists(group: string): boolean {
    return this.declared.has(group) || group === 'all' || group === 'ungrouped' || this.known(group)
  }

  private declare(group: string, origin: Origin): void {
    checkGroupName(group, origin, this.warn)
    this.declared.add(group)
    this.made.push({ op: 'group', name: group, origin })
  }

  private childLine(line: string, start: number): void {
    const [, child] = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(line) ?? []
    if (child === undefined) throw this.source.error('one group name is expected on each line of a :children section', start)
    const parent = this.section.group
    const origin = this.source.originAt(start)
    const pending = this.pending.get(child)
    if (this.exists(child)) this.made.push({ op: 'child', parent, child, origin })
    else if (pending?.kind === 'children') pending.parents.push(parent)
    else this.pending.set(child, { kind: 'children', parents: [parent], at: origin })
  }

  private variableLine(line: string, start: number): void {
    const equals = line.indexOf('=')
    if (equals < 0) throw this.source.error('key=value is expected in a :vars section', start)
    const text = line.slice(equals + 1)
    const valueStart = start + equals + 1 + (text.length - text.trimStart().length)
    const assignment = this.assignment(line.slice(0, equals).trim(), text.trim(), start, valueStart)
    this.made.push({ op: 'group-vars', group: this.section.group, vars: [assignment] })
  }

  private hostLine(line: string, start: number): void {
    const words = splitHostLine(line)
    if (!Array.isArray(words)) throw this.source.error(words.problem, start + words.offset)
    const [host, ...rest] = words
    if (!host?.text) throw this.source.error('a host name is expected here', start)
    const hosts = this.hosts(host.text, start)
    const vars = rest.map(word => this.hostVariable(word, start))
    this.made.push({ op: 'hosts', ...hosts, group: this.section.group, vars, origin: this.source.originAt(start) })
  }

  private hosts(pattern: string, start: number): { names: string[]; port?: number } {
    if (pattern === '---')
      throw this.source.error('this line starts a YAML document, but the file is read as INI', start, {
        next: 'Name a YAML inventory .yml.',
      })
    try {
      const hosts = expandHostPattern(pattern)
      if (pattern.endsWith(':') && hosts.port === undefined)
        throw this.source.error('a host name cannot end in ":", which is kept for a port', start)
      return hosts
    } catch (error) {
      throw error instanceof BadRange ? this.source.error(error.message, start, { next: hintForBrackets(pattern) }) : error
    }
  }

  private hostVariable({ text, start: offset, equals }: Word, start: number): Assignment {
    if (!equals) throw this.source.error('key=value is expected behind a host name; quote a value that holds blanks', start + offset)
    return this.assignment(text.slice(0, equals.index), text.slice(equals.index + 1), start + offset, start + equals.valueStart)
  }

  private assignment(name: string, text: string, nameAt: number, valueAt: number): Assignment {
    checkVariableName(name, this.source.originAt(nameAt), this.warn)
    return [name, iniValue(text, this.source, valueAt)]
  }

  private undeclared(group: string, { kind, at }: Pending): InputError {
    const section = kind === 'vars' ? `[${group}:vars] sets variables of` : 'this line names'
    return this.source.error(`${section} a group that is declared nowhere`, at, {
      next: `Declare it: [${group}] with its hosts, or [${group}:children].`,
    })
  }
}

const hintForBrackets = (pattern: string) =>
  pattern.startsWith('[') ? 'If this is a section, nothing but a # comment may follow its "]".' : undefined

/** Python's splitlines, which Ansible uses, ends a line at these; no editor shows that. */
function refuseStrangeLineEnds(source: SourceText): void {
  const at = source.text.search(/[\u0085\u2028\u2029]/)
  if (at >= 0) throw source.error('the line holds an invisible Unicode line separator', at, { next: 'Remove it, or end the line there.' })
}
