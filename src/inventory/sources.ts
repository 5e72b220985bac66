import { access, constants, open, readdir, stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { InputError } from '../errors.js'
import { decodeSource, readSourceBytes, type SourceText } from '../source-text.js'
import type { OpenVault } from '../vaulted.js'
import { parseYaml, type YamlNode } from '../yaml.js'
import { parseAddress } from './address.js'
import type { Draft } from './draft.js'
import { parseIni } from './ini.js'
import type { Operation, Warn } from './operations.js'
import { readScript } from './script-source.js'
import { parseTomlSource } from './toml-source.js'
import { parseYamlSource } from './yaml-source.js'

const skipped = /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.cfg|\.retry)$/
/** Folders deeper than this are a loop of symbolic links. */
const deepest = 20

export interface Reading {
  draft: Draft
  warn: Warn
  /** Keeps the text of every file read, for errors that are found later. */
  texts: Map<string, SourceText>
  /** Opens what is encrypted in them. */
  openVault?: OpenVault
  /** A file that cannot be read is told, and nothing of it counts. */
  skipBroken: boolean
}

/** Reads a file, or a folder's files in name order and recursively, into the draft. @throws InputError */
export async function readSource(path: string, reading: Reading, depth = 0): Promise<void> {
  if (!(await stat(path)).isDirectory())
    return unlessSkipped(reading, async () => reading.draft.carryOut(await readFile(path, reading), resolve(path)))
  if (depth > deepest) throw new InputError('folders lie too deep in each other here', { origin: nowhereIn(path) })
  const names = (await readdir(path)).sort().filter(name => !skipped.test(name))
  if (names.length === 0 && depth === 0) throw emptyFolder(path)
  for (const name of names) await readSource(join(path, name), reading, depth + 1)
}

const emptyFolder = (path: string) =>
  new InputError('nothing in this folder is an inventory', {
    origin: nowhereIn(path),
    next: 'group_vars, host_vars, hidden files and endings such as .cfg, .md, .txt and .bak do not count.',
  })

/** What `read` throws is a warning where broken sources are skipped. */
export async function unlessSkipped({ skipBroken, warn }: Pick<Reading, 'skipBroken' | 'warn'>, read: () => Promise<void>): Promise<void> {
  try {
    await read()
  } catch (error) {
    if (!skipBroken || !(error instanceof InputError)) throw error
    const origin = error.details.origin ?? nowhereIn('inventory')
    warn(`${error.problem}; nothing of this source counts (--skip-broken-sources)`, origin)
  }
}

/** `h1,h2:22`: hosts named on the command line, no ranges; one that is known already stays as it is. */
export function hostListOperations(list: string, known: (host: string) => boolean): Operation[] {
  const origin = nowhereIn(`-i ${list}`)
  const operations: Operation[] = []
  for (const written of list.split(',').map(name => name.trim())) {
    const address = written.includes('[') && !written.startsWith('[') ? undefined : parseAddress(written)
    const { host, port } = address && !address.host.includes('[') ? address : { host: written, port: undefined }
    if (host !== '' && !known(host)) operations.push({ op: 'hosts', names: [host], port, group: 'ungrouped', vars: [], origin })
  }
  return operations
}

async function readFile(path: string, { draft, warn, texts, openVault }: Reading): Promise<Operation[]> {
  if (await isProgram(path)) return readScript(await executable(path), warn, { openVault })
  const extension = extname(path)
  const bytes = await readSourceBytes(path)
  const text = (comments = '') => {
    const source = decodeSource(bytes, path, { comments, openVault })
    texts.set(path, source)
    return source
  }
  const ini = () => parseIni(text('#;'), group => draft.groups.has(group), warn)
  if (extension === '.toml') return parseTomlSource(text(), warn)
  if (!['', '.yml', '.yaml', '.json'].includes(extension)) return ini()
  return yamlOrIni(() => yaml(text(), warn), ini, path, bytes)
}

/** A script or a binary, whatever its size. A text with the executable bit is read as what it is: nothing could run it. */
async function isProgram(path: string): Promise<boolean> {
  // Of a pipe nothing can be read twice.
  if (!(await stat(path)).isFile()) return false
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    const start = buffer.toString('latin1', 0, bytesRead)
    return start.startsWith('#!') || start === '\x7fELF'
  } finally {
    await handle.close()
  }
}

/** @returns the absolute path. @throws InputError for a script without the executable bit, which Ansible would try to read as INI */
async function executable(path: string): Promise<string> {
  const absolute = resolve(path)
  const allowed = await access(absolute, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (allowed) return absolute
  throw new InputError('this is a program, and not executable', {
    origin: nowhereIn(path),
    next: `If it is an inventory script: chmod +x ${path}`,
  })
}

function yaml(source: SourceText, warn: Warn): Operation[] {
  const root: YamlNode = parseYaml(source)
  if (root.kind === 'scalar' && root.value === null) throw source.error('the file is empty', root.origin)
  return parseYamlSource(root, source, warn)
}

/** As Ansible does: YAML first, then INI. If neither reads it, the error is of the language the file is most likely written in. */
function yamlOrIni(yaml: () => Operation[], ini: () => Operation[], path: string, bytes: Buffer): Operation[] {
  let problem: unknown
  try {
    return yaml()
  } catch (error) {
    problem = error
  }
  if (isPluginOf(problem)) throw problem
  try {
    return ini()
  } catch (error) {
    throw extname(path) !== '' || looksLikeYaml(bytes) ? problem : error
  }
}

const isPluginOf = (error: unknown) => error instanceof InputError && error.problem.includes('inventory plugin')

/** The first line that says something is `---`, `name:` or an opening brace. */
function looksLikeYaml(bytes: Buffer): boolean {
  const line =
    bytes
      .toString('utf8', 0, 65_536)
      .split('\n')
      .find(text => /^\s*[^\s#;]/.test(text)) ?? ''
  return /^\s*(?:---|\{|(?:[\w.-]+|'[^']*'|"[^"]*"):(?:\s|$))/.test(line)
}

const nowhereIn = (file: string) => ({ file, line: 0, column: 0 })
