import { readFile } from 'node:fs/promises'
import ssh2, { type ParsedKey } from 'ssh2'
import type { Secret } from '../secret.js'
import { expandHome, type LocalFiles } from './local-files.js'

/** A private key file: read, or the reason why not. */
export type Identity = { key: ParsedKey } | { missing: true } | { locked: 'no passphrase' | 'wrong passphrase' } | { unusable: string }

/** Read and decrypted once for all hosts: the derivation of a passphrase costs some 100 ms. */
export const loadIdentity = (file: string, passphrase: Secret | undefined, local: LocalFiles): Promise<Identity> =>
  local.once(`identity ${file} ${passphrase === undefined ? '' : passphraseNumber(passphrase)}`, () => readIdentity(file, passphrase))

/** Those of the files that cannot be read without a passphrase. */
export async function lockedKeyFiles(files: readonly string[]): Promise<string[]> {
  const found = await Promise.all([...new Set(files)].map(async file => [file, await readIdentity(file, undefined)] as const))
  return found.flatMap(([file, identity]) => ('locked' in identity ? [file] : []))
}

async function readIdentity(file: string, passphrase: Secret | undefined): Promise<Identity> {
  const data = await readFile(expandHome(file)).catch(({ code, message }: NodeJS.ErrnoException) => ({ code, message }))
  if ('message' in data) return data.code === 'ENOENT' ? { missing: true } : { unusable: data.message }
  const parsed = ssh2.utils.parseKey(data, passphrase?.reveal()) as ParsedKey | ParsedKey[] | Error
  if (parsed instanceof Error) return whyNot(parsed, passphrase !== undefined)
  const key = Array.isArray(parsed) ? parsed[0] : parsed
  return key?.isPrivateKey() ? { key } : { unusable: 'it is no private key' }
}

// ssh2 tells these apart by their words alone (lib/protocol/keyParser.js).
const whyNot = ({ message }: Error, hasPassphrase: boolean): Identity => {
  if (/encrypted/i.test(message) && !hasPassphrase) return { locked: 'no passphrase' }
  if (/passphrase|integrity|decrypt/i.test(message)) return { locked: hasPassphrase ? 'wrong passphrase' : 'no passphrase' }
  return { unusable: message }
}

// Secrets are told apart by who they are, never by what they say.
const numbers = new WeakMap<Secret, number>()
let lastNumber = 0
const passphraseNumber = (secret: Secret) => {
  if (!numbers.has(secret)) numbers.set(secret, ++lastNumber)
  return numbers.get(secret)
}
