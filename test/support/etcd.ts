import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { EtcdCluster } from '../../src/etcd.js'

const run = promisify(execFile)

/** `describe` where Debian's etcd-server is installed; without it the tests are skipped, but under CI they fail. */
export function describeWithEtcd(title: string, body: () => void) {
  const missing = ['etcd', 'etcdctl', 'openssl', 'setpriv'].filter(program => !installed(program))
  if (missing.length === 0) return describe(title, body)
  if (process.env.CI === 'true') return test(`${title}: ${missing.join(' and ')} must be installed`, () => expect(missing).toEqual([]))
  return describe.skip(`${title} (no ${missing.join(', no ')} on this machine)`, body)
}

describeWithEtcd.each =
  <T>(cases: readonly T[]) =>
  (title: string, body: (value: T) => void) => {
    for (const value of cases) describeWithEtcd(title.replace('%s', String(value)), () => body(value))
  }

const installed = (program: string) => {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export interface Certificates {
  folder: string
  caFile: string
  certFile: string
  keyFile: string
  /** of the server */
  serverCert: string
  serverKey: string
}

/** A CA, a server certificate for the given names, a client certificate: made anew, in a folder of their own. */
export async function makeCertificates(serverNames: string, { serverCommonName = 'etcd', clientDays = '2' } = {}): Promise<Certificates> {
  const folder = mkdtempSync(join(tmpdir(), 'np-certs-'))
  const at = (name: string) => join(folder, name)
  await openssl(['req', '-x509', ...newKey(at('ca-key.pem')), '-subj', '/CN=test CA', '-days', '2', '-out', at('ca.pem')])
  await signed('server', serverCommonName, `subjectAltName=${serverNames}\nextendedKeyUsage=serverAuth,clientAuth`, '2')
  await signed('client', 'root', 'extendedKeyUsage=clientAuth', clientDays)
  return {
    folder,
    caFile: at('ca.pem'),
    certFile: at('client.pem'),
    keyFile: at('client-key.pem'),
    serverCert: at('server.pem'),
    serverKey: at('server-key.pem'),
  }

  async function signed(name: string, commonName: string, extensions: string, days: string) {
    writeFileSync(at(`${name}.ext`), extensions)
    await openssl(['req', ...newKey(at(`${name}-key.pem`)), '-subj', `/CN=${commonName}`, '-out', at(`${name}.csr`)])
    const ca = ['-CA', at('ca.pem'), '-CAkey', at('ca-key.pem'), '-CAcreateserial']
    await openssl([
      'x509',
      '-req',
      '-in',
      at(`${name}.csr`),
      ...ca,
      '-days',
      days,
      '-extfile',
      at(`${name}.ext`),
      '-out',
      at(`${name}.pem`),
    ])
  }
}

const openssl = (args: string[]) => run('openssl', args)
const newKey = (file: string) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file]

export interface EtcdUnderTest {
  cluster: EtcdCluster
  endpoints: string[]
  certificates: Certificates | undefined
  /** etcdctl with our certificates, v3 */
  ctl(...args: string[]): Promise<string>
  /** the same by the v2 API */
  ctl2(...args: string[]): Promise<string>
  kill(member: number): Promise<void>
  /** SIGSTOP, SIGCONT: it accepts connections and says nothing */
  signal(member: number, signal: NodeJS.Signals): void
  stop(): Promise<void>
}

export interface EtcdSetup {
  api?: 'v2' | 'v3'
  members?: number
  tls?: boolean
  enableV2?: boolean
  serverNames?: string
  serverCommonName?: string
  args?: string[]
}

/** Real members on loopback, ready to answer; client certificates are demanded. Always `stop` it. */
export async function startEtcd(setup: EtcdSetup = {}): Promise<EtcdUnderTest> {
  const {
    api = 'v3',
    members = 1,
    tls = true,
    enableV2 = true,
    serverNames = 'IP:127.0.0.1,DNS:etcd.test',
    serverCommonName,
    args = [],
  } = setup
  const certificates = tls ? await makeCertificates(serverNames, { serverCommonName }) : undefined
  const folder = mkdtempSync(join(tmpdir(), 'np-etcd-'))
  const ports = await freePorts(members * 2)
  const endpoints = ports.slice(0, members).map(port => `${tls ? 'https' : 'http'}://127.0.0.1:${port}`)
  const peers = ports.slice(members).map(port => `http://127.0.0.1:${port}`)
  const initial = peers.map((url, i) => `m${i}=${url}`).join(',')
  const processes: ChildProcess[] = endpoints.map((url, i) =>
    // It must not outlive a test process that was killed.
    spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', 'etcd'],
        ...['--name', `m${i}`, '--data-dir', join(folder, `m${i}`), '--listen-client-urls', url, '--advertise-client-urls', url],
        ...['--listen-peer-urls', peers[i]!, '--initial-advertise-peer-urls', peers[i]!, '--initial-cluster', initial],
        ...['--heartbeat-interval', '50', '--election-timeout', '500', `--enable-v2=${enableV2}`, ...args],
        ...(certificates
          ? [
              '--client-cert-auth',
              '--trusted-ca-file',
              certificates.caFile,
              '--cert-file',
              certificates.serverCert,
              '--key-file',
              certificates.serverKey,
            ]
          : []),
      ],
      { stdio: 'ignore' },
    ),
  )
  const files = certificates ? { caFile: certificates.caFile, certFile: certificates.certFile, keyFile: certificates.keyFile } : {}
  const etcd: EtcdUnderTest = {
    cluster: { api, endpoints, ...files },
    endpoints,
    certificates,
    async ctl(...words) {
      const tlsFlags = certificates ? ['--cacert', certificates.caFile, '--cert', certificates.certFile, '--key', certificates.keyFile] : []
      if (!serverNames.includes('127.0.0.1')) tlsFlags.push('--insecure-skip-tls-verify')
      const env = { ...process.env, ETCDCTL_API: '3' }
      return (await run('etcdctl', ['--endpoints', endpoints.join(','), ...tlsFlags, '--command-timeout=3s', ...words], { env })).stdout
    },
    async ctl2(...words) {
      const tlsFlags = certificates
        ? ['--ca-file', certificates.caFile, '--cert-file', certificates.certFile, '--key-file', certificates.keyFile]
        : []
      const env = { ...process.env, ETCDCTL_API: '2' }
      return (await run('etcdctl', ['--endpoints', endpoints.join(','), ...tlsFlags, ...words], { env })).stdout
    },
    kill: member => ended(processes[member]!),
    signal: (member, signal) => void processes[member]!.kill(signal),
    async stop() {
      await Promise.all(processes.map(ended))
      for (const path of [folder, certificates?.folder]) if (path !== undefined) rmSync(path, { recursive: true, force: true })
    },
  }
  await untilHealthy(etcd)
  return etcd
}

async function ended(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function untilHealthy(etcd: EtcdUnderTest) {
  for (const deadline = Date.now() + 20_000; ; await new Promise(resolve => setTimeout(resolve, 50))) {
    try {
      return void (await etcd.ctl('endpoint', 'health'))
    } catch (error) {
      if (Date.now() < deadline) continue
      await etcd.stop()
      throw error
    }
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map(server => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}
