import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { EtcdCluster } from '../../src/etcd.js'
import { ConnectionLostError, ForwardFailedError } from '../../src/transport/errors.js'
import type { EtcdUnreachableError } from '../../src/transport/etcd-errors.js'
import { openEtcd, withEtcd } from '../../src/transport/etcd.js'
import { describeWithEtcd, makeCertificates, startEtcd, type Certificates, type EtcdUnderTest } from '../support/etcd.js'
import { LoopbackSession } from '../support/loopback-session.js'

const apis = ['v3', 'v2'] as const
const failureOf = async (cluster: EtcdCluster, session = new LoopbackSession(), timeoutMs?: number) =>
  openEtcd(session, cluster, { timeoutMs }).then(
    () => expect(null).toBe('an error'),
    async (error: unknown) => {
      await new Promise(resolve => setTimeout(resolve, 20))
      expect(session.streams.size).toBe(0)
      return error as EtcdUnreachableError
    },
  ) as Promise<EtcdUnreachableError>
const portOf = (server: Server) => (server.address() as AddressInfo).port

describeWithEtcd('etcd that cannot be reached', () => {
  let server: EtcdUnderTest
  let plain: EtcdUnderTest
  let foreign: Certificates

  beforeAll(async () => {
    ;[server, plain, foreign] = await Promise.all([startEtcd(), startEtcd({ tls: false }), makeCertificates('IP:127.0.0.1')])
  }, 40_000)
  afterAll(async () => {
    await Promise.all([server?.stop(), plain?.stop()])
    if (foreign) rmSync(foreign.folder, { recursive: true, force: true })
  })

  describe.each(apis)('by the %s API', api => {
    test('nothing listens there', async () => {
      const dead = createServer().listen(0, '127.0.0.1')
      await once(dead, 'listening')
      const endpoint = `https://127.0.0.1:${portOf(dead)}`
      await new Promise(resolve => dead.close(resolve))
      const error = await failureOf({ ...server.cluster, api, endpoints: [endpoint] })
      expect(error).toMatchObject({ code: 'ETCD_UNREACHABLE', troubles: [{ endpoint, kind: 'refused', reason: 'connection refused' }] })
      expect(error.message).toContain('through n1')
      expect(error.cause).toBeDefined()
    })

    test('it accepts the connection and says nothing: the deadline ends it', async () => {
      const silent = createServer(socket => socket.on('error', () => {})).listen(0, '127.0.0.1')
      await once(silent, 'listening')
      const started = Date.now()
      const error = await failureOf({ ...server.cluster, api, endpoints: [`https://127.0.0.1:${portOf(silent)}`] }, undefined, 300)
      expect(error).toMatchObject({ troubles: [{ kind: 'timeout', reason: 'no answer within 0.3 s' }] })
      expect(Date.now() - started).toBeLessThan(1500)
      silent.close()
    })

    test('sshd does not even answer whether it can connect: the deadline ends it', async () => {
      const session = new LoopbackSession()
      session.forward = () => new Promise<Duplex>(() => {})
      expect(await failureOf({ ...server.cluster, api }, session, 300)).toMatchObject({ troubles: [{ kind: 'timeout' }] })
    })

    test('a stream that comes after the deadline is closed', async () => {
      const session = new LoopbackSession()
      const forward = session.forward.bind(session)
      session.forward = (address, port) => new Promise(resolve => setTimeout(resolve, 250)).then(() => forward(address, port))
      await failureOf({ ...server.cluster, api }, session, 100)
      await new Promise(resolve => setTimeout(resolve, 300))
      expect(session.streams.size).toBe(0)
    })

    test('its certificate is signed by another CA', async () => {
      const error = await failureOf({ ...server.cluster, api, caFile: foreign.caFile })
      expect(error).toMatchObject({ troubles: [{ kind: 'server-certificate', reason: expect.stringContaining('not signed by the CA') }] })
      expect(error.next).toContain('caFile')
    })

    test('its certificate is for another address', async () => {
      const other = await startEtcd({ serverNames: 'IP:192.0.2.1,DNS:etcd.example' })
      try {
        const error = await failureOf({ ...other.cluster, api })
        expect(error).toMatchObject({ troubles: [{ kind: 'server-certificate', reason: expect.stringContaining('not for this address') }] })
      } finally {
        await other.stop()
      }
    }, 30_000)

    test('it does not know the CA of our client certificate', async () => {
      const { certFile, keyFile } = foreign
      const error = await failureOf({ ...server.cluster, api, certFile, keyFile })
      expect(error).toMatchObject({ troubles: [{ kind: 'client-certificate' }] })
      expect(error.next).toContain('certFile')
    })

    test('plain http is spoken to a TLS port', async () => {
      const endpoints = server.endpoints.map(url => url.replace('https', 'http'))
      const error = await failureOf({ api, endpoints })
      expect(error).toMatchObject({ troubles: [{ kind: 'http-to-tls' }] })
      expect(error.next).toContain('https://')
    })

    test('TLS is spoken to a plain http port', async () => {
      const endpoints = plain.endpoints.map(url => url.replace('http', 'https'))
      expect(await failureOf({ ...server.cluster, api, endpoints })).toMatchObject({ troubles: [{ kind: 'tls-to-http' }] })
    })

    test('what answers is not etcd', async () => {
      const http = createHttpServer((_request, response) => response.end('<html>hello')).listen(0, '127.0.0.1')
      await once(http, 'listening')
      expect(await failureOf({ api, endpoints: [`http://127.0.0.1:${portOf(http)}`] })).toMatchObject({ troubles: [{ kind: 'not-etcd' }] })
      http.close()
    })

    test('sshd forbids forwarding: said so, with the setting', async () => {
      const session = new LoopbackSession()
      const refusal = Object.assign(new Error('(SSH) Channel open failure: open failed'), { reason: 1 })
      session.forward = () => Promise.reject(new ForwardFailedError('n1', 'there', refusal.message, { cause: refusal }))
      const error = await failureOf({ ...server.cluster, api }, session)
      expect(error).toMatchObject({ troubles: [{ kind: 'forwarding' }] })
      expect(error.next).toContain('AllowTcpForwarding')
    })

    test('the host itself is lost: that is the error, and no other endpoint is tried', async () => {
      const session = new LoopbackSession()
      let tries = 0
      session.forward = () => Promise.reject((tries++, new ConnectionLostError('n1', 'etcd', false)))
      expect(await failureOf({ ...server.cluster, api, endpoints: ['https://127.0.0.1:1', 'https://127.0.0.1:2'] }, session)).toMatchObject(
        {
          code: 'CONNECTION_LOST',
        },
      )
      expect(tries).toBe(1)
    })

    test('every endpoint tells its own reason, and one that works is enough', async () => {
      const silent = createServer(socket => socket.on('error', () => {})).listen(0, '127.0.0.1')
      await once(silent, 'listening')
      const bad = ['https://127.0.0.1:1', `https://127.0.0.1:${portOf(silent)}`]
      const error = await failureOf({ ...server.cluster, api, endpoints: bad }, undefined, 300)
      expect(error.troubles.map(({ kind }) => kind)).toEqual(['refused', 'timeout'])
      for (const endpoint of bad) expect(error.message).toContain(`${endpoint}: `)
      const cluster = { ...server.cluster, api, endpoints: [...bad, ...server.endpoints] }
      const read = await withEtcd(new LoopbackSession(), cluster, etcd => etcd.read([{ key: '/none' }]), { timeoutMs: 500 })
      expect(read).toEqual([{ key: '/none', value: null, revision: 0 }])
      silent.close()
    })

    test('over plain http it works without certificates', async () => {
      const value = await withEtcd(new LoopbackSession(), { ...plain.cluster, api }, async etcd => {
        await etcd.write([{ key: `/plain-${api}`, value: 'x', ifRevision: 0 }])
        return etcd.read([{ key: `/plain-${api}` }])
      })
      expect(value).toMatchObject([{ value: 'x' }])
    })
  })

  test('health names what is wrong with each endpoint and does not throw', async () => {
    const cluster = { ...server.cluster, endpoints: ['https://127.0.0.1:1', ...server.endpoints] }
    const members = await withEtcd(new LoopbackSession(), cluster, etcd => etcd.health(), { connect: 'later' })
    expect(members).toMatchObject([{ reachable: false, reason: 'connection refused' }, { reachable: true }])
  })

  describe('certificate files', () => {
    test('one that is not there is named, with its host', async () => {
      const error = await failureOf({ ...server.cluster, certFile: '/nowhere/a b.pem' })
      expect(error).toMatchObject({ code: 'ETCD_CREDENTIALS', message: expect.stringMatching(/n1.*\/nowhere\/a b\.pem there is missing/) })
    })
    test('a folder is no file', async () => {
      const error = await failureOf({ ...server.cluster, caFile: foreign.folder })
      expect(error).toMatchObject({ code: 'ETCD_CREDENTIALS', message: expect.stringContaining('not a regular file') })
    })
    test('text that is no PEM', async () => {
      const file = join(foreign.folder, 'words.txt')
      writeFileSync(file, 'not a certificate, but a password: hunter2')
      for (const name of ['caFile', 'certFile', 'keyFile']) {
        const error = await failureOf({ ...server.cluster, [name]: file })
        expect(error).toMatchObject({ code: 'ETCD_CREDENTIALS', message: expect.stringContaining(file) })
        expect(JSON.stringify([error.message, error.next, String(error.cause)])).not.toContain('hunter2')
      }
    })
    test('a key that is not the one of the certificate', async () => {
      const error = await failureOf({ ...server.cluster, keyFile: foreign.keyFile })
      expect(error).toMatchObject({ code: 'ETCD_CREDENTIALS', message: expect.stringContaining('is not the key of') })
    })
  })

  test.each([
    ['only a CA is named (P40)', { caFile: '/ca.pem' }, /all three.*certFile and keyFile are missing/],
    ['https without certificates', {}, /say https/],
    ['an endpoint without a port (P04)', { endpoints: ['https://127.0.0.1'] }, /scheme, address and port/],
    ['an endpoint without a scheme', { endpoints: ['127.0.0.1:2379'] }, /scheme, address and port/],
    ['no endpoint at all', { endpoints: [] }, /no etcd endpoint/],
    ['http and https mixed', { endpoints: ['http://127.0.0.1:1', 'https://127.0.0.1:2'] }, /mix/],
    ['http with certificates', { endpoints: ['http://127.0.0.1:1'], caFile: '/a', certFile: '/b', keyFile: '/c' }, /unused/],
  ])('%s is refused before anything is asked', async (_, part, message) => {
    const session = new LoopbackSession()
    const cluster = { api: 'v3' as const, endpoints: ['https://127.0.0.1:1'], ...part }
    await expect(openEtcd(session, cluster)).rejects.toMatchObject({ code: 'INPUT', message: expect.stringMatching(message) })
    expect(session.requestCounts.size).toBe(0)
  })
})
