import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { InputError } from '../errors.js'
import { loadVaultableSource } from '../source-text.js'
import type { OpenVault } from '../vaulted.js'
import { describeNode, parseYaml } from '../yaml.js'
import type { Value, Variables } from './model.js'
import type { Warn } from './operations.js'
import { assignmentsOf } from './yaml-source.js'

const none: Variables = new Map()
const extensions = ['', '.yml', '.yaml', '.json']
/** A folder deeper than this is a loop of symbolic links. */
const deepest = 20

/** One `group_vars` or `host_vars` folder. It is listed once, so that ten thousand hosts without a file cost nothing. */
export class VarsFolder {
  private constructor(
    private readonly path: string,
    private readonly names: ReadonlySet<string>,
    private readonly warn: Warn,
    private readonly openVault: OpenVault | undefined,
  ) {}

  /** A folder that is missing holds nothing; a file of that name is told and holds nothing. */
  static async open(path: string, warn: Warn, openVault?: OpenVault): Promise<VarsFolder> {
    return new VarsFolder(path, new Set(await list(path, warn)), warn, openVault)
  }

  /**
   * The variables of a host or group: first existing of `X`, `X.yml`, `X.yaml`, `X.json`; a folder is read recursively, later names win.
   * Names with a `/` have no file.
   * @throws InputError when a file is not a YAML mapping
   */
  async variables(name: string): Promise<Variables> {
    if (!extensions.some(extension => this.names.has(name + extension))) return none
    const merged = new Map<string, Value>()
    for (const file of await this.files(name)) {
      for (const [key, value] of await loadVarsFile(file, this.warn, this.openVault)) merged.set(key, value)
    }
    return merged
  }

  private async files(name: string): Promise<string[]> {
    for (const extension of extensions) {
      if (!this.names.has(name + extension)) continue
      const path = join(this.path, name + extension)
      const kind = await kindOf(path)
      if (kind) return kind === 'folder' ? filesBelow(path, 1) : [path]
    }
    return []
  }
}

/**
 * The variables of one YAML or JSON file, which may be encrypted as a whole; an empty file has none.
 * @param openVault default: nothing can be opened, and values that are encrypted are refused when they are used
 * @throws InputError
 */
export async function loadVarsFile(path: string, warn: Warn, openVault?: OpenVault): Promise<Variables> {
  const source = await loadVaultableSource(path, openVault)
  const root = parseYaml(source)
  // What Python takes for false is nothing to Ansible.
  if ((root.kind === 'scalar' && !root.value) || (root.kind === 'sequence' && root.items.length === 0)) return new Map()
  if (root.kind !== 'mapping') throw source.error(`a file of variables is a mapping, this is ${describeNode(root)}`, root.origin)
  return new Map(assignmentsOf(root, warn))
}

async function filesBelow(folder: string, depth: number): Promise<string[]> {
  if (depth > deepest) throw new InputError('folders lie too deep in each other here', { origin: { file: folder, line: 0, column: 0 } })
  const files: string[] = []
  for (const name of (await readdir(folder)).sort()) {
    const extension = extname(name)
    if (name.startsWith('.') || name.endsWith('~') || !extensions.includes(extension)) continue
    const path = join(folder, name)
    const kind = await kindOf(path)
    if (kind === 'folder' && extension === '') files.push(...(await filesBelow(path, depth + 1)))
    if (kind === 'file') files.push(path)
  }
  return files
}

async function kindOf(path: string): Promise<'folder' | 'file' | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() ? 'folder' : found ? 'file' : undefined
}

async function list(path: string, warn: Warn): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    const origin = { file: path, line: 0, column: 0 }
    if (code !== 'ENOTDIR') throw new InputError(`the folder cannot be read (${code})`, { origin, cause: error })
    warn('this is not a directory, so it is skipped', origin)
    return []
  }
}
