import { createHash } from 'node:crypto'
import type { ThingKey } from '../../src/change.js'
import { caBundleKind, type CaBundleParams } from '../../src/resources/ca-bundle.js'
import { certificateKind, type CertificateParams } from '../../src/resources/certificate.js'
import { fileKind } from '../../src/resources/file.js'
import type { PathState } from '../../src/resources/path-state.js'
import { privateKeyKind, type PrivateKeyParams } from '../../src/resources/private-key.js'
import type { World } from '../../src/resources/resource.js'
import { readCertificates } from '../../src/resources/x509.js'
import { openPki } from '../support/pki.js'
import { worldOf } from './contract-engine.js'
import { resourceContract, type ContractCase } from './contract.js'
import { disturb } from './path-cases.js'

const pki = openPki()
afterAll(() => pki.close())
for (const ca of ['ca', 'new', 'third']) pki.ca(ca)
pki.ca('old-ca', { days: -1 })
for (const name of ['n1', 'before']) pki.leaf(name)
pki.leaf('by-new', { by: 'new' })
pki.leaf('expired', { days: -1 })
pki.leaf('soon', { days: 9 })
pki.leaf('nameless', { extensions: 'extendedKeyUsage=serverAuth,clientAuth\n' })
pki.write('both.pem', pki.read('n1.pem') + pki.read('n1-key.pem'))
pki.write('words.pem', 'hello\n')
pki.write('bundle.pem', pki.read('ca.pem') + pki.read('new.pem'))

const source = (name: string) => ({ path: pki.path(name) })
const there = (path: string, name: string, more = '') => `mkdir /opt/pki; printf %s '${pki.read(name)}' >${path}; ${more}`
const [cert, key, ca] = ['/opt/pki/etcd.pem', '/opt/pki/etcd-key.pem', '/opt/pki/ca.pem'] as const

const certificateCases: ContractCase<CertificateParams>[] = [
  {
    name: 'a new certificate',
    arrange: 'mkdir /opt/pki',
    desired: { path: cert, source: source('n1.pem'), owner: 'etcd' },
    changes: ['content', 'expires', 'mode', 'owner'],
  },
  { name: 'as wanted', arrange: there(cert, 'n1.pem'), desired: { path: cert, source: source('n1.pem') }, changes: [] },
  {
    name: 'another of the same days',
    arrange: there(cert, 'before.pem'),
    desired: { path: cert, source: source('n1.pem') },
    changes: ['content'],
  },
  {
    name: 'one that ends another day, with another mode',
    arrange: there(cert, 'soon.pem', `chmod 600 ${cert}`),
    desired: {
      path: cert,
      source: source('n1.pem'),
      signedBy: source('ca.pem'),
      key: source('n1-key.pem'),
      uses: ['client'],
      covers: ['n1'],
    },
    changes: ['content', 'expires', 'mode'],
  },
  {
    name: 'what is none',
    arrange: there(cert, 'words.pem'),
    desired: { path: cert, source: source('n1.pem') },
    changes: ['content', 'expires'],
  },
]
const keyCases: ContractCase<PrivateKeyParams>[] = [
  {
    name: 'a new key for a reader of its own',
    arrange: 'mkdir /opt/pki',
    desired: { path: key, source: source('n1-key.pem'), certificate: source('n1.pem'), owner: 'etcd', group: 'ops', mode: 0o640 },
    changes: ['key', 'mode', 'owner'],
  },
  { name: 'open to others', arrange: there(key, 'n1-key.pem'), desired: { path: key, source: source('n1-key.pem') }, changes: ['mode'] },
  {
    name: 'another key',
    arrange: there(key, 'before-key.pem', `chmod 600 ${key}`),
    desired: { path: key, source: source('n1-key.pem') },
    changes: ['key'],
  },
]
const bundleCases: ContractCase<CaBundleParams>[] = [
  {
    name: 'the first CA of a host',
    arrange: 'mkdir /opt/pki',
    desired: { path: ca, source: source('ca.pem'), others: 'keep' },
    changes: ['content', 'mode', 'owner'],
  },
  {
    name: 'a new one beside it',
    arrange: there(ca, 'ca.pem'),
    desired: { path: ca, source: source('new.pem'), others: 'keep' },
    changes: ['content'],
  },
  {
    name: 'both are there',
    arrange: there(ca, 'bundle.pem'),
    desired: { path: ca, source: source('new.pem'), others: 'keep' },
    changes: [],
  },
  {
    name: 'the old one goes',
    arrange: there(ca, 'bundle.pem'),
    desired: { path: ca, source: source('new.pem'), others: 'drop' },
    changes: ['content'],
  },
  { name: 'it is gone', arrange: there(ca, 'new.pem'), desired: { path: ca, source: source('new.pem'), others: 'drop' }, changes: [] },
]
const byPath = ({ path }: { path: string }) => disturb.file({ path })
resourceContract(certificateKind, certificateCases, { disturb: byPath })
resourceContract(privateKeyKind, keyCases, { disturb: byPath })
resourceContract(caBundleKind, bundleCases, { disturb: byPath })

const seen = { parent: 'directory', missing: 0, self: { uid: 0, gid: 0, owner: 'root', group: 'root' }, users: {}, groups: {} } as const
const absent: PathState = { type: 'absent', seen }
const sha = (text: string) => createHash('sha256').update(text).digest('hex')
const holding = (text: string, more: object = {}): PathState => ({
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  owner: 'root',
  group: 'root',
  digest: sha(text),
  sizeBytes: text.length,
  text,
  seen,
  ...more,
})
const nothing = worldOf(new Map())

describe('what people see', () => {
  const diff = (observed: PathState, name = 'n1.pem') => certificateKind.diff({ path: cert, source: source(name) }, observed, nothing)

  test('subject, issuer, names, validity and fingerprint, old and new, and never PEM', () => {
    const [content] = diff(holding(pki.read('before.pem')))
    const [was, is] = ['before.pem', 'n1.pem'].map(name => readCertificates(pki.read(name))[0]!)
    for (const [side, { subject, fingerprint, notAfter }] of [
      ['before', was!],
      ['after', is!],
    ] as const) {
      const { text } = content![side] as { text: string }
      expect(text).toContain(`subject     ${subject}\nissuer      CN=ca\nnames       n1, 198.18.0.11\n`)
      expect(text).toContain(`valid until ${notAfter.toISOString().slice(0, 10)}`)
      expect(text).toContain(`sha256      ${fingerprint}\n`)
      expect(text).not.toContain('-----')
    }
  })
  test('one that ends soon says so, without --diff too', () => {
    expect(diff(absent, 'soon.pem')[1]).toMatchObject({
      field: 'expires',
      before: null,
      after: expect.stringMatching(/in 8 days: renew it soon/) as string,
    })
  })
  test('what was there and is no certificate is told by digest and size', () => {
    expect(diff(holding('hello\n'))[0]!.before).toEqual({ digest: sha('hello\n'), sizeBytes: 6 })
  })
  test('the same certificate in other bytes is told as that', () => {
    expect(diff(holding(`# n1\n${pki.read('n1.pem')}`))).toEqual([
      { field: 'content', before: 'the same certificates, written differently', after: 'as on the controller' },
    ])
  })
})

describe('what is wrong on the controller is told by the name of its file', () => {
  const refused = (more: Partial<CertificateParams>) => () =>
    certificateKind.diff({ path: cert, source: source('n1.pem'), ...more }, absent, nothing)
  test.each<[string, Partial<CertificateParams>, RegExp]>([
    ['expired', { source: source('expired.pem') }, /expired\.pem has expired \(/],
    [
      'foreign',
      { source: source('by-new.pem'), signedBy: source('ca.pem') },
      /by-new\.pem is not signed by a CA of CN=ca: its issuer is CN=new/,
    ],
    [
      'without names',
      { source: source('nameless.pem'), covers: ['198.18.0.11'] },
      /nameless\.pem does not cover 198\.18\.0\.11: its subjectAltName has nothing/,
    ],
    ['with the key of another', { key: source('before-key.pem') }, /n1\.pem does not belong to \S*before-key\.pem/],
    ['a key beside it', { source: source('both.pem') }, /both\.pem holds a private key beside its certificates/],
    ['no PEM', { source: source('words.pem') }, /words\.pem holds no certificate in PEM/],
  ])('%s', (_what, more, message) => expect(refused(more)).toThrow(message))

  test('a host whose clock is before it, only there', () => {
    expect(refused({ clockMs: Date.now() - 86_400_000 })).toThrow(/by the clock of this host, \S*n1\.pem is not valid yet/)
  })
  test.each<[string, Partial<PrivateKeyParams>, RegExp]>([
    ['a key of another certificate', { certificate: source('before.pem') }, /n1-key\.pem is not the key of \S*before\.pem/],
    ['no key', { source: source('words.pem') }, /words\.pem holds no private key in PEM, or one with a passphrase/],
    ['a mode that lets others read', { mode: 0o644 }, /mode 0644 of \/opt\/pki\/etcd-key\.pem lets others read/],
    ['a mode that lets the group write', { mode: 0o660 }, /mode 0660/],
  ])('%s', (_what, more, message) => {
    expect(() => privateKeyKind.diff({ path: key, source: source('n1-key.pem'), ...more }, absent, nothing)).toThrow(message)
  })
  test.each<[string, string, RegExp]>([
    ['a certificate that is no CA', 'n1.pem', /n1\.pem holds O=k8s, CN=n1, which is not a CA/],
    ['a CA that has expired', 'old-ca.pem', /old-ca\.pem holds CN=old-ca, which has expired/],
  ])('%s', (_what, name, message) => {
    expect(() => caBundleKind.diff({ path: ca, source: source(name), others: 'keep' }, absent, nothing)).toThrow(message)
  })
})

test('of a key nothing is told but its public half: not in changes, state, steps, slots or errors', () => {
  const desired: PrivateKeyParams = { path: key, source: source('n1-key.pem'), certificate: source('n1.pem') }
  const old = holding('x', { text: undefined, digest: 'f'.repeat(64), salt: 'pepper', mode: 0o600 })
  const all = JSON.stringify([
    privateKeyKind.diff(desired, old, nothing),
    privateKeyKind.after(desired, old, nothing),
    privateKeyKind.steps(desired, old, nothing).map(String),
    privateKeyKind.slots!(desired, nothing),
    String(privateKeyKind.probe(desired, nothing)),
    privateKeyKind.sources!(desired),
  ])
  const bytes = pki.read('n1-key.pem')
  const secrets = [...bytes.split('\n').filter(line => line.length > 20 && !line.startsWith('-')), sha(bytes)]
  expect(secrets.length).toBeGreaterThan(2)
  for (const secret of secrets) expect(all).not.toContain(secret)
  // The search would find it.
  const plain = JSON.stringify(fileKind.steps({ path: key, content: bytes }, absent, nothing).map(String))
  for (const secret of secrets.slice(0, -1)) expect(plain).toContain(secret)
  expect(privateKeyKind.diff(desired, old, nothing)).toEqual([
    {
      field: 'key',
      before: 'another one',
      after: `EC prime256v1, public key sha256 ${readCertificates(pki.read('n1.pem'))[0]!.publicKey}`,
    },
  ])
})

describe('a CA is never introduced and the others dropped in one run', () => {
  const wants = (others: 'keep' | 'drop', name = 'new.pem'): CaBundleParams => ({ path: ca, source: source(name), others })
  const worldWith = (state: PathState): World => worldOf(new Map<ThingKey, unknown>([[`file:${ca}`, state]]))
  const subjects = (state: PathState) => readCertificates((state as { text: string }).text).map(({ subject }) => subject)

  test('the new one comes after those that are trusted, with all of them told', () => {
    const old = holding(pki.read('ca.pem'))
    expect(subjects(caBundleKind.after(wants('keep'), old, nothing))).toEqual(['CN=ca', 'CN=new'])
    const [{ after } = { after: null }] = caBundleKind.diff(wants('keep'), old, nothing)
    expect((after as { text: string }).text.match(/^subject.*$/gm)).toEqual(['subject     CN=ca   (a CA)', 'subject     CN=new   (a CA)'])
  })
  test('dropping what this very plan made the others of is refused, in a later one it is done', () => {
    const planned = caBundleKind.after(wants('keep'), holding(pki.read('ca.pem')), nothing)
    expect(() => caBundleKind.diff(wants('drop'), planned, worldWith(planned))).toThrow(
      /would be introduced and the old one dropped in one run/,
    )
    const later = holding(pki.read('ca.pem') + pki.read('new.pem'))
    expect(caBundleKind.diff(wants('drop'), later, nothing)).toHaveLength(1)
    expect(subjects(caBundleKind.after(wants('drop'), later, nothing))).toEqual(['CN=new'])
  })
  test('a host that does not know it yet cannot have it alone', () => {
    expect(() => caBundleKind.diff(wants('drop'), holding(pki.read('ca.pem')), nothing)).toThrow('in one run')
    expect(() => caBundleKind.diff(wants('drop'), holding('hello'), nothing)).toThrow('in one run')
    expect(caBundleKind.diff(wants('drop'), absent, nothing)).toHaveLength(3)
  })
  test('a third one while two are trusted', () => {
    const two = holding(pki.read('bundle.pem'))
    expect(subjects(caBundleKind.after(wants('keep', 'third.pem'), two, nothing))).toEqual(['CN=ca', 'CN=new', 'CN=third'])
  })
  test('what cannot be read cannot be kept', () => {
    expect(() => caBundleKind.diff(wants('keep'), holding('hello'), nothing)).toThrow('holds no certificates that netplay can read')
  })
  test('a play that only counts on it refuses a host that has something else', () => {
    expect(() => caBundleKind.diff({ ...wants('keep'), ifDifferent: 'refuse' }, holding(pki.read('ca.pem')), nothing)).toThrow(
      'is not the one of the controller, and this play does not change it',
    )
    expect(() => certificateKind.diff({ path: cert, source: source('n1.pem'), ifDifferent: 'refuse' }, holding('x'), nothing)).toThrow(
      'does not change it',
    )
  })
})
