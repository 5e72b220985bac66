import { seal } from '../../src/vault/cipher.js'
import { formatEnvelope } from '../../src/vault/envelope.js'

export const vaultPassword = 'vault-pw'

/** As ansible-vault would encrypt it, with `vaultPassword`. */
export const vaulted = (text: string | Uint8Array, label?: string) =>
  formatEnvelope(seal(Buffer.from(text), Buffer.from(vaultPassword), label))

/** `name: !vault |` and the text below it. */
export const inline = (name: string, text: string, indent = '') =>
  `${indent}${name}: !vault |\n${vaulted(text).trimEnd().replaceAll(/^/gm, `${indent}  `)}\n`
