import type { Origin } from '../errors.js'
import type { SourceText } from '../source-text.js'
import { describeNode, entryOf, toPlain, type YamlEntry, type YamlMapping, type YamlNode } from '../yaml.js'
import { expandHostPattern } from './host-pattern.js'
import { checkGroupName, checkVariableName } from './names.js'
import type { Assignment, Operation, Warn } from './operations.js'
import { BadRange } from './ranges.js'

/**
 * A YAML or JSON inventory as operations. Source: ansible lib/ansible/plugins/inventory/yaml.py.
 * @throws InputError with position for anything Ansible refuses
 */
export function parseYamlSource(root: YamlNode, source: SourceText, warn: Warn): Operation[] {
  if (root.kind !== 'mapping') throw source.error(`an inventory is a mapping of groups, this is ${describeNode(root)}`, root.origin)
  refusePlugin(root, source)
  const reader = new YamlReader(source, warn)
  for (const entry of root.entries) reader.group(entry)
  return reader.made
}

/** @throws InputError for the configuration of an Ansible inventory plugin: what it would find is nowhere in it */
export function refusePlugin(root: YamlMapping, source: SourceText): void {
  const plugin = entryOf(root, 'plugin')
  if (!plugin || isFalsy(plugin.value)) return
  throw source.error('this is the configuration of an Ansible inventory plugin, which netplay does not run', plugin.keyOrigin, {
    next: 'Save what the plugin finds (`ansible-inventory -i FILE --list --yaml --export > hosts.yml`) and use that.',
  })
}

const sections = ['vars', 'children', 'hosts']

class YamlReader {
  readonly made: Operation[] = []

  constructor(
    private readonly source: SourceText,
    private readonly warn: Warn,
  ) {}

  /** @returns whether the entry is a group at all */
  group(entry: YamlEntry): boolean {
    const { key: name, keyOrigin: origin, value } = entry
    if (value.kind !== 'mapping' && !isNull(value)) {
      this.warn(`"${name}" is skipped: a group is a mapping, this is ${describeNode(value)}`, origin)
      return false
    }
    if (!entry.keyIsText || name === '') throw this.source.error('a group name is text; put it in quotes', origin)
    checkGroupName(name, origin, this.warn)
    this.made.push({ op: 'group', name, origin })
    if (value.kind === 'mapping') this.sections(name, value)
    return true
  }

  private sections(group: string, { entries }: YamlMapping): void {
    const contents = new Map(entries.map(entry => [entry, sections.includes(entry.key) ? this.section(group, entry) : entry.value]))
    for (const [{ key, keyOrigin }, content] of contents) {
      if (!sections.includes(key)) this.warn(`"${key}" in group "${group}" is skipped: a group has hosts, vars and children`, keyOrigin)
      else if (content.kind !== 'mapping') continue
      else if (key === 'vars') this.made.push({ op: 'group-vars', group, vars: this.assignments(content) })
      else if (key === 'hosts') content.entries.forEach(entry => this.hosts(group, entry))
      else content.entries.forEach(entry => this.child(group, entry))
    }
  }

  /** A lone word stands for one entry without content. */
  private section(group: string, { key, value }: YamlEntry): YamlNode {
    if (value.kind === 'mapping' || isNull(value)) return value
    if (value.kind === 'scalar' && typeof value.value === 'string') {
      const { origin, value: name } = value
      const nothing: YamlNode = { kind: 'scalar', origin, value: null, raw: '', plain: true }
      return { kind: 'mapping', origin, entries: [{ key: name, keyOrigin: origin, keyIsText: true, value: nothing }] }
    }
    const next = value.kind === 'sequence' ? `Write each as a key: "${key}:" and below it "  name:".` : undefined
    throw this.source.error(`"${key}" of group "${group}" is a mapping, this is ${describeNode(value)}`, value.origin, { next })
  }

  private child(parent: string, entry: YamlEntry): void {
    if (!this.group(entry)) throw this.source.error(`the child "${entry.key}" is a group, so a mapping`, entry.value.origin)
    this.made.push({ op: 'child', parent, child: entry.key, origin: entry.keyOrigin })
  }

  private hosts(group: string, { key, keyIsText, keyOrigin: origin, value }: YamlEntry): void {
    if (!keyIsText || key === '') throw this.source.error('a host name is text; put it in quotes', origin)
    if (value.kind !== 'mapping' && !isFalsy(value))
      throw this.source.error(`the variables of a host are a mapping, this is ${describeNode(value)}`, value.origin)
    const vars = value.kind === 'mapping' ? this.assignments(value) : []
    this.made.push({ op: 'hosts', ...this.expand(key, origin), group, vars, origin })
  }

  private expand(pattern: string, origin: Origin): { names: string[]; port?: number } {
    try {
      return expandHostPattern(pattern)
    } catch (error) {
      throw error instanceof BadRange ? this.source.error(error.message, origin) : error
    }
  }

  private assignments(mapping: YamlMapping): Assignment[] {
    return assignmentsOf(mapping, this.warn)
  }
}

/** The entries of a mapping as variables. */
export function assignmentsOf({ entries }: YamlMapping, warn: Warn): Assignment[] {
  return entries.map(({ key, keyOrigin, value }) => {
    checkVariableName(key, keyOrigin, warn)
    return [key, { value: toPlain(value), origin: value.origin, node: value }]
  })
}

const isNull = (node: YamlNode) => node.kind === 'scalar' && node.value === null

/** What Python takes for false: Ansible reads `host: 0`, `host: ""` and `host: []` as a host without variables. */
const isFalsy = (node: YamlNode) =>
  node.kind === 'scalar' ? !node.value : node.kind === 'sequence' ? node.items.length === 0 : node.entries.length === 0
