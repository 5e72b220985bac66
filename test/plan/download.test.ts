import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheDir, download, DownloadError } from '../../src/plan/download.js'

const bytes = Buffer.from('a program\0'.repeat(1000))
const sha256 = createHash('sha256').update(bytes).digest('hex')
const touched = ['NETPLAY_CACHE_DIR', 'http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'NO_PROXY'] as const
const before = Object.fromEntries(touched.map(name => [name, process.env[name]]))

let folder: string
let server: Served
beforeEach(async () => {
  for (const name of touched) delete process.env[name]
  folder = mkdtempSync(join(tmpdir(), 'netplay-download-'))
  process.env['NETPLAY_CACHE_DIR'] = folder
  server = await serve((_, response) => void response.end(bytes))
})
afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
  for (const name of touched)
    if (before[name] === undefined) delete process.env[name]
    else process.env[name] = before[name]
})

interface Served {
  url: string
  requests: string[]
  close(): Promise<unknown>
}
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Served> {
  const requests: string[] = []
  const http = createServer((request, response) => {
    requests.push(request.url!)
    answer(request, response)
  })
  // A proxy: whoever asks for a tunnel gets one, and it is noted to where.
  http.on('connect', (request, socket) => {
    requests.push(`CONNECT ${request.url}`)
    const [host, port] = request.url!.split(':')
    const target = connect(Number(port), host === 'flanneld.example' ? '127.0.0.1' : host!, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      target.pipe(socket).pipe(target)
    })
    target.on('error', () => socket.destroy())
    socket.on('error', () => target.destroy())
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/flanneld`, requests, close: () => (http.closeAllConnections(), once(http.close(), 'close')) }
}

test('a file is fetched once, and found in the cache by its sha256 from then on', async () => {
  const path = await download(server.url, sha256)
  expect(readFileSync(path).equals(bytes)).toBe(true)
  expect(await download(server.url, sha256)).toBe(path)
  expect(server.requests).toEqual(['/flanneld'])
  expect(path).toBe(join(folder, sha256))
})

test('a damaged file in the cache is fetched again', async () => {
  const path = await download(server.url, sha256)
  rmSync(path)
  await (await import('node:fs/promises')).writeFile(path, 'half')
  expect(readFileSync(await download(server.url, sha256)).equals(bytes)).toBe(true)
  expect(server.requests).toHaveLength(2)
})

test('another sha256 is refused, told with both, and nothing of the file stays', async () => {
  const wanted = 'b'.repeat(64)
  await expect(download(server.url, wanted)).rejects.toMatchObject({
    code: 'DOWNLOAD',
    message: `${server.url} has sha256 ${sha256}, not ${wanted}`,
    next: 'Mend the sha256 or the address in the playbook; nothing was changed.',
  })
  expect(readdirSync(folder)).toEqual([])
})

test('a redirect is followed, also to a relative place; one that goes round in a circle ends', async () => {
  const moved = await serve((request, response) => {
    if (request.url === '/old') response.writeHead(302, { location: '/new' }).end('moved')
    else if (request.url === '/round') response.writeHead(302, { location: '/round' }).end()
    else response.end(bytes)
  })
  try {
    expect(existsSync(await download(moved.url.replace('/flanneld', '/old'), sha256))).toBe(true)
    await expect(download(moved.url.replace('/flanneld', '/round'), 'c'.repeat(64))).rejects.toThrow('redirects')
  } finally {
    await moved.close()
  }
})

test.each([
  [
    'the server says no',
    (_: IncomingMessage, response: ServerResponse) => void response.writeHead(404).end('no'),
    'the server answered 404',
  ],
  [
    'the line breaks off',
    (_: IncomingMessage, response: ServerResponse) =>
      void (response.writeHead(200, { 'content-length': '9999' }).write('half'), setTimeout(() => response.destroy(), 20)),
    'cannot download',
  ],
])('where %s the error says so and what to do, and nothing of it stays', async (_, answer, words) => {
  const broken = await serve(answer)
  try {
    const fetched = download(broken.url, sha256)
    await expect(fetched).rejects.toThrow(DownloadError)
    await expect(fetched).rejects.toThrow(words)
    await expect(fetched).rejects.toMatchObject({ next: expect.stringContaining('https_proxy is honoured') as string })
    expect(readdirSync(folder)).toEqual([])
  } finally {
    await broken.close()
  }
})

test('nobody listens', async () => {
  await server.close()
  await expect(download(server.url, sha256)).rejects.toThrow(`cannot download ${server.url}: `)
  server = await serve(() => undefined)
})

test('a proxy of the environment is used, but not for what no_proxy names', async () => {
  const proxy = await serve((_, response) => void response.end(bytes))
  process.env['http_proxy'] = new URL(proxy.url).origin
  try {
    const { port } = new URL(server.url)
    await download(`http://flanneld.example:${port}/flanneld`, sha256)
    expect(proxy.requests.join()).toContain(`flanneld.example:${port}`)
    rmSync(join(folder, sha256))
    const asked = proxy.requests.length
    process.env['no_proxy'] = '127.0.0.1'
    await download(server.url, sha256)
    expect(proxy.requests).toHaveLength(asked)
  } finally {
    await proxy.close()
  }
})

test('the cache is where the environment says', () => {
  expect(cacheDir({ NETPLAY_CACHE_DIR: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a')
  expect(cacheDir({ XDG_CACHE_HOME: '/b' })).toBe('/b/netplay')
  expect(cacheDir({})).toMatch(/\/\.cache\/netplay$/)
})
