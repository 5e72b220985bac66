import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Variables } from './model.js'
import type { Warn } from './operations.js'
import type { OpenVault } from '../vaulted.js'
import { VarsFolder } from './vars-folder.js'

interface Folders {
  groups: VarsFolder
  hosts: VarsFolder
}

/** The group_vars and host_vars beside the sources and beside the playbook, each read when it is asked for. */
export class VarsFiles {
  private constructor(
    private readonly besideSources: readonly Folders[],
    private readonly besidePlaybook: readonly Folders[],
  ) {}

  /**
   * @param sources folders of the inventory sources, in their order; of one named twice the last place counts
   * @param playbook folder of the playbook
   */
  static async open(sources: readonly string[], playbook: string | undefined, warn: Warn, openVault?: OpenVault): Promise<VarsFiles> {
    const real = await Promise.all(sources.map(folder => realpath(folder)))
    const once = sources.filter((_, index) => !real.includes(real[index]!, index + 1))
    const beside = playbook === undefined ? [] : [await openBeside(playbook, warn, openVault)]
    return new VarsFiles(await Promise.all(once.map(folder => openBeside(folder, warn, openVault))), beside)
  }

  /** One map for each folder that has something, in order: a later folder wins over an earlier one, whatever the group's depth. */
  async group(name: string, where: 'sources' | 'playbook'): Promise<Variables[]> {
    return read(this.beside(where), folders => folders.groups.variables(name))
  }

  async host(name: string, where: 'sources' | 'playbook'): Promise<Variables[]> {
    return read(this.beside(where), folders => folders.hosts.variables(name))
  }

  private beside(where: 'sources' | 'playbook'): readonly Folders[] {
    return where === 'sources' ? this.besideSources : this.besidePlaybook
  }
}

async function openBeside(folder: string, warn: Warn, openVault?: OpenVault): Promise<Folders> {
  const open = (name: string) => VarsFolder.open(join(folder, name), warn, openVault)
  return { groups: await open('group_vars'), hosts: await open('host_vars') }
}

async function read(folders: readonly Folders[], one: (folders: Folders) => Promise<Variables>): Promise<Variables[]> {
  const found: Variables[] = []
  for (const folder of folders) found.push(await one(folder))
  return found
}
