import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from 'tar'
import { unpackMember } from '../../src/plan/archive.js'
import { digestOf, resolveSources } from '../../src/plan/sources.js'
import { placesOf } from '../../src/plan/vaulted-source.js'
import { Secret, secretText } from '../../src/secret.js'
import { loadVarsFile } from '../../src/inventory/vars-folder.js'
import { openWith } from '../../src/vault/vault.js'
import { inline, vaulted, vaultPassword } from '../support/vaulted.js'

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

describe('what is encrypted on the controller', () => {
  const openVault = openWith([{ label: 'default', bytes: Buffer.from(vaultPassword) }])

  test('a file is opened: hosts get what is in it, as a secret', async () => {
    writeFileSync(join(dir, 'key.pem'), vaulted('geheim\n'))
    const source = { type: 'path' as const, path: 'key.pem' }
    const table = await resolveSources([source], { dir, salt: 's', openVault })
    expect(table.source(source)).toMatchObject({ digest: sha256('geheim\n'), sizeBytes: 7, isVaulted: true })
    expect(String(table.open(source) as Buffer)).toBe('geheim\n')
    await expect(resolveSources([source], { dir, salt: 's' })).rejects.toThrow('key.pem:1:1: this is encrypted with ansible-vault')
  })

  test('a saved plan finds a secret again by the places of the values that it is made of', async () => {
    const [one, two] = [join(dir, 'one.yml'), join(dir, 'two.yml')]
    writeFileSync(one, `a: 1\n${inline('password', 'hunter2')}`)
    writeFileSync(two, vaulted('db:\n  token: t0ken\n'))
    const vars = new Map([...(await loadVarsFile(one, () => {}, openVault)), ...(await loadVarsFile(two, () => {}, openVault))])
    const { token } = vars.get('db')!.value as { token: Secret }
    const places = placesOf(secretText`p=${vars.get('password')!.value as Secret} t=${token}\n`)!
    expect(JSON.stringify(places)).not.toMatch(/hunter2|t0ken/)
    expect(places.parts).toEqual(['p=', { file: one, line: 3, column: 1 }, ' t=', { file: two, line: 2, column: 10 }, '\n'])
    const table = await resolveSources([places], { dir: '/', salt: 's', openVault })
    expect(String(table.open(places) as Buffer)).toBe('p=hunter2 t=t0ken\n')

    writeFileSync(one, inline('password', 'hunter2'))
    await expect(resolveSources([places], { dir: '/', salt: 's', openVault })).rejects.toThrow('is no longer at')
  })

  test('a secret that was given in clear is at no place', () => {
    expect(placesOf(new Secret('hunter2'))).toBeUndefined()
    expect(placesOf(secretText`a${new Secret('hunter2')}`)).toBeUndefined()
  })
})

test('content that a role gives brings its bytes with it', async () => {
  const table = await resolveSources([], { dir, salt: 's' })
  expect(String(table.open({ type: 'inline', text: 'large' }) as Buffer)).toBe('large')
  expect(String(table.open({ type: 'secret', value: new Secret('hunter2') }) as Buffer)).toBe('hunter2')
})
