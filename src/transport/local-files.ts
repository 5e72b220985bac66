import { appendFile, mkdir, open, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { readLimited } from '../limited-file.js'
import { whyUnreadable } from '../source-text.js'
import { KnownHosts } from './known-hosts.js'

/** `~` and `~/x` are the controller's home folder. */
export const expandHome = (path: string): string => (path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path)

/** known_hosts of a hundred thousand hosts is that large. */
const mostBytes = 64 * 1024 * 1024

/**
 * The controller's own SSH files, each read and parsed once a run however many hosts need it. Whoever opens many
 * sessions shares one.
 */
export class LocalFiles {
  private readonly results = new Map<string, Promise<unknown>>()
  private appending: Promise<unknown> = Promise.resolve()

  /** `make()` once for each `name`; a failure is remembered like a result. */
  once<Result>(name: string, make: () => Promise<Result>): Promise<Result> {
    const known = this.results.get(name) as Promise<Result> | undefined
    const result = known ?? make()
    if (!known) this.results.set(name, result)
    return result
  }

  /** The text, or `undefined` where there is no such file. @throws {Error} with the path */
  text(path: string): Promise<string | undefined> {
    return this.once(`text ${path}`, async () => {
      try {
        const bytes = await readLimited(path, { mostBytes }).catch(unlessMissing)
        return bytes?.toString('utf8')
      } catch (cause) {
        throw new Error(`${path}: ${whyUnreadable(cause)}`, { cause })
      }
    })
  }

  knownHosts(paths: readonly string[]): Promise<KnownHosts> {
    return this.once(`known_hosts ${paths.join(' ')}`, async () => {
      const hosts = new KnownHosts()
      for (const path of paths) hosts.addText((await this.text(path)) ?? '', path)
      return hosts
    })
  }

  /** Adds one line to the first of `paths`, one after another, and to what `knownHosts` gave for them. `isNeeded` is asked in turn. */
  addKnownHost(paths: readonly string[], line: string, isNeeded: (hosts: KnownHosts) => boolean): Promise<void> {
    const added = this.appending.then(async () => {
      const [path] = paths
      const hosts = await this.knownHosts(paths)
      if (path === undefined || !isNeeded(hosts)) return
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      // One write of a whole line with O_APPEND: other processes may do the same at this moment.
      await appendFile(path, `${(await endsInLine(path)) ? '' : '\n'}${line}\n`, { mode: 0o600 })
      const lines = (await readFile(path, 'utf8')).split('\n').length - 1
      hosts.addText(line, path, lines)
    })
    this.appending = added.catch(() => {})
    return added
  }
}

async function endsInLine(path: string): Promise<boolean> {
  const file = await open(path).catch(unlessMissing)
  if (!file) return true
  try {
    const { size } = await file.stat()
    if (size === 0) return true
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
    return buffer[0] === 0x0a
  } finally {
    await file.close()
  }
}

const unlessMissing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
  throw error
}
