import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from 'tar'
import { unpackMember } from '../../src/plan/archive.js'
import { digestOf, resolveSources } from '../../src/plan/sources.js'
import { Secret } from '../../src/secret.js'

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
let dir: string
const before = process.env['NETPLAY_CACHE_DIR']
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'netplay-sources-'))
  process.env['NETPLAY_CACHE_DIR'] = join(dir, 'cache')
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
  if (before === undefined) delete process.env['NETPLAY_CACHE_DIR']
  else process.env['NETPLAY_CACHE_DIR'] = before
})

test('a path is looked up beside the playbook, read once, and text only where it is text', async () => {
  writeFileSync(join(dir, 'a.txt'), 'héllo\n')
  writeFileSync(join(dir, 'b.bin'), Buffer.from([0xff, 0, 1]))
  writeFileSync(join(dir, 'large'), 'x'.repeat(100_000))
  const path = (name: string) => ({ type: 'path' as const, path: name })
  const table = await resolveSources([path('a.txt'), path('b.bin'), path(join(dir, 'large'))], { dir, salt: 's' })
  expect(table.source(path('a.txt'))).toMatchObject({ digest: sha256('héllo\n'), sizeBytes: 7, text: 'héllo\n' })
  expect(table.source(path('b.bin'))).not.toHaveProperty('text')
  expect(table.source(path(join(dir, 'large')))).toMatchObject({ digest: sha256('x'.repeat(100_000)), sizeBytes: 100_000 })
  expect(table.source(path(join(dir, 'large')))).not.toHaveProperty('text')
  const opened = table.open(path(join(dir, 'large')))
  const chunks: Buffer[] = []
  if (!Buffer.isBuffer(opened)) for await (const chunk of opened.stream()) chunks.push(chunk as Buffer)
  expect(Buffer.concat(chunks)).toHaveLength(100_000)
})

test('a file that is missing is told before any host is asked for it', async () => {
  await expect(resolveSources([{ type: 'path', path: 'no.txt' }], { dir, salt: 's' })).rejects.toMatchObject({
    code: 'INPUT',
    message: expect.stringMatching(/^cannot read .*\/no\.txt: ENOENT/) as string,
    next: 'Put the file there, or mend the path in the playbook; nothing was changed.',
  })
})

test('a secret’s digest is salted, so that a plan tells nothing about it; what is no secret is not', async () => {
  const secret = { type: 'secret' as const, value: new Secret('hunter2') }
  const table = await resolveSources([secret], { dir, salt: 'a1b2' })
  const found = table.source(secret)
  expect(digestOf(found, { secret: true }, 'a1b2')).toBe(sha256(`a1b2${sha256('hunter2')}`))
  expect(digestOf(found, { secret: true }, 'other')).not.toBe(digestOf(found, { secret: true }, 'a1b2'))
  expect(digestOf(found, { secret: false }, 'a1b2')).toBe(sha256('hunter2'))
})

test('what was not resolved is a mistake of ours', async () => {
  const table = await resolveSources([], { dir, salt: 's' })
  expect(() => table.source({ type: 'path', path: 'x' })).toThrow(RangeError)
})

describe('a file of an archive', () => {
  const archive = async (gzip: boolean) => {
    mkdirSync(join(dir, 'in/bin'), { recursive: true })
    writeFileSync(join(dir, 'in/bin/flanneld'), 'program')
    writeFileSync(join(dir, 'in/README'), 'read me')
    symlinkSync('/etc/passwd', join(dir, 'in/link'))
    const file = join(dir, gzip ? 'a.tar.gz' : 'a.tar')
    await create({ file, cwd: join(dir, 'in'), gzip }, ['.'])
    return file
  }

  test.each([true, false])('is unpacked into the cache, gzip %s', async gzip => {
    const file = await archive(gzip)
    const table = await resolveSources([{ type: 'archive', path: file, member: 'bin/flanneld' }], { dir, salt: 's' })
    expect(table.source({ type: 'archive', path: file, member: 'bin/flanneld' })).toMatchObject({
      digest: sha256('program'),
      text: 'program',
    })
    const [path, same] = [await unpackMember(file, 'bin/flanneld'), await unpackMember(file, './bin/flanneld')]
    expect(readdirSync(join(dir, 'cache')).filter(name => name.endsWith('.part'))).toEqual([])
    expect([path, same].every(each => each.startsWith(join(dir, 'cache')))).toBe(true)
  })

  test('that it has not is told with what it has; a link is not followed to this machine’s own files', async () => {
    const file = await archive(true)
    await expect(unpackMember(file, 'flanneld')).rejects.toMatchObject({
      message: `${file} has no file flanneld`,
      next: expect.stringMatching(/^It has: .*bin\/flanneld/) as string,
    })
    await expect(unpackMember(file, 'link')).rejects.toThrow('has no file link')
  })

  test('of something that is no archive is told as such', async () => {
    writeFileSync(join(dir, 'text'), 'this is not a tar archive, however long it is'.repeat(40))
    await expect(unpackMember(join(dir, 'text'), 'x')).rejects.toMatchObject({ code: 'INPUT', next: 'Is it a tar archive?' })
    await expect(unpackMember(join(dir, 'missing'), 'x')).rejects.toThrow(/cannot read .*missing/)
  })
})
