import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '../../lab/command.js'
import { parseV2Keys, parseV3Keys } from '../../lab/etcd-keys.js'
import { altNames, etcdPki } from '../../lab/etcd-pki.js'
import { etcdUnit } from '../../lab/etcd-unit.js'

const members = [
  { name: 'n1', address: '198.18.0.11' },
  { name: 'n2', address: '198.18.0.12' },
]

describe('the unit of a member', () => {
  const unit = etcdUnit(members[1]!, members, true)

  test('it listens on its own address and knows all members', () => {
    expect(unit).toContain('--name=n2 \\\n')
    expect(unit).toContain('--listen-client-urls=https://198.18.0.12:2379,https://127.0.0.1:2379 \\\n')
    expect(unit).toContain('--initial-cluster=n1=https://198.18.0.11:2380,n2=https://198.18.0.12:2380 \\\n')
  })

  test('clients and peers are asked for certificates', () => {
    expect(unit).toMatch(/ --client-cert-auth \\\n/)
    expect(unit).toMatch(/ --peer-client-cert-auth \\\n/)
    expect(unit).not.toContain('http://')
  })

  test('v2 is a choice', () => {
    expect(unit).toContain('--enable-v2=true')
    expect(etcdUnit(members[0]!, members, false)).toContain('--enable-v2=false')
  })
})

test('names and addresses are told apart in subjectAltName, each once', () => {
  expect(altNames(['n1', '198.18.0.11', 'localhost', 'n1'])).toBe('DNS:n1,IP:198.18.0.11,DNS:localhost')
})

describe('certificates', () => {
  let folder = ''
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'netplay-pki-'))))
  afterAll(() => rm(folder, { recursive: true }))

  test('the certificate is signed by the CA for servers and clients, and is kept until the names change', async () => {
    const pki = join(folder, 'pki')
    const first = await etcdPki(pki, ['n1', '198.18.0.11'])
    expect(await must(['openssl', 'verify', '-CAfile', join(pki, 'ca.pem'), join(pki, 'kubernetes.pem')])).toContain('OK')
    const text = await must(['openssl', 'x509', '-noout', '-ext', 'subjectAltName,extendedKeyUsage', '-in', join(pki, 'kubernetes.pem')])
    expect(text).toContain('DNS:n1, IP Address:198.18.0.11')
    expect(text).toContain('TLS Web Server Authentication, TLS Web Client Authentication')
    expect(await etcdPki(pki, ['n1', '198.18.0.11'])).toEqual(first)
    expect((await etcdPki(pki, ['n1', 'n2'])).certificate).not.toBe(first.certificate)
    expect(await readFile(join(pki, 'alt-names'), 'utf8')).toBe('DNS:n1,DNS:n2')
  })
})

describe('keys', () => {
  test("v3's are decoded, with the revision of their last write", () => {
    const json = JSON.stringify({
      header: {},
      kvs: [{ key: 'L2E=', value: 'eyLDpCI6MX0=', create_revision: 2, mod_revision: 7 }],
      count: 1,
    })
    expect(parseV3Keys(json)).toEqual([{ api: 3, key: '/a', value: '{"ä":1}', revision: 7 }])
    expect(parseV3Keys('{"header":{}}')).toEqual([])
  })

  test("v2's are the leaves of the tree, with what is left of their time", () => {
    const json = `{"action":"get","node":{"dir":true,"nodes":[{"key":"/a","dir":true,"nodes":[
      {"key":"/a/config","value":"{}","modifiedIndex":4,"createdIndex":4},{"key":"/a/lease","value":"x","ttl":86400,"modifiedIndex":5}]},
      {"key":"/empty","dir":true}]}}`
    expect(parseV2Keys(json)).toEqual([
      { api: 2, key: '/a/config', value: '{}', revision: 4 },
      { api: 2, key: '/a/lease', value: 'x', revision: 5, ttlSeconds: 86400 },
    ])
  })

  test('no key and no v2 at all are both no keys', () => {
    expect(parseV2Keys('{"errorCode":100,"message":"Key not found","cause":"/nosuch","index":6}')).toEqual([])
    expect(parseV2Keys('404 page not found\n')).toEqual([])
  })
})
