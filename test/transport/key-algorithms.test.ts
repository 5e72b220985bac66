import type { Client } from 'ssh2'
import { acceptedAlgorithms, algorithmFor, hashOf, signatureOf } from '../../src/transport/key-algorithms.js'
import { takenSignatures } from '../../src/transport/taken-signatures.js'

const cert = '-cert-v01@openssh.com'
const rsa = ['rsa-sha2-512', 'rsa-sha2-256']
const shown: [written: string | undefined, type: string, taken: string[] | undefined, expected: string | undefined][] = [
  [undefined, 'ssh-ed25519', undefined, 'ssh-ed25519'],
  [undefined, 'ssh-ed25519', ['rsa-sha2-256'], 'ssh-ed25519'],
  [undefined, 'ssh-rsa', undefined, 'rsa-sha2-512'],
  [undefined, 'ssh-rsa', rsa.toReversed(), 'rsa-sha2-512'],
  [undefined, 'ssh-rsa', ['rsa-sha2-256', 'ssh-rsa'], 'rsa-sha2-256'],
  [undefined, 'ssh-rsa', ['ssh-ed25519'], undefined],
  // OpenSSH 7.4 does not say that it takes SHA-2.
  [undefined, 'ssh-rsa', ['ssh-ed25519', 'ssh-rsa'], 'rsa-sha2-512'],
  [undefined, `ssh-rsa${cert}`, ['rsa-sha2-256'], `rsa-sha2-256${cert}`],
  ['^rsa-sha2-256', 'ssh-rsa', rsa, 'rsa-sha2-256'],
  ['rsa-sha2-256', 'ssh-rsa', ['rsa-sha2-512'], undefined],
  ['-rsa-sha2-512*', `ssh-rsa${cert}`, undefined, `rsa-sha2-256${cert}`],
  ['rsa-*', 'ssh-ed25519', undefined, undefined],
  [`ssh-ed25519${cert}`, 'ssh-ed25519', undefined, undefined],
  [`ssh-ed25519${cert}`, `ssh-ed25519${cert}`, undefined, `ssh-ed25519${cert}`],
  ['sk-ssh-ed25519@openssh.com', 'ssh-ed25519', undefined, undefined],
  ['+ssh-rsa', 'ssh-rsa', ['ssh-rsa'], 'rsa-sha2-512'],
  ['ssh-rsa,ssh-dss', 'ssh-rsa', undefined, undefined],
  [undefined, 'ssh-dss', undefined, undefined],
]
test.each(shown)('of PubkeyAcceptedAlgorithms %s, %s goes to an sshd that takes %j as %s', (written, type, taken, expected) => {
  expect(algorithmFor(type, acceptedAlgorithms(written), taken)).toBe(expected)
})

test('nothing is signed with SHA-1', () => {
  for (const algorithm of acceptedAlgorithms('+ssh-rsa*,ssh-dss*')) expect(signatureOf(algorithm)).toMatch(/ed25519|sha2/)
  expect(rsa.map(hashOf)).toEqual(['sha512', 'sha256'])
})

test('what sshd says of signatures is heard, the first time that it does, and passed on', () => {
  const passedOn: unknown[] = []
  const handlers = { EXT_INFO: (_: object, extensions: unknown[]) => void passedOn.push(...extensions) }
  const taken = takenSignatures({ _protocol: { _handlers: handlers } } as unknown as Client)
  expect(taken()).toBeUndefined()
  const said = [[{ name: 'ping@openssh.com' }], [{ name: 'server-sig-algs', algs: rsa }], [{ name: 'server-sig-algs', algs: [] }]]
  for (const extensions of said) handlers.EXT_INFO({}, extensions)
  expect(taken()).toEqual(rsa)
  expect(passedOn).toHaveLength(3)
})
