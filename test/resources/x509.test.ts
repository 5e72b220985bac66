import { certificatesText, expiryInWords } from '../../src/resources/x509-text.js'
import { certificateProblem, type Demands } from '../../src/resources/x509-problem.js'
import { holdsPrivateKey, readCertificates, readPrivateKey, type Certificate } from '../../src/resources/x509.js'
import { openPki, type Pki } from '../support/pki.js'

let pki: Pki
const certificates = (...names: string[]) =>
  readCertificates(names.map(name => pki.read(`${name}.pem`)).join('')) as [Certificate, ...Certificate[]]

beforeAll(() => {
  pki = openPki()
  pki.ca('ca')
  pki.ca('other')
  // A new CA of the old one's name: what rotations of real clusters look like.
  pki.ca('again', { commonName: 'ca' })
  pki.ca('old', { days: -1 })
  pki.leaf('n1')
  pki.leaf('by-again', { by: 'again' })
  pki.leaf('by-old', { by: 'old' })
  pki.leaf('expired', { days: -1 })
  pki.leaf('server', { extensions: 'extendedKeyUsage=serverAuth\n' })
  pki.leaf('anything', { extensions: 'subjectAltName=DNS:*.etcd.example,IP:fd00::1,DNS:e\n' })
  pki.leaf('between', { extensions: 'basicConstraints=critical,CA:TRUE\n' })
  pki.leaf('below', { by: 'between' })
  pki.leaf('not-a-ca', {})
  pki.leaf('by-no-ca', { by: 'not-a-ca' })
  pki.leaf('odd', { extensions: 'subjectAltName=DNS:a,URI:spiffe://x/y,email:ops@example\n' })
})
afterAll(() => pki.close())

test('a certificate is read as people compare it', () => {
  const [n1] = certificates('n1')
  expect(n1).toMatchObject({
    subject: 'O=k8s, CN=n1',
    issuer: 'CN=ca',
    names: ['n1', '198.18.0.11'],
    keyType: 'EC prime256v1',
    isCa: false,
  })
  expect(certificatesText([n1])).toMatch(
    /^subject {5}O=k8s, CN=n1\nissuer {6}CN=ca\nnames {7}n1, 198\.18\.0\.11\nvalid from {2}.* UTC\nvalid until .* UTC\nkey {9}EC prime256v1\nsha256 {6}([0-9A-F]{2}:){31}[0-9A-F]{2}\n$/,
  )
  expect(certificates('odd')[0].names).toEqual(['a', 'spiffe://x/y', 'ops@example'])
  expect(certificatesText(certificates('ca', 'other'))).toContain('subject     CN=ca   (a CA)')
})

test('a bundle is read whole, in its order, whatever is written between its blocks', () => {
  const text = `# trusted\n${pki.read('ca.pem')}\n# and\n${pki.read('other.pem')}`
  expect(readCertificates(text).map(({ subject }) => subject)).toEqual(['CN=ca', 'CN=other'])
  expect(readCertificates('nothing')).toEqual([])
  expect(() => readCertificates('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toThrow()
})

test('of a key only the public half is told, and that is the one of its certificate', () => {
  const told = readPrivateKey(pki.read('n1-key.pem'))
  expect(Object.keys(told).sort()).toEqual(['keyType', 'publicKey'])
  expect(told.publicKey).toBe(certificates('n1')[0].publicKey)
  pki.openssl('pkey', '-in', 'n1-key.pem', '-aes256', '-passout', 'pass:x', '-out', 'locked-key.pem')
  expect(() => readPrivateKey(pki.read('locked-key.pem'))).toThrow()
  expect([pki.read('n1-key.pem'), pki.read('locked-key.pem'), pki.read('n1.pem')].map(holdsPrivateKey)).toEqual([true, true, false])
})

const ms = (days: number) => new Date(Date.now() + days * 86_400_000)
// An hour on: the certificates are made after this line.
const now = ms(1 / 24)

test.each<[string, string[], () => Partial<Demands>, string | undefined]>([
  ['nothing is asked but that it is valid', ['n1'], () => ({}), undefined],
  ['its CA', ['n1'], () => ({ signedBy: certificates('other', 'ca') }), undefined],
  ['another CA', ['n1'], () => ({ signedBy: certificates('other') }), 'is not signed by a CA of CN=other: its issuer is CN=ca'],
  [
    'another CA of the same name',
    ['n1'],
    () => ({ signedBy: certificates('again') }),
    'is not signed by a CA of CN=ca: its issuer is CN=ca',
  ],
  ['two CAs of the same name', ['by-again'], () => ({ signedBy: certificates('ca', 'again') }), undefined],
  ['a CA that has expired', ['by-old'], () => ({ signedBy: certificates('old') }), 'is signed by CN=old, which has expired (DATE)'],
  ['over one between', ['below', 'between'], () => ({ signedBy: certificates('ca') }), undefined],
  [
    'without the one between',
    ['below'],
    () => ({ signedBy: certificates('ca') }),
    'is not signed by a CA of CN=ca: its issuer is O=k8s, CN=between',
  ],
  [
    'signed by what is no CA',
    ['by-no-ca', 'not-a-ca'],
    () => ({ signedBy: certificates('ca') }),
    'is not signed by a CA of CN=ca: its issuer is O=k8s, CN=not-a-ca',
  ],
  ['expired', ['expired'], () => ({}), 'has expired (DATE)'],
  ['not yet valid by one of two clocks', ['n1'], () => ({ clocks: [now, ms(-2)] }), 'is not valid yet (from DATE)'],
  ['expired by one of two clocks', ['n1'], () => ({ clocks: [now, ms(91)] }), 'has expired (DATE)'],
  ['for clients', ['server'], () => ({ uses: ['client'] }), 'is not meant for clients: its extended key usage lacks clientAuth'],
  [
    'for servers and clients',
    ['server'],
    () => ({ uses: ['server', 'client'] }),
    'is not meant for clients: its extended key usage lacks clientAuth',
  ],
  ['for anything, as it does not say', ['anything'], () => ({ uses: ['server', 'client'] }), undefined],
  ['names it has', ['n1'], () => ({ covers: ['n1', '198.18.0.11'] }), undefined],
  ['names of a wildcard, an address of six', ['anything'], () => ({ covers: ['a.etcd.example', 'fd00:0::1'] }), undefined],
  [
    'an address it lacks',
    ['n1'],
    () => ({ covers: ['n1', '198.18.0.12'] }),
    'does not cover 198.18.0.12: its subjectAltName has n1, 198.18.0.11',
  ],
  ['the common name alone', ['server'], () => ({ covers: ['server'] }), 'does not cover server: its subjectAltName has nothing'],
  [
    'the key of another',
    ['n1'],
    () => ({ key: { ...readPrivateKey(pki.read('server-key.pem')), name: 'k.pem' } }),
    'does not belong to k.pem',
  ],
  ['its key', ['n1'], () => ({ key: { ...readPrivateKey(pki.read('n1-key.pem')), name: 'k.pem' } }), undefined],
])('%s', (_what, chain, demands, problem) => {
  const told = certificateProblem(certificates(...chain), { clocks: [now], ...demands() })
  expect(told?.replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/, 'DATE')).toBe(problem)
})

test.each([
  [90, ''],
  [29.5, ' (in 29 days: renew it soon)'],
  [1.5, ' (in 1 day: renew it soon)'],
  [-1, ' (expired)'],
])('what ends in %d days', (days, words) => {
  expect(expiryInWords({ ...certificates('n1')[0], notAfter: ms(days) }, now)).toBe(`${ms(days).toISOString().slice(0, 10)}${words}`)
})
