import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificateProblem, readCertificate, type Certificate } from '../../src/transport/certificate.js'
import { HostKeyCheck } from '../../src/transport/host-keys.js'
import { hostNames } from '../../src/transport/known-hosts.js'
import { LocalFiles } from '../../src/transport/local-files.js'
import { writeFile } from 'node:fs/promises'

const folder = mkdtempSync(join(tmpdir(), 'netplay-certificates-'))
afterAll(() => rmSync(folder, { recursive: true }))

const keygen = (...words: string[]) => execFileSync('ssh-keygen', ['-q', ...words], { cwd: folder })
const blobOf = (file: string) => Buffer.from(readFileSync(join(folder, file), 'utf8').split(' ')[1]!, 'base64')
const newKey = (name: string, type: string, bits = '') => keygen('-t', type, ...(bits === '' ? [] : ['-b', bits]), '-N', '', '-f', name)
for (const [name, type, bits] of [
  ['ca', 'ed25519'],
  ['ca-rsa', 'rsa', '2048'],
  ['ca-ecdsa', 'ecdsa', '384'],
  ['host', 'ed25519'],
  ['host-ecdsa', 'ecdsa', '521'],
  ['host-rsa', 'rsa', '2048'],
])
  newKey(name!, type!, bits)

function signed(words: string[], { ca = 'ca', host = 'host' } = {}): Buffer {
  keygen('-s', ca, '-I', 'the id', ...words, `${host}.pub`)
  return blobOf(`${host}-cert.pub`)
}
const read = (blob: Buffer): Certificate => readCertificate(blob)!
const problem = (certificate: Certificate, name = 'n1.example') => certificateProblem(certificate, name, Date.now())

test.each([
  ['ca', 'host'],
  ['ca-rsa', 'host'],
  ['ca-ecdsa', 'host'],
  ['ca', 'host-ecdsa'],
  ['ca', 'host-rsa'],
  ['ca-rsa', 'host-rsa'],
])('a certificate that %s signed for the key %s is good, and gives that key away', (ca, host) => {
  const certificate = read(signed(['-h', '-n', 'n1.example,n1'], { ca, host }))
  expect(certificate).toMatchObject({
    keyId: 'the id',
    principals: ['n1.example', 'n1'],
    authority: blobOf(`${ca}.pub`),
    key: blobOf(`${host}.pub`),
  })
  expect(problem(certificate)).toBeUndefined()
})

test('a plain key is no certificate', () => {
  expect(readCertificate(blobOf('host.pub'))).toBeUndefined()
})

test.each([
  ['rsa-sha2-512', undefined],
  ['rsa-sha2-256', undefined],
  ['ssh-rsa', 'its authority signed it with SHA-1 (ssh-rsa)'],
])('one that an RSA authority signed with %s', (algorithm, expected) => {
  expect(problem(read(signed(['-t', algorithm, '-h', '-n', 'n1.example'], { ca: 'ca-rsa', host: 'host-rsa' })))).toBe(expected)
})

const cases: [what: string, words: string[], problem: string | undefined][] = [
  ['for users', ['-n', 'n1.example'], 'it is a certificate for users'],
  ['for another name', ['-h', '-n', 'n2.example,n3'], 'it is for n2.example, n3, not for n1.example'],
  ['for a pattern of names', ['-h', '-n', '*.example'], undefined],
  ['for every name, as OpenSSH reads one without any', ['-h'], undefined],
  ['that is over', ['-h', '-n', 'n1.example', '-V', '20200101:20210101'], 'it was valid until 2021-01-01T'],
  ['that has not begun', ['-h', '-n', 'n1.example', '-V', '20990101:20990102'], 'it is valid only from 2099-01-01T'],
]
test.each(cases)('one %s', (_what, words, expected) => {
  const found = problem(read(signed(words)))
  if (expected === undefined) expect(found).toBeUndefined()
  else expect(found).toContain(expected)
})

test('one with conditions that nobody knows is refused', () => {
  expect(problem({ ...read(signed(['-h', '-n', 'n1.example'])), criticalOptions: ['force-moon'] })).toBe(
    'it has conditions that nobody knows: force-moon',
  )
})

test('one in which any byte was changed is refused or is none', () => {
  const blob = signed(['-h', '-n', 'n1.example'])
  for (let at = 40; at < blob.length; at += 7) {
    const changed = Buffer.from(blob)
    changed[at]! ^= 1
    const found = (() => {
      try {
        const certificate = readCertificate(changed)
        return certificate === undefined || problem(certificate)
      } catch (error) {
        return error
      }
    })()
    expect([at, found]).not.toEqual([at, undefined])
  }
  for (let length = 0; length < blob.length; length += 5) {
    const cut = blob.subarray(0, length)
    expect(() => readCertificate(cut) ?? Buffer.alloc(0).readUInt8(0)).toThrow(RangeError)
  }
})

describe('known_hosts', () => {
  const check = async (lines: string, address = 'n1.example', port = 22) => {
    const file = join(folder, 'known_hosts')
    await writeFile(file, lines)
    const files = { user: [file], global: [] }
    return HostKeyCheck.load({ host: 'n1', names: hostNames(address, port), acceptNew: true, files, hash: false }, new LocalFiles())
  }
  const line = (file: string) => readFileSync(join(folder, file), 'utf8').split(' ').slice(0, 2).join(' ')
  const good = () => read(signed(['-h', '-n', 'n1.example']))

  test('an authority for the host makes certificates asked for, and those that it signed good, on any port', async () => {
    const keys = await check(`@cert-authority *.example ${line('ca.pub')}\n`)
    expect(keys.algorithms[0]).toBe('ssh-ed25519-cert-v01@openssh.com')
    expect(keys.certificateRefusal(good())).toBeUndefined()
    const other = await check(`@cert-authority n1.example ${line('ca.pub')}\n`, 'n1.example', 2222)
    expect(other.certificateRefusal(good())).toBeUndefined()
  })

  test('without an authority for the host none are asked for', async () => {
    const keys = await check(`@cert-authority *.other ${line('ca.pub')}\n`)
    expect(keys.algorithms.filter(each => each.includes('cert'))).toEqual([])
  })

  test('another authority, a wrong name and a revoked key are refused; accept-new does not help', async () => {
    const other = (await check(`@cert-authority * ${line('ca-rsa.pub')}\n`)).certificateRefusal(good())
    expect(other).toMatchObject({ code: 'HOST_CERTIFICATE_REFUSED' })
    expect(other!.message).toContain('the certificate of n1.example (the id) is refused: no @cert-authority line for the host has the key')
    const name = (await check(`@cert-authority * ${line('ca.pub')}\n`, 'n7.example')).certificateRefusal(good())
    expect(name!.message).toContain('it is for n1.example, not for n7.example')
    for (const revoked of ['ca.pub', 'host.pub'])
      expect((await check(`@cert-authority * ${line('ca.pub')}\n@revoked * ${line(revoked)}\n`)).certificateRefusal(good())).toMatchObject({
        code: 'HOST_KEY_REVOKED',
      })
  })

  test('a certificate that says nothing for us is worth its key, where that is known', async () => {
    const keys = await check(`@cert-authority * ${line('ca-rsa.pub')}\nn1.example ${line('host.pub')}\n`)
    expect(keys.certificateRefusal(good())).toBeUndefined()
  })

  test('a host that shows a certificate that is cut, or signed with nonsense, is refused like any other that is wrong', async () => {
    const keys = await check(`@cert-authority * ${line('ca.pub')}\n`)
    const blob = signed(['-h', '-n', 'n1.example'])
    expect(keys.judge(blob)).toEqual({ certificate: read(blob) })
    expect(keys.judge(blob.subarray(0, blob.length - 90)).refusal).toMatchObject({
      code: 'HOST_CERTIFICATE_REFUSED',
      problem: 'it is cut or garbled',
    })
    // The length of the algorithm's name in the signature.
    const nonsense = Buffer.from(blob)
    nonsense.fill(0xff, blob.lastIndexOf('ssh-ed25519') - 4, blob.lastIndexOf('ssh-ed25519'))
    expect(keys.judge(nonsense).refusal).toMatchObject({ code: 'HOST_CERTIFICATE_REFUSED' })
  })
})
