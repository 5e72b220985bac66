import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binary, binaryKind } from '../../src/resources/binary.js'
import { file } from '../../src/resources/file.js'
import { Driver, shellOf, worldOf } from '../support/kind-driver.js'

const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 256))
const sha256 = createHash('sha256').update(bytes).digest('hex')

describe('a program that each host pulls by itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netplay-pulled-'))
  const driver = new Driver(shellOf('sh'), join(folder, 'store'))
  let server: Server
  let url = ''
  beforeAll(async () => {
    server = createServer((request, response) => (request.url === '/flanneld' ? response.end(bytes) : response.writeHead(404).end('no')))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/flanneld`
  })
  afterAll(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })

  test('it comes with its bytes and mode, a second plan changes nothing, undo takes it away', async () => {
    const path = join(folder, 'flanneld')
    const task = binary('Install', { path, source: { url, sha256, pull: true } })
    const plan = await driver.plan([task])
    expect(plan.items[0]!.changes[0]).toEqual({
      field: 'content',
      before: null,
      after: `sha256 ${sha256.slice(0, 6)}…, pulled from ${url}`,
    })
    await driver.apply(plan)
    expect(readFileSync(path).equals(bytes)).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o755)
    expect((await driver.plan([task])).items[0]!.changes).toEqual([])
    await driver.undo(plan)
    expect(existsSync(path)).toBe(false)
  })

  test.each([
    ['other bytes', () => url, 'the bytes that came have another sha256'],
    ['a server that has no such file', () => `${url}-not`, '404'],
  ])('%s: the host says so, the old file stays and nothing else is left', async (_, from, words) => {
    const path = join(folder, 'old')
    await driver.apply(await driver.plan([file('Old', { path, content: 'old\n' })]))
    const plan = await driver.plan([binary('Install', { path, source: { url: from(), sha256: '0'.repeat(64), pull: true } })])
    await expect(driver.apply(plan)).rejects.toThrow(words)
    expect(readFileSync(path, 'utf8')).toBe('old\n')
    expect(readdirSync(folder).filter(name => name.startsWith('.np-'))).toEqual([])
  })

  test('the controller reads nothing for it and sends nothing', () => {
    const desired = { path: '/usr/local/bin/flanneld', source: { url: 'https://example.org/flanneld', sha256, pull: true as const } }
    expect(binaryKind.sources!(desired)).toEqual([])
    expect(binaryKind.slots!(desired, worldOf())).toEqual([])
  })
})
