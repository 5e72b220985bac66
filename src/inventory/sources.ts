import { readdir, stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { InputError } from '../errors.js'
import { decodeSource, readLimited, type SourceText } from '../source-text.js'
import { parseYaml, type YamlNode } from '../yaml.js'
import { parseAddress } from './address.js'
import type { Draft } from './draft.js'
import { parseIni } from './ini.js'
import type { Operation, Warn } from './operations.js'
import { parseYamlSource } from './yaml-source.js'

const skipped = /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.cfg|\.retry)$/
/** Folders deeper than this are a loop of symbolic links. */
const deepest = 20

export interface Reading {
  draft: Draft
  warn: Warn
  /** Keeps the text of every file read, for errors that are found later. */
  texts: Map<string, SourceText>
}

/** Reads a file, or a folder's files in name order and recursively, into the draft. @throws InputError */
export async function readSource(path: string, reading: Reading, depth = 0): Promise<void> {
  if (!(await stat(path)).isDirectory()) return reading.draft.carryOut(await readFile(path, reading), resolve(path))
  if (depth > deepest) throw new InputError('folders lie too deep in each other here', { origin: nowhereIn(path) })
  for (const name of (await readdir(path)).sort()) if (!skipped.test(name)) await readSource(join(path, name), reading, depth + 1)
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

async function readFile(path: string, { draft, warn, texts }: Reading): Promise<Operation[]> {
  const bytes = await readLimited(path)
  refuseUnsupported(path, bytes)
  const text = (comments = '') => {
    const source = decodeSource(bytes, path, { comments })
    texts.set(path, source)
    return source
  }
  const ini = () => parseIni(text('#;'), group => draft.groups.has(group), warn)
  if (!['', '.yml', '.yaml', '.json'].includes(extname(path))) return ini()
  return yamlOrIni(() => yaml(text(), warn), ini, path, bytes)
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
  return /^\s*(?:---|\{|["']?[\w.-]+["']?:(?:\s|$))/.test(line)
}

function refuseUnsupported(path: string, bytes: Buffer): void {
  const script = bytes.subarray(0, 2).toString('latin1') === '#!' || bytes.subarray(0, 4).toString('latin1') === '\x7fELF'
  if (script) {
    throw new InputError('netplay does not run inventory scripts yet', {
      origin: nowhereIn(path),
      next: `Save what it finds and use that: ansible-inventory -i ${path} --list --yaml --export > hosts.yml`,
    })
  }
  if (extname(path) === '.toml') {
    throw new InputError('netplay does not read TOML inventories yet', { origin: nowhereIn(path), next: 'Write it as INI or YAML.' })
  }
}

const nowhereIn = (file: string) => ({ file, line: 0, column: 0 })
