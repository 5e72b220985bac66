import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type ParsedKey } from 'ssh2'
import { isFor, readUserCertificate } from '../../src/transport/user-certificate.js'

const folder = mkdtempSync(join(tmpdir(), 'netplay-certificates-'))
afterAll(() => rmSync(folder, { recursive: true }))
const keygen = (...words: string[]) => execFileSync('ssh-keygen', ['-q', ...words], { cwd: folder })
const text = (file: string) => readFileSync(join(folder, file), 'utf8')
const keyOf = (file: string) => ssh2.utils.parseKey(text(file)) as ParsedKey
keygen('-t', 'ed25519', '-N', '', '-f', 'ca')

test.each([
  ['ed25519', 'ssh-ed25519-cert-v01@openssh.com'],
  ['ecdsa', 'ecdsa-sha2-nistp256-cert-v01@openssh.com'],
  ['rsa', 'ssh-rsa-cert-v01@openssh.com'],
])('a certificate of an %s key names itself %s, and belongs to its key alone', (type, name) => {
  keygen('-t', type, '-N', '', '-f', type)
  keygen('-s', 'ca', '-I', 'an admin', '-n', 'root', `${type}.pub`)
  const certificate = readUserCertificate(text(`${type}-cert.pub`))!
  expect(certificate.type).toBe(name)
  expect(isFor(certificate, keyOf(type))).toBe(true)
  expect(isFor(certificate, keyOf('ca'))).toBe(false)
})

test.each([
  '',
  'ssh-ed25519 AAAA',
  'ssh-ed25519-cert-v01@openssh.com AAAAC3Nz',
  'sk-ssh-ed25519-cert-v01@openssh.com AAAA',
  'no\0ne at all',
])('%j is none', written => {
  expect(readUserCertificate(written)).toBeUndefined()
})
