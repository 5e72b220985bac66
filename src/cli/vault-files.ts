import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, chown, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { InputError } from '../errors.js'
import { FileLimitError, readLimited } from '../limited-file.js'

/** As much as fits encrypted into one of JavaScript's texts, which takes four bytes for one. */
const mostBytes = 256 * 1024 * 1024

/** All bytes of a file, or of standard input for `-`. @throws {InputError} */
export async function readWhole(file: string): Promise<Buffer> {
  if (file !== '-') return readLimited(file, { mostBytes }).catch(cannot('read', file))
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > mostBytes) cannot('read', 'standard input')(new FileLimitError('there is more than 256 MB'))
  }
  return Buffer.concat(chunks)
}

/**
 * Writes beside the file and then takes its place: until the new text is whole on the disk, the old one stays. Mode and owner stay as they were;
 * a new file is its owner's alone. A symbolic link stays one. `-` is standard output.
 */
export async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  if (file === '-') return void process.stdout.write(bytes)
  const path = await realpath(file).catch(() => file)
  const old = await stat(path).catch(() => undefined)
  if (old !== undefined) await access(path, constants.W_OK).catch(cannot('write', file))
  const part = `${path}.${randomBytes(4).toString('hex')}.part`
  try {
    const handle = await open(part, 'wx', 0o600)
    try {
      await handle.writeFile(bytes)
      if (old !== undefined) await handle.chmod(old.mode & 0o7777)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (old !== undefined) await chown(part, old.uid, old.gid).catch(() => undefined)
    await rename(part, path)
  } catch (cause) {
    await rm(part, { force: true })
    cannot('write', file)(cause)
  }
}

const cannot =
  (what: string, file: string) =>
  (cause: unknown): never => {
    throw new InputError(`cannot ${what} ${file}: ${(cause as Error).message}`, { cause, next: 'The file is as it was.' })
  }
