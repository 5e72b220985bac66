import fc from 'fast-check'
import { seal } from '../../src/vault/cipher.js'
import { formatEnvelope } from '../../src/vault/envelope.js'
import { openVaulted, type VaultPassword } from '../../src/vault/vault.js'
import type { AnsibleVault } from '../support/ansible-vault.js'

const place = { file: 'v', line: 1, column: 1 }
const line = fc.string({ unit: 'grapheme', maxLength: 60 })
const bytesOf = (text: fc.Arbitrary<string>) => text.map(written => Buffer.from(written))

/** What people encrypt, and what they never would. */
const contents = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
  bytesOf(fc.array(line, { maxLength: 8 }).map(lines => lines.join('\r\n'))),
  bytesOf(fc.array(line, { maxLength: 8 }).map(lines => `${lines.join('\n')}\n`)),
  bytesOf(fc.string({ unit: 'grapheme', minLength: 500, maxLength: 4000 })),
  fc.nat(40).map(size => Buffer.alloc(size, 0x10)),
)
const label = fc.oneof(fc.constant('default'), fc.stringMatching(/^[A-Za-z0-9_.@-]{1,20}$/))
const password = fc.oneof(
  bytesOf(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })),
  fc.uint8Array({ minLength: 1, maxLength: 80 }),
)
const salt = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytes => Buffer.from(bytes))

const vaults = fc.record({
  plain: contents.filter(bytes => !bytes.toString('latin1').startsWith('$ANSIBLE_VAULT')),
  salt,
  passwords: fc.uniqueArray(fc.record({ label, bytes: password.map(bytes => Buffer.from(bytes)) }), {
    minLength: 1,
    maxLength: 3,
    selector: ({ bytes }) => bytes.toString('hex'),
  }),
  /** of `passwords`: the one that encrypts */
  which: fc.nat(2),
  damage: fc.record({ at: fc.nat(), by: fc.constantFrom('cut', 'drop', 'flip', 'letter') }),
})
type Vault = typeof vaults extends fc.Arbitrary<infer V> ? V : never

/** Files pass between ansible-vault and netplay both ways. @throws Error with the smallest case found, and its seed */
export async function vaultsAgree(ansible: AnsibleVault, count: number, seed: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(vaults, vault => agree(ansible, vault)),
    { numRuns: count, seed, endOnFailure: process.env['CI'] === 'true' },
  )
  process.stderr.write(`vault: ${count} files both ways, as ansible-core ${ansible.version} has them (seed ${seed})\n`)
}

async function agree(ansible: AnsibleVault, { plain, salt, passwords, which, damage }: Vault) {
  const by = passwords[which % passwords.length]!
  const [theirs, ours] = [await ansible.encrypt(plain, by, salt), formatEnvelope(seal(plain, by.bytes, by.label, salt))]
  expect(ours).toBe(theirs)
  for (const text of [theirs, formatEnvelope(seal(plain, by.bytes, by.label)), ours.replaceAll('\n', '\r\n'), damaged(ours, damage)])
    expect(opened(text, passwords)).toEqual(told(await ansible.decrypt(text, passwords)))
  const others = passwords.filter(other => other !== by)
  expect(opened(theirs, others)).toBeUndefined()
  expect(await ansible.decrypt(theirs, others)).toBeUndefined()
}

const told = (opened: { plain: Buffer; label: string } | undefined) =>
  opened && { plain: opened.plain.toString('hex'), label: opened.label }

function opened(text: string, passwords: readonly VaultPassword[]) {
  try {
    const { plain, with: by } = openVaulted(text, place, passwords)
    return told({ plain, label: by.label })
  } catch {
    return undefined
  }
}

/** Below the first line: a version that Ansible takes and netplay refuses is no disagreement. */
function damaged(text: string, { at, by }: { at: number; by: string }): string {
  const start = text.indexOf('\n') + 1
  const index = start + (at % (text.length - start))
  const [before, after] = [text.slice(0, index), text.slice(index + 1)]
  const flipped = text[index] === '3' ? '2' : '3'
  return { cut: before, drop: before + after, flip: before + flipped + after, letter: `${before}x${after}` }[by]!
}
