import { decodeSource, type SourceText } from '../source-text.js'
import type { OpenVault } from '../vaulted.js'
import { describeNode, entryOf, type YamlEntry, type YamlMapping, type YamlNode } from '../yaml.js'
import { parseJson } from './json-node.js'
import { checkGroupName } from './names.js'
import type { Assignment, Operation, Warn } from './operations.js'
import { runScript, type ScriptLimits } from './script-output.js'
import { assignmentsOf } from './yaml-source.js'

/** Scripts that are asked host by host are asked for this many at once; Ansible asks for one after the other. */
const askedAtOnce = 8

/**
 * An executable inventory as operations: `--list`, and where its answer has no `_meta`, `--host NAME` for each host.
 * Source: ansible lib/ansible/plugins/inventory/script.py.
 * @param path absolute
 * @throws InputError it fails, floods, takes too long, or prints what is no inventory
 */
export async function readScript(
  path: string,
  warn: Warn,
  { openVault, ...limits }: ScriptLimits & { openVault?: OpenVault } = {},
): Promise<Operation[]> {
  const ask = async (...words: string[]) => decodeSource(await runScript(path, words, limits), [path, ...words].join(' '), { openVault })
  const listed = await ask('--list')
  const reader = new ListReader(listed, warn)
  const hostvars = reader.read(parseJson(listed))
  if (hostvars === undefined) {
    await eachOf(reader.hosts.keys(), async name => {
      const source = await ask('--host', name)
      if (source.text.trim() !== '') reader.variables(name, parseJson(source), source)
    })
  }
  for (const { key, value } of hostvars?.entries ?? []) if (reader.hosts.has(key)) reader.variables(key, value, listed)
  return reader.made
}

class ListReader {
  readonly made: Operation[] = []
  /** Hosts that the script names, each with the first group it is in. */
  readonly hosts = new Map<string, string>()

  constructor(
    private readonly source: SourceText,
    private readonly warn: Warn,
  ) {}

  /** @returns `_meta.hostvars`, `undefined` where there is no `_meta` */
  read(root: YamlNode): YamlMapping | undefined {
    const { entries } = this.mapping(root, 'what an inventory script prints')
    for (const entry of entries) if (entry.key !== '_meta') this.group(entry)
    const meta = entryOf(root, '_meta')
    if (meta === undefined) return undefined
    const profile = entryOf(this.mapping(meta.value, '_meta'), 'profile')?.value
    if (profile && !(profile.kind === 'scalar' && profile.value === 'inventory_legacy'))
      throw this.source.error('the profile of _meta is "inventory_legacy", if it is said at all', profile.origin)
    const hostvars = entryOf(meta.value, 'hostvars')
    if (hostvars === undefined) throw this.source.error('_meta holds hostvars, a mapping of hosts to their variables', meta.keyOrigin)
    return this.mapping(hostvars.value, '_meta.hostvars')
  }

  variables(host: string, node: YamlNode, source: SourceText): void {
    if (node.kind !== 'mapping')
      throw source.error(`the variables of a host are a mapping, those of "${host}" are ${describeNode(node)}`, node.origin)
    this.add(this.hosts.get(host)!, host, node, assignmentsOf(node, this.warn))
  }

  private group({ key: name, keyOrigin: origin, value }: YamlEntry): void {
    if (name === '') throw this.source.error('a group needs a name', origin)
    checkGroupName(name, origin, this.warn)
    this.made.push({ op: 'group', name, origin })
    if (value.kind !== 'mapping') return this.members(name, value)
    const [hosts, vars, children] = ['hosts', 'vars', 'children'].map(key => entryOf(value, key)?.value)
    if (!hosts && !vars && !children) return this.malformed(name, value)
    if (hosts) this.members(name, hosts)
    if (vars) this.made.push({ op: 'group-vars', group: name, vars: assignmentsOf(this.mapping(vars, `vars of "${name}"`), this.warn) })
    for (const child of children ? this.names(children, `children of "${name}"`) : []) {
      this.made.push({ op: 'group', name: child.name, origin: child.origin })
      this.made.push({ op: 'child', parent: name, child: child.name, origin: child.origin })
    }
  }

  /** A mapping without hosts, vars and children is a host of that name, and its variables, in which templates do not count. */
  private malformed(name: string, value: YamlMapping): void {
    this.warn(`group "${name}" has neither hosts, vars nor children: it is read as a host of that name`, value.origin)
    const vars = assignmentsOf(untemplated(value) as YamlMapping, this.warn)
    this.host(name, name, value)
    this.made.push({ op: 'group-vars', group: name, vars })
  }

  private members(group: string, hosts: YamlNode): void {
    for (const { name, origin } of this.names(hosts, `hosts of "${group}"`)) this.host(group, name, { origin })
  }

  private host(group: string, name: string, at: Pick<YamlNode, 'origin'>): void {
    if (!this.hosts.has(name)) this.hosts.set(name, group)
    this.add(group, name, at, [])
  }

  private add(group: string, name: string, { origin }: Pick<YamlNode, 'origin'>, vars: readonly Assignment[]): void {
    this.made.push({ op: 'hosts', names: [name], group, vars, origin })
  }

  private names(node: YamlNode, what: string) {
    if (node.kind !== 'sequence') throw this.source.error(`${what} are a list, this is ${describeNode(node)}`, node.origin)
    return node.items.map(item => {
      if (item.kind !== 'scalar' || typeof item.value !== 'string' || item.plain || item.value === '')
        throw this.source.error(`${what} are a list of names, this is ${describeNode(item)}`, item.origin)
      return { name: item.value, origin: item.origin }
    })
  }

  private mapping(node: YamlNode, what: string): YamlMapping {
    if (node.kind === 'mapping') return node
    throw this.source.error(`${what} is a mapping, this is ${describeNode(node)}`, node.origin)
  }
}

function untemplated(node: YamlNode): YamlNode {
  if (node.kind === 'sequence') return { ...node, items: node.items.map(untemplated) }
  if (node.kind === 'mapping') return { ...node, entries: node.entries.map(entry => ({ ...entry, value: untemplated(entry.value) })) }
  return typeof node.value === 'string' && !node.plain ? { ...node, tag: '!unsafe' } : node
}

async function eachOf<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items].values()
  const worker = async () => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: askedAtOnce }, worker))
}
