import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Jiti } from 'jiti'
import type { Origin } from '../errors.js'

/**
 * The default export of a role file that nobody compiled. `netplay` in it, and in all it imports, is the copy that is running.
 * What is made of the files is kept in the user's cache folder, never beside them.
 */
export async function importUserRole(file: string): Promise<unknown> {
  const module = await imported(file).catch((error: unknown) => {
    if (!isOfCache(error)) throw error
    // A full disk or a folder that is gone costs the time to translate, not the run.
    loader = openLoader(false)
    return imported(file)
  })
  return module.default
}

const imported = async (file: string) => (await (loader ??= openLoader())).import<{ default?: unknown }>(file)

const cacheDir = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'netplay', 'roles')
const isOfCache = (error: unknown) => (error as { path?: unknown } | null)?.path?.toString().startsWith(cacheDir()) === true

/**
 * Where a position in what the loader made of a file was written; the same position for a file that it did not touch.
 * Lines agree; columns do not, so the file is translated once more for its source map.
 */
export async function writtenPositions(): Promise<(made: Origin) => Origin> {
  const jiti = await (loader ??= openLoader())
  const maps = new Map<string, SourceMap | undefined>()
  return made => {
    if (!maps.has(made.file)) maps.set(made.file, sourceMapOf(jiti, made.file))
    return positionIn(maps.get(made.file), made)
  }
}

let loader: Promise<Jiti> | undefined

async function openLoader(cached = true): Promise<Jiti> {
  const [{ createJiti }, netplay] = await Promise.all([import('jiti'), import('../index.js')])
  return createJiti(import.meta.url, {
    fsCache: cached && cacheDir(),
    sourceMaps: true,
    interopDefault: false,
    virtualModules: { netplay },
  })
}

function sourceMapOf(jiti: Jiti, file: string): SourceMap | undefined {
  try {
    const code = jiti.transform({ source: readFileSync(file, 'utf8'), filename: file, ts: /\.m?ts$/.test(file), async: true })
    const [, map] = /\/\/# sourceMappingURL=data:application\/json;[^,]*base64,(\S+)/.exec(code) ?? []
    return map === undefined
      ? undefined
      : new SourceMap(JSON.parse(Buffer.from(map, 'base64').toString()) as ConstructorParameters<typeof SourceMap>[0])
  } catch {
    return undefined
  }
}

// What jiti puts before the first line of a module; source: node_modules/jiti, "function (exports, require".
const wrapper = '(async function (exports, require, module, __filename, __dirname, jitiImport, jitiESMResolve) { '.length

function positionIn(map: SourceMap | undefined, made: Origin): Origin {
  const column = made.column - 1 - (made.line === 1 ? wrapper : 0)
  const entry = map?.findEntry(made.line - 1, Math.max(0, column))
  if (map === undefined || entry === undefined || !('originalLine' in entry)) return made
  const text = map.payload.sourcesContent[0]?.split('\n')[entry.originalLine] ?? ''
  return { file: made.file, line: entry.originalLine + 1, column: startOfName(text, entry.originalColumn) + 1 }
}

/** A call of an import is found at its parenthesis; V8 itself would point at the name. */
const startOfName = (text: string, column: number) =>
  text[column] === '(' ? column - (/[\w$]*$/.exec(text.slice(0, column))?.[0].length ?? 0) : column
