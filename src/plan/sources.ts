import { createHash } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Readable } from 'node:stream'
import { InputError } from '../errors.js'
import type { ResolvedSource, Slot, SlotSource, Sources } from '../resources/resource.js'
import { closedVault, isVaulted, vaultMark, type OpenVault } from '../vaulted.js'
import { unpackMember } from './archive.js'
import { readVaulted } from './vaulted-source.js'
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
 * @param options.openVault opens files and values that are encrypted; default: none can be opened
 * @throws {InputError} a file that is missing, a download or an archive whose sha256 is another
 */
export async function resolveSources(
  sources: readonly SlotSource[],
  { dir, salt, openVault }: { dir: string; salt: string; openVault?: OpenVault },
): Promise<SourceTable> {
  const known = new Map<string, Located>()
  const different = new Map(sources.map(source => [nameOf(source), source]))
  await Promise.all([...different].map(async ([name, source]) => known.set(name, await locate(source, dir, openVault))))
  const get = (source: SlotSource): Located => {
    const located = known.get(nameOf(source)) ?? givenByValue(source)
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

/** What brings its bytes with it has nothing to be looked up. */
const givenByValue = (source: SlotSource): Located | undefined => {
  if (source.type === 'inline') return fromBytes(Buffer.from(source.text))
  return source.type === 'secret' ? fromBytes(Buffer.from(source.value.reveal())) : undefined
}

async function locate(source: SlotSource, dir: string, openVault: OpenVault | undefined): Promise<Located> {
  if (source.type === 'inline' || source.type === 'secret') return givenByValue(source)!
  if (source.type === 'vaulted') return fromBytes(await readVaulted(source, openVault))
  if (source.type === 'path') return fromPath(isAbsolute(source.path) ? source.path : join(dir, source.path), openVault)
  if (source.type === 'archive')
    return fromFile(await unpackMember(isAbsolute(source.path) ? source.path : join(dir, source.path), source.member))
  const file = await download(source.url, source.sha256)
  return fromFile(source.member === undefined ? file : await unpackMember(file, source.member))
}

const fromBytes = (bytes: Buffer): Located => ({ digest: sha256(bytes), sizeBytes: bytes.length, bytes, ...textOf(bytes) })

/** A file that is encrypted is opened here, as Ansible does it: hosts get what is in it. */
async function fromPath(path: string, openVault: OpenVault = closedVault): Promise<Located> {
  if (!(await isVaultedFile(path))) return fromFile(path)
  const opened = openVault((await readFile(path)).toString('latin1'), { file: path, line: 1, column: 1 })
  return { ...fromBytes(opened), isVaulted: true }
}

/** Of a file that is missing nothing is said here. */
async function isVaultedFile(path: string): Promise<boolean> {
  const isFile = await stat(path).then(
    found => found.isFile(),
    () => false,
  )
  const handle = isFile ? await open(path).catch(() => undefined) : undefined
  if (handle === undefined) return false
  try {
    const { buffer } = await handle.read(Buffer.alloc(vaultMark.length), 0, vaultMark.length, 0)
    return isVaulted(buffer)
  } catch {
    return false
  } finally {
    await handle.close()
  }
}

async function fromFile(path: string): Promise<Located> {
  const { size } = await regularFile(path)
  if (size <= textLimitBytes) return { ...fromBytes(await readFile(path)), path }
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return { digest: hash.digest('hex'), sizeBytes: size, path }
}

/** A pipe may say nothing for ever, and a device go on for ever. @throws {InputError} */
async function regularFile(path: string): Promise<Stats> {
  const next = 'Put the file there, or mend the path in the playbook; nothing was changed.'
  const found = await stat(path).catch((cause: unknown) => {
    throw new InputError(`cannot read ${path}: ${(cause as Error).message}`, { cause, next })
  })
  if (found.isFile()) return found
  throw new InputError(`cannot read ${path}: it is no file but a ${found.isDirectory() ? 'directory' : 'pipe or a device'}`, { next })
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const textOf = (bytes: Buffer): { text?: string } => {
  if (bytes.length > textLimitBytes || bytes.includes(0)) return {}
  const text = bytes.toString('utf8')
  return Buffer.from(text).equals(bytes) ? { text } : {}
}
