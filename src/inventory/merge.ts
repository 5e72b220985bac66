import { dirname } from 'node:path'
import type { Draft, DraftGroup, DraftHost } from './draft.js'
import { GroupGraph } from './group-graph.js'
import type { VarsFiles } from './group-vars.js'
import { mergeLayers, type Group, type Host, type Layer, type Variables } from './model.js'

/** Variables of one group: from the sources, then from the folders beside the sources and beside the playbook, each in folder order. */
interface GroupVars {
  inventory: Variables
  sources: Variables[]
  playbook: Variables[]
}

/** Puts hosts and groups of a settled draft together with their variable files. Source of the order: ansible lib/ansible/vars/manager.py. */
export class Assembly {
  readonly graph: GroupGraph
  private readonly groupVars = new Map<string, GroupVars>()
  /** Hosts in the same groups share their layers and the merged map of these. */
  private readonly bases = new Map<string, SharedBase>()

  private constructor(
    private readonly draft: Draft,
    private readonly files: VarsFiles,
  ) {
    this.graph = new GroupGraph(draft.groups)
  }

  static async of(draft: Draft, files: VarsFiles): Promise<Assembly> {
    const assembly = new Assembly(draft, files)
    for (const { name, vars } of draft.groups.values()) {
      const [sources, playbook] = [await files.group(name, 'sources'), await files.group(name, 'playbook')]
      assembly.groupVars.set(name, { inventory: vars, sources, playbook })
    }
    return assembly
  }

  group(group: DraftGroup): Group {
    const { name, priority, vars } = group
    const { sources, playbook } = this.groupVars.get(name)!
    const level = name === 'all' ? { inventory: 2, sources: 4, playbook: 5 } : { inventory: 3, sources: 6, playbook: 7 }
    const layers = [layer(level.inventory, vars, name), ...each(level.sources, sources, name), ...each(level.playbook, playbook, name)]
    const { hosts, children, parents } = group
    return {
      name,
      depth: this.graph.depth(name),
      priority,
      hosts: [...hosts],
      children: [...children.keys()],
      parents: [...parents],
      vars,
      layers,
    }
  }

  async host(host: DraftHost): Promise<Host> {
    const { name, origin, file, groups, leftUngrouped } = host
    const own = [layer(8, host.vars), ...(await this.hostFiles(name))].filter(({ vars }) => vars.size > 0)
    return new MergedHost(name, origin, this.base([...groups], leftUngrouped && 'ungrouped'), own, file, false)
  }

  /** `localhost` when no source has it: reached without SSH, with the variables of `all` and its own host_vars. */
  async implicitHost(name: string): Promise<Host> {
    const origin = { file: 'implicit host', line: 0, column: 0 }
    const local = new Map([['ansible_connection', { value: 'local', origin }]])
    return new MergedHost(name, origin, this.base([]), [layer(8, local), ...(await this.hostFiles(name))], undefined, true)
  }

  private async hostFiles(name: string): Promise<Layer[]> {
    return [...each(9, await this.files.host(name, 'sources')), ...each(10, await this.files.host(name, 'playbook'))]
  }

  private base(direct: string[], left?: string): SharedBase {
    const key = [left, ...direct].join('\n')
    const known = this.bases.get(key)
    if (known) return known
    const groups = this.graph.withAncestors(direct, left)
    const base = new SharedBase(groups, this.groupLayers(groups))
    this.bases.set(key, base)
    return base
  }

  /** Inside one folder the deeper group wins, but a later folder wins over an earlier one whatever the depth. */
  private groupLayers(groups: readonly string[]): Layer[] {
    const all = this.groupVars.get('all')!
    const folders = all.sources.map((_, index) => groups.map(name => layer(6, this.groupVars.get(name)!.sources[index]!, name)))
    return [
      layer(2, all.inventory, 'all'),
      ...groups.map(name => layer(3, this.groupVars.get(name)!.inventory, name)),
      ...each(4, all.sources, 'all'),
      ...each(5, all.playbook, 'all'),
      ...folders.flat(),
      ...groups.flatMap(name => each(7, this.groupVars.get(name)!.playbook, name)),
    ].filter(({ vars }) => vars.size > 0)
  }
}

const layer = (level: number, vars: Variables, group?: string): Layer => (group === undefined ? { level, vars } : { level, group, vars })
const each = (level: number, maps: readonly Variables[], group?: string): Layer[] => maps.map(vars => layer(level, vars, group))

class SharedBase {
  private merged: Variables | undefined
  constructor(
    readonly groups: readonly string[],
    readonly layers: readonly Layer[],
  ) {}
  get vars(): Variables {
    return (this.merged ??= mergeLayers(this.layers))
  }
}

/** Merges when first asked, so that ten thousand hosts cost nothing until they are used. */
class MergedHost implements Host {
  private merged: Variables | undefined
  constructor(
    readonly name: string,
    readonly origin: Host['origin'],
    private readonly base: SharedBase,
    private readonly own: readonly Layer[],
    readonly inventoryFile: string | undefined,
    readonly implicit: boolean,
  ) {}

  get groups(): readonly string[] {
    return this.base.groups
  }
  get layers(): readonly Layer[] {
    return [...this.base.layers, ...this.own]
  }
  get vars(): Variables {
    return (this.merged ??= this.own.length === 0 ? this.base.vars : mergeLayers([{ level: 2, vars: this.base.vars }, ...this.own]))
  }
  get inventoryDir(): string | undefined {
    return this.inventoryFile === undefined ? undefined : dirname(this.inventoryFile)
  }
}
