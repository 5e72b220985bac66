import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Readable } from 'node:stream'
import { InputError } from '../errors.js'
import type { ResolvedSource, Slot, SlotSource, Sources } from '../resources/resource.js'
import { unpackMember } from './archive.js'
import { download } from './download.js'

const textLimitBytes = 65_536

/** Sources of a run, each read once: digests for the plan, bytes for the upload. */
export interface SourceTable extends Sources {
  /** the bytes again, for a slot; what they must hash to is `digestOf` */
  open(source: SlotSource): Buffer | { stream: () => Readable; sizeBytes: number }
}

type Located = ResolvedSource & { bytes?: Buffer; path?: string }

/**
 * @param options.dir folder that relative paths are looked up in (the playbook's)
 * @throws {InputError} a file that is missing, a download or an archive whose sha256 is another
 */
export async function resolveSources(sources: readonly SlotSource[], { dir, salt }: { dir: string; salt: string }): Promise<SourceTable> {
  const known = new Map<string, Located>()
  const different = new Map(sources.map(source => [nameOf(source), source]))
  await Promise.all([...different].map(async ([name, source]) => known.set(name, await locate(source, dir))))
  const get = (source: SlotSource): Located => {
    const located = known.get(nameOf(source))
    if (located === undefined) throw new RangeError(`source was not resolved: ${nameOf(source)}`)
    return located
  }
  return {
    salt,
    source: get,
    open: source => {
      const { bytes, path, sizeBytes } = get(source)
      return bytes ?? { stream: () => createReadStream(path!), sizeBytes }
    },
  }
}

/** What a slot's bytes must hash to: salted where the content is secret, so that a plan tells nothing about it. */
export const digestOf = ({ digest }: ResolvedSource, { secret }: Pick<Slot, 'secret'>, salt: string): string =>
  secret ? createHash('sha256').update(salt).update(digest).digest('hex') : digest

const nameOf = (source: SlotSource): string =>
  source.type === 'secret' ? `secret ${createHash('sha256').update(source.value.reveal()).digest('hex')}` : JSON.stringify(source)

async function locate(source: SlotSource, dir: string): Promise<Located> {
  if (source.type === 'inline') return fromBytes(Buffer.from(source.text))
  if (source.type === 'secret') return fromBytes(Buffer.from(source.value.reveal()))
  if (source.type === 'path') return fromFile(isAbsolute(source.path) ? source.path : join(dir, source.path))
  if (source.type === 'archive')
    return fromFile(await unpackMember(isAbsolute(source.path) ? source.path : join(dir, source.path), source.member))
  const file = await download(source.url, source.sha256)
  return fromFile(source.member === undefined ? file : await unpackMember(file, source.member))
}

const fromBytes = (bytes: Buffer): Located => ({ digest: sha256(bytes), sizeBytes: bytes.length, bytes, ...textOf(bytes) })

async function fromFile(path: string): Promise<Located> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new InputError(`cannot read ${path}: ${(cause as Error).message}`, {
      cause,
      next: 'Put the file there, or mend the path in the playbook; nothing was changed.',
    })
  })
  if (size <= textLimitBytes) return { ...fromBytes(await readFile(path)), path }
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return { digest: hash.digest('hex'), sizeBytes: size, path }
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const textOf = (bytes: Buffer): { text?: string } => {
  if (bytes.length > textLimitBytes || bytes.includes(0)) return {}
  const text = bytes.toString('utf8')
  return Buffer.from(text).equals(bytes) ? { text } : {}
}
