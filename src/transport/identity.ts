import ssh2, { type ParsedKey } from 'ssh2'
import { readLimited } from '../limited-file.js'
import type { Secret } from '../secret.js'
import { expandHome, type LocalFiles } from './local-files.js'

/** A private key file: read, or the reason why not. */
export type Identity = { key: ParsedKey } | { missing: true } | { locked: 'no passphrase' | 'wrong passphrase' } | { unusable: string }

/** Read and decrypted once for all hosts: the derivation of a passphrase costs some 100 ms. */
export const loadIdentity = (file: string, passphrase: Secret | undefined, local: LocalFiles): Promise<Identity> =>
  local.once(`identity ${file} ${passphrase === undefined ? '' : passphraseNumber(passphrase)}`, () => readIdentity(file, passphrase))

/** Whether this passphrase opens the file. */
export const opensWith = async (file: string, passphrase: Secret): Promise<boolean> => 'key' in (await readIdentity(file, passphrase))

/**
 * The public half of an identity file, as an agent names its keys: from FILE.pub, from the file if it is a public key itself (ssh_config lets it
 * be one), or from the file's own, for which an encrypted one in OpenSSH's form needs no passphrase. `undefined`: there is none.
 */
export async function publicHalf(file: string, local: LocalFiles): Promise<Buffer | undefined> {
  for (const path of [`${file}.pub`, file]) {
    const text = await local.text(expandHome(path)).catch(() => undefined)
    const found = text === undefined ? undefined : (publicOf(text) ?? publicOfEnvelope(text))
    if (found) return found
  }
  return undefined
}

function publicOf(text: string): Buffer | undefined {
  const parsed = ssh2.utils.parseKey(text) as ParsedKey | ParsedKey[] | Error
  return parsed instanceof Error ? undefined : [parsed].flat()[0]?.getPublicSSH()
}

/** openssh-key-v1: magic, cipher, KDF, its options, count, public key, each but the count with its length (OpenSSH PROTOCOL.key). */
function publicOfEnvelope(text: string): Buffer | undefined {
  const [, base64 = ''] = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(text) ?? []
  const data = Buffer.from(base64, 'base64')
  if (data.toString('latin1', 0, magic.length) !== magic) return undefined
  try {
    let at = magic.length
    for (let field = 0; field < 3; field++) at += 4 + data.readUInt32BE(at)
    at += 4
    return data.subarray(at + 4, at + 4 + data.readUInt32BE(at))
  } catch {
    return undefined
  }
}

const magic = 'openssh-key-v1\0'

async function readIdentity(file: string, passphrase: Secret | undefined): Promise<Identity> {
  const data = await readLimited(expandHome(file)).catch(({ code, message }: NodeJS.ErrnoException) => ({ code, message }))
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
