import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface GoMod {
  /** The least Go version, e.g. `1.26.0`. */
  go: string
  /** Module path -> version, of all that is required. */
  versions: ReadonlyMap<string, string>
}

/** The Go module of the lab's parts: lab/parts beside this file, or in the package that dist/ lies in. */
export function partsSource(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'lab', 'parts')
    if (existsSync(join(candidate, 'go.mod'))) return candidate
    if (folder === dirname(folder)) throw new Error('lab/parts is missing from this installation of netplay')
  }
}

export async function readGoMod(): Promise<GoMod> {
  return parseGoMod(await readFile(join(partsSource(), 'go.mod'), 'utf8'))
}

/** Source: Go Modules Reference, "go.mod files"; only the `go` line and required versions are looked at. */
export function parseGoMod(text: string): GoMod {
  const required = [...text.matchAll(/^\s*(?:require\s+)?(\S+\.\S+)\s+(v\d\S*)/gm)]
  return {
    go: /^go\s+(\S+)/m.exec(text)?.[1] ?? '0',
    versions: new Map(required.map(([, path = '', version = '']) => [path, version])),
  }
}

/** What a build depends on, in a fixed order: go.mod, go.sum and every Go source but tests. */
export const listSources = (): Promise<Source[]> => listSourcesIn(partsSource())

export interface Source {
  /** Below the module's folder. */
  path: string
  bytes: Buffer
}

/** As `listSources`, for a module in a folder of its own. */
export async function listSourcesIn(root: string): Promise<Source[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const counts = (name: string) => name === 'go.mod' || name === 'go.sum' || (name.endsWith('.go') && !name.endsWith('_test.go'))
  // A folder right here with a go.mod of its own is another module: its sources make other binaries.
  const isOfAnother = (path: string) => existsSync(join(root, path.split(sep)[0]!, 'go.mod'))
  const paths = entries
    .filter(entry => entry.isFile() && counts(entry.name))
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .filter(path => !isOfAnother(path))
  return Promise.all(paths.sort().map(async path => ({ path, bytes: await readFile(join(root, path)) })))
}
