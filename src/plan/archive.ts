import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import { cacheDir } from './download.js'

/**
 * One file of a tar archive (plain or gzip), unpacked into the cache by the archive's and the member's digest.
 * @throws {InputError} not an archive, or no such member (says which there are)
 */
export async function unpackMember(archive: string, member: string): Promise<string> {
  const path = join(cacheDir(), `${await keyOf(archive, member)}.member`)
  if (
    await access(path).then(
      () => true,
      () => false,
    )
  )
    return path
  const { bytes, names } = await readMember(archive, member)
  if (bytes === undefined)
    throw new InputError(`${archive} has no file ${member}`, {
      next: names.length === 0 ? 'Is it a tar archive?' : `It has: ${names.slice(0, 20).join(', ')}`,
    })
  await mkdir(cacheDir(), { recursive: true })
  const part = `${path}.${process.pid}.part`
  try {
    await writeFile(part, bytes, { mode: 0o600 })
    await rename(part, path)
  } finally {
    await rm(part, { force: true })
  }
  return path
}

async function readMember(archive: string, member: string) {
  const { list } = await import('tar')
  const names: string[] = []
  const chunks: Buffer[] = []
  let found = false
  await list({
    file: archive,
    onReadEntry: entry => {
      const name = entry.path.replace(/^\.\//, '')
      if (entry.type !== 'File' && entry.type !== 'OldFile') return
      names.push(name)
      if (name !== member.replace(/^\.\//, '')) return
      found = true
      entry.on('data', (chunk: Buffer) => chunks.push(chunk))
    },
  })
  return { bytes: found ? Buffer.concat(chunks) : undefined, names }
}

async function keyOf(archive: string, member: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(archive)) hash.update(chunk as Buffer)
  } catch (cause) {
    throw new InputError(`cannot read ${archive}: ${(cause as Error).message}`, { cause })
  }
  return hash.update(`\0${member}`).digest('hex')
}
