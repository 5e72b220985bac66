import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificates, etcdAnswers } from '../../roles/etcd-preconditions.js'
import type { Verdict } from '../../src/resources/resource.js'

const nothing = { host: 'n1', hosts: ['n1'], setups: {}, etcd: [] }
const reasonOf = (verdict: Verdict) => (verdict.holds ? 'holds' : verdict.reason)

describe('certificates, asked of real files', () => {
  let dir: string
  const at = (name: string) => join(dir, name)
  const openssl = (...argv: string[]) => {
    const ran = spawnSync('openssl', argv, { cwd: dir, encoding: 'utf8' })
    if (ran.status !== 0) throw new Error(ran.stderr)
  }
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'netplay-certificates-'))
    for (const name of ['ca', 'other'])
      openssl('req', '-x509', ...key, '-keyout', `${name}-key.pem`, '-out', `${name}.pem`, '-days', '9', '-subj', `/CN=${name}`)
    openssl('req', ...key, '-keyout', 'key.pem', '-out', 'client.csr', '-subj', '/CN=client')
    writeFileSync(at('client'), 'extendedKeyUsage=clientAuth\n')
    writeFileSync(at('server'), 'extendedKeyUsage=serverAuth\n')
    for (const usage of ['client', 'server'])
      openssl(
        'x509',
        '-req',
        '-in',
        'client.csr',
        '-out',
        `${usage}.pem`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca-key.pem',
        '-CAcreateserial',
        '-days',
        '9',
        '-extfile',
        usage,
      )
    writeFileSync(at('open-key.pem'), '', { mode: 0o644 })
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  test.each([
    ['ca.pem', 'client.pem', 'key.pem', 'holds'],
    ['ca.pem', 'none.pem', 'key.pem', 'DIR/none.pem is missing'],
    ['ca.pem', 'client.csr', 'key.pem', 'DIR/client.csr is no certificate'],
    ['ca.pem', 'client.pem', 'open-key.pem', 'DIR/open-key.pem is no key, or has a passphrase'],
    ['ca.pem', 'client.pem', 'other-key.pem', 'DIR/other-key.pem does not belong to DIR/client.pem'],
    ['other.pem', 'client.pem', 'key.pem', 'DIR/client.pem is not signed by the CA in DIR/other.pem'],
    ['ca.pem', 'server.pem', 'key.pem', 'DIR/server.pem is not meant for clients: its extended key usage lacks clientAuth'],
  ])('%s, %s and %s', (ca, cert, keyName, told) => {
    const cluster = { api: 'v3' as const, endpoints: ['https://10.0.0.1:2379'], caFile: at(ca), certFile: at(cert), keyFile: at(keyName) }
    const { stdout, status } = spawnSync('sh', ['-c', `(${String(certificates.probe!({ cluster }, nothing))}\n)`], { encoding: 'utf8' })
    expect(reasonOf(certificates.verdict({ cluster }, nothing, { output: stdout, exit: status ?? 255 }))).toBe(told.replaceAll('DIR', dir))
  })

  test('that expire within 30 days are told, and those that nobody could look into', () => {
    const cluster = {
      api: 'v3' as const,
      endpoints: ['https://10.0.0.1:2379'],
      caFile: at('ca.pem'),
      certFile: at('client.pem'),
      keyFile: at('key.pem'),
    }
    const warned = (env: NodeJS.ProcessEnv) => {
      const { stdout, status } = spawnSync('/bin/sh', ['-c', `(${String(certificates.probe!({ cluster }, nothing))}\n)`], {
        encoding: 'utf8',
        env,
      })
      return certificates.verdict({ cluster }, nothing, { output: stdout, exit: status ?? 255 })
    }
    expect(warned(process.env)).toEqual({
      holds: true,
      warning: expect.stringMatching(/client\.pem \(notAfter=.*\) and .*ca\.pem \(notAfter=.*\) expires within 30 days: renew it in time$/),
    })
    openssl(
      'x509',
      '-req',
      '-in',
      'client.csr',
      '-out',
      'long.pem',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca-key.pem',
      '-CAcreateserial',
      '-days',
      '99',
      '-extfile',
      'client',
    )
    cluster.certFile = at('long.pem')
    expect(warned(process.env)).toMatchObject({ warning: expect.stringMatching(/^(?!.*long\.pem).*ca\.pem/) })
    expect(warned({ PATH: '/nowhere' })).toEqual({ holds: true, warning: expect.stringContaining('the host has no openssl') })
  })

  test.each([
    ['600', 'holds'],
    ['640', 'holds'],
    ['644', '/k has mode 644: others can read or change it'],
    ['660', '/k has mode 660: others can read or change it'],
  ])('a key of mode %s', (mode, told) => {
    expect(
      reasonOf(certificates.verdict({ cluster: { api: 'v3', endpoints: [] } }, nothing, { output: `mode ${mode} /k\n`, exit: 0 })),
    ).toBe(told)
  })
})

describe('members', () => {
  const [a, b, c] = ['https://10.0.0.1:2379', 'https://10.0.0.2:2379', 'https://10.0.0.3:2379'] as const
  const verdictOn = (endpoints: string[], lines: string[]) =>
    etcdAnswers.verdict({ cluster: { api: 'v3', endpoints } }, nothing, { output: `${lines.join('\n')}\n`, exit: 0 })
  const judged = (endpoints: string[], lines: string[]) => reasonOf(verdictOn(endpoints, lines))
  const healthy = (endpoint: string) => `${endpoint} {"health":"true"}`

  test('one of three that is down stops nobody, two do', () => {
    const refusedAt = (endpoint: string) => `${endpoint} curl: (7) Failed to connect to 10.0.0.3 port 2379: Connection refused`
    expect(judged([a, b, c], [healthy(a), healthy(b), refusedAt(c)])).toBe('holds')
    expect(judged([a, b, c], [healthy(a), refusedAt(b), refusedAt(c)])).toMatch(
      /^only 1 of 3 members are healthy, and etcd needs 2 for a quorum: https:\/\/10\.0\.0\.2:2379: curl: \(7\)/,
    )
  })

  test('one that is down is told by its name, in words that do not differ from host to host', () => {
    const warningOn = (endpoints: string[], lines: string[]) => (verdictOn(endpoints, lines) as { warning?: string }).warning
    const told = `etcd's member ${c} does not answer healthily: the others are enough, but none of them can be spared`
    expect(warningOn([a, b, c], [healthy(a), healthy(b), `${c} curl: (7) Failed after 3 ms`])).toBe(told)
    expect(warningOn([a, b, c], [healthy(a), healthy(b), `${c} curl: (28) Timed out after 5001 ms`])).toBe(told)
    const five = [a, b, c, 'https://10.0.0.4:2379', 'https://10.0.0.5:2379']
    expect(warningOn(five, [`${a} `, ...five.slice(1).map(healthy)])).toMatch(/and 1 of them can be spared$/)
    expect(warningOn([a], [healthy(a), `version 3.4.23 ${a}`])).toBeUndefined()
    expect(warningOn([a], [healthy(a), `version 3.3.9 ${a}`])).toBe(`etcd 3.3.9 at ${a} is older than 3.4, which nobody tried with this`)
  })

  test.each([
    ['3.5.9', 'Start every member with --enable-v2 (off since etcd 3.4), or use profile current.'],
    ['3.6.0', 'Use etcd up to 3.5 with --enable-v2 (3.6 has no v2 API), or use profile current.'],
    ['?', 'Start every member with --enable-v2 (off since etcd 3.4), or use profile current.'],
  ])('a member of version %s that does not serve the API of 2017', (version, next) => {
    expect(verdictOn([a], [healthy(a), `lacks v2 ${a} ${version}`])).toEqual({
      holds: false,
      reason: `${a} (etcd ${version}) does not serve the v2 API, which profile classic reads`,
      next,
    })
  })

  test('a member without a leader or with an alarm is not healthy', () => {
    expect(judged([a], [`${a} {"health":"false","reason":"RAFT NO LEADER"}`])).toBe(`${a}: {"health":"false","reason":"RAFT NO LEADER"}`)
  })

  test('plain http to a port that speaks TLS is told as that', () => {
    const http = 'http://10.0.0.1:2379'
    expect(judged([http], [`${http} curl: (52) Empty reply from server; TLS answers there`])).toBe(
      `${http} wants TLS, and the endpoint says http`,
    )
    expect(judged([http], [`${http} Client sent an HTTP request to an HTTPS server.`])).toBe(
      `${http} wants TLS, and the endpoint says http`,
    )
    expect(judged([http], [`${http} curl: (52) Empty reply from server`])).toBe(`${http}: curl: (52) Empty reply from server`)
  })

  test('without curl on the host nothing is claimed, and that is told', () => {
    expect(verdictOn([a], ['no curl'])).toEqual({
      holds: true,
      warning: expect.stringContaining('was not asked, because the host has no curl'),
    })
  })

  test('of two clusters are told apart by their ids', () => {
    const id = (endpoint: string, cluster: string) => `cluster ${cluster} ${endpoint}`
    expect(judged([a, b], [healthy(a), id(a, '17'), healthy(b), id(b, '17')])).toBe('holds')
    expect(judged([a, b, c], [healthy(a), id(a, '17'), healthy(b), healthy(c), id(c, '23')])).toBe(
      `the endpoints are members of different clusters: ${a} of 17, ${c} of 23`,
    )
  })
})
