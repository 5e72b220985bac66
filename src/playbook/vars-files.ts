import { statSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Origin } from '../errors.js'
import type { Variables } from '../inventory/model.js'
import { loadVarsFile } from '../inventory/vars-folder.js'
import type { Warn } from '../inventory/operations.js'
import type { OpenVault } from '../vaulted.js'
import { errorAt } from '../error-at.js'
import { readList, readText, type ReadNode } from './read-node.js'

/** One entry of `vars_files`: of several names the first that exists is read. */
export interface VarsFile {
  names: string[]
  origin: Origin
}

/** A name, or a list of entries that each are a name or a list of names. */
export const readVarsFiles: ReadNode<VarsFile[]> = (node, key) => {
  const entries = node.kind === 'scalar' ? [node] : readList(node, key, 'a list of files').items
  return entries.map(entry => ({
    origin: entry.origin,
    names: entry.kind === 'sequence' ? entry.items.map(item => readText(item, key)) : [readText(entry, key)],
  }))
}

/**
 * The variables of each entry, weakest first: later files win. A name without `/` in front is looked for in `vars/` beside the playbook, then beside it.
 * @throws InputError no file of an entry exists (Ansible goes on without it), or one is no mapping
 */
export async function loadVarsFiles(files: readonly VarsFile[], playbook: string, warn: Warn, openVault?: OpenVault): Promise<Variables[]> {
  const found: Variables[] = []
  for (const { names, origin } of files) {
    const tried = names.flatMap(name => (isAbsolute(name) ? [name] : ['vars', ''].map(folder => join(dirname(playbook), folder, name))))
    const path = tried.find(candidate => statSync(candidate, { throwIfNoEntry: false })?.isFile())
    if (path === undefined)
      throw errorAt(origin, `there is no ${names.join(' and no ')}`, {
        next: `Looked for: ${tried.map(file => resolve(file)).join(', ')}.`,
      })
    found.push(await loadVarsFile(path, warn, openVault))
  }
  return found
}
