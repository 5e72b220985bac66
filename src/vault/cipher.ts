import { createCipheriv, createDecipheriv, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Envelope } from './envelope.js'

/** @param salt only for tests; default 32 random bytes */
export function seal(plain: Uint8Array, password: Uint8Array, label?: string, salt: Buffer = randomBytes(32)): Envelope {
  const keys = keysOf(password, salt)
  const cipher = createCipheriv('aes-256-ctr', keys.cipher, keys.counter)
  const ciphertext = Buffer.concat([cipher.update(padded(plain)), cipher.final()])
  return { ...(label === undefined ? {} : { label }), salt, hmac: hmacOf(ciphertext, keys.hmac), ciphertext }
}

/** @returns undefined: the password is another one, or the envelope was changed */
export function unseal({ salt, hmac, ciphertext }: Envelope, password: Uint8Array): Buffer | undefined {
  const keys = keysOf(password, salt)
  const expected = hmacOf(ciphertext, keys.hmac)
  if (hmac.length !== expected.length || !timingSafeEqual(hmac, expected)) return undefined
  const decipher = createDecipheriv('aes-256-ctr', keys.cipher, keys.counter)
  return unpadded(Buffer.concat([decipher.update(ciphertext), decipher.final()]))
}

/** Source: ansible `VaultAES256._gen_key_initctr`: PBKDF2-HMAC-SHA256, 10 000 rounds, 32 + 32 + 16 bytes. */
function keysOf(password: Uint8Array, salt: Uint8Array): { cipher: Buffer; hmac: Buffer; counter: Buffer } {
  const derived = pbkdf2Sync(password, salt, 10_000, 80, 'sha256')
  return { cipher: derived.subarray(0, 32), hmac: derived.subarray(32, 64), counter: derived.subarray(64) }
}

const hmacOf = (ciphertext: Uint8Array, key: Uint8Array) => createHmac('sha256', key).update(ciphertext).digest()

const blockBytes = 16

/** PKCS#7: the number of bytes added, in each of them. */
function padded(plain: Uint8Array): Buffer {
  const added = blockBytes - (plain.length % blockBytes)
  return Buffer.concat([plain, Buffer.alloc(added, added)])
}

function unpadded(text: Buffer): Buffer | undefined {
  const added = text.at(-1) ?? 0
  const isWhole = added >= 1 && added <= blockBytes && text.subarray(-added).every(byte => byte === added)
  return isWhole ? text.subarray(0, -added) : undefined
}
