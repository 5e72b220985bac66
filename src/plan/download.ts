import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { NetplayError } from '../errors.js'

/** The download failed, or what came is not what was asked for. */
export class DownloadError extends NetplayError {
  readonly code = 'DOWNLOAD'
  constructor(
    problem: string,
    readonly next: string,
    options?: ErrorOptions,
  ) {
    super(problem, options)
  }
}

/** Kept between runs, by content: `NETPLAY_CACHE_DIR`, else `$XDG_CACHE_HOME/netplay`, else `~/.cache/netplay`. */
export const cacheDir = (env: NodeJS.ProcessEnv = process.env): string =>
  env['NETPLAY_CACHE_DIR'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'netplay')

/**
 * Downloaded once by the controller; `https_proxy`, `http_proxy` and `no_proxy` are honoured.
 * @param sha256 of the bytes, in hex; a file with another one is thrown away
 * @returns path of the file in the cache
 */
export async function download(url: string, sha256: string): Promise<string> {
  const path = join(cacheDir(), sha256)
  if ((await digestOf(path)) === sha256) return path
  await mkdir(cacheDir(), { recursive: true })
  const part = `${path}.${process.pid}.part`
  try {
    await fetchTo(url, part)
    const found = await digestOf(part)
    if (found !== sha256)
      throw new DownloadError(
        `${url} has sha256 ${found}, not ${sha256}`,
        'Mend the sha256 or the address in the playbook; nothing was changed.',
      )
    await rename(part, path)
    return path
  } finally {
    await rm(part, { force: true })
  }
}

const mostRedirects = 10

async function fetchTo(url: string, file: string, redirects = 0): Promise<void> {
  const { EnvHttpProxyAgent, request } = await import('undici')
  const dispatcher = new EnvHttpProxyAgent({ connect: { timeout: 15_000 } })
  try {
    const { statusCode, headers, body } = await request(url, { dispatcher, headersTimeout: 30_000, bodyTimeout: 60_000 })
    const location = headers['location']
    if (statusCode >= 300 && statusCode < 400 && typeof location === 'string') {
      await body.dump()
      if (redirects === mostRedirects) throw new Error(`it redirects more than ${mostRedirects} times`)
      return await fetchTo(new URL(location, url).href, file, redirects + 1)
    }
    if (statusCode !== 200) throw new Error(`the server answered ${statusCode}`)
    await pipeline(body as unknown as Readable, createWriteStream(file, { mode: 0o600 }))
  } catch (cause) {
    if (cause instanceof DownloadError) throw cause
    throw new DownloadError(
      `cannot download ${url}: ${(cause as Error).message}`,
      'See that the address is right and reachable (https_proxy is honoured), or give a local file.',
      { cause },
    )
  } finally {
    await dispatcher.close()
  }
}

async function digestOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
    return hash.digest('hex')
  } catch {
    return undefined
  }
}
