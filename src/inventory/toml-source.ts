import type { SourceText } from '../source-text.js'
import { describeNode, type YamlEntry, type YamlMapping, type YamlNode } from '../yaml.js'
import { expandHostPattern } from './host-pattern.js'
import { checkGroupName } from './names.js'
import type { Operation, Warn } from './operations.js'
import { BadRange } from './ranges.js'
import { parseToml } from './toml-node.js'
import { assignmentsOf, refusePlugin } from './yaml-source.js'

/**
 * A TOML inventory as operations: groups are tables with `hosts` and `vars` (tables) and `children` (a list).
 * Source: ansible lib/ansible/plugins/inventory/toml.py.
 * @throws InputError with position for anything Ansible refuses
 */
export function parseTomlSource(source: SourceText, warn: Warn): Operation[] {
  const root = parseToml(source)
  if (root.entries.length === 0) throw source.error('the file is empty', root.origin)
  refusePlugin(root, source)
  const reader = new TomlReader(source, warn)
  for (const entry of root.entries) reader.group(entry)
  return reader.made
}

class TomlReader {
  readonly made: Operation[] = []

  constructor(
    private readonly source: SourceText,
    private readonly warn: Warn,
  ) {}

  group({ key: name, keyOrigin: origin, value }: YamlEntry): void {
    if (value.kind !== 'mapping') return this.warn(`"${name}" is skipped: a group is a table, this is ${describeNode(value)}`, origin)
    this.declare(name, origin)
    for (const { key, keyOrigin, value: part } of value.entries) {
      if (key === 'vars')
        this.made.push({ op: 'group-vars', group: name, vars: assignmentsOf(this.table(part, `vars of "${name}"`), this.warn) })
      else if (key === 'children') this.children(name, part)
      else if (key === 'hosts') this.table(part, `hosts of "${name}"`).entries.forEach(entry => this.hosts(name, entry))
      else this.warn(`"${key}" in group "${name}" is skipped: a group has hosts, vars and children`, keyOrigin)
    }
  }

  private declare(name: string, origin: YamlNode['origin']): void {
    if (name === '') throw this.source.error('a group needs a name', origin)
    checkGroupName(name, origin, this.warn)
    this.made.push({ op: 'group', name, origin })
  }

  private children(parent: string, list: YamlNode): void {
    if (list.kind !== 'sequence') throw this.source.error(`children of "${parent}" are a list, this is ${describeNode(list)}`, list.origin)
    for (const item of list.items) {
      if (item.kind !== 'scalar' || typeof item.value !== 'string') throw this.source.error('a child is the name of a group', item.origin)
      this.declare(item.value, item.origin)
      this.made.push({ op: 'child', parent, child: item.value, origin: item.origin })
    }
  }

  private hosts(group: string, { key, keyOrigin: origin, value }: YamlEntry): void {
    if (key === '') throw this.source.error('a host needs a name', origin)
    const vars = assignmentsOf(this.table(value, `the variables of "${key}"`), this.warn)
    this.made.push({ op: 'hosts', ...this.expand(key, origin), group, vars, origin })
  }

  private expand(pattern: string, origin: YamlNode['origin']) {
    try {
      return expandHostPattern(pattern)
    } catch (error) {
      throw error instanceof BadRange ? this.source.error(error.message, origin) : error
    }
  }

  private table(node: YamlNode, what: string): YamlMapping {
    if (node.kind === 'mapping') return node
    throw this.source.error(`${what} is a table, this is ${describeNode(node)}`, node.origin)
  }
}
