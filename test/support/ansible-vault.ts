import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { VaultPassword } from '../../src/vault/vault.js'
import { pythonWithAnsible } from './ansible-core.js'

type Answer = { text: string } | { plain: string; label: string } | { refused: string }

/** ansible-core's own vault, in one Python process that stays warm. */
export interface AnsibleVault {
  version: string
  encrypt(plain: Uint8Array, password: VaultPassword, salt?: Uint8Array): Promise<string>
  /** undefined: it refuses */
  decrypt(text: string, passwords: readonly VaultPassword[]): Promise<{ plain: Buffer; label: string } | undefined>
  close(): void
}

export async function openAnsibleVault(): Promise<AnsibleVault> {
  const child = spawn(await pythonWithAnsible(), [join(import.meta.dirname, 'ansible-vault.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the Python process with ansible-core has ended')
    return JSON.parse(value) as T
  }
  const ask = (question: object): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(question)}\n`)
    return next()
  }
  await once(child, 'spawn')
  const { version } = await next<{ version: string }>()
  return {
    version,
    encrypt: async (plain, password, salt) => {
      const told = await ask({
        do: 'encrypt',
        plain: base64(plain),
        passwords: listed([password]),
        ...(salt ? { salt: base64(salt) } : {}),
      })
      if ('text' in told) return told.text
      throw new Error(`ansible refuses to encrypt: ${JSON.stringify(told)}`)
    },
    decrypt: async (text, passwords) => {
      const told = await ask({ do: 'decrypt', text, passwords: listed(passwords) })
      return 'plain' in told ? { plain: Buffer.from(told.plain, 'base64'), label: told.label } : undefined
    },
    close: () => void child.stdin.end(),
  }
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const listed = (passwords: readonly VaultPassword[]) => passwords.map(({ label, bytes }) => [label, base64(bytes)])
