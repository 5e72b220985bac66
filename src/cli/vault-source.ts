import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, extname, join, resolve } from 'node:path'
import { InputError } from '../errors.js'
import { readSourceBytes } from '../source-text.js'
import { openWith, type VaultPassword } from '../vault/vault.js'
import { isVaulted } from '../vaulted.js'

/**
 * The vault password that a file holds, or that a script prints: one whose name ends in `-client` is told the label.
 * Source: ansible lib/ansible/parsing/vault/__init__.py `get_file_vault_secret`.
 * @param known passwords that were read before: the file itself may be encrypted
 * @throws {InputError} missing, empty, or the script failed; never with what it printed
 */
export async function passwordFrom(source: string, label: string, known: readonly VaultPassword[]): Promise<Buffer> {
  const path = resolve(source.startsWith('~/') ? join(homedir(), source.slice(2)) : source)
  const found = await stat(path).catch((cause: unknown) => {
    throw new InputError(`cannot read the vault password file ${source}: ${(cause as Error).message}`, { cause })
  })
  if (found.isDirectory()) throw new InputError(`the vault password file ${source} is a folder`, { next: 'Name a file in it.' })
  const password = (found.mode & 0o111) === 0 ? await fromFile(path, known) : withoutLineEnds(await printedBy(path, label))
  if (password.length > 0) return password
  throw new InputError(`the vault password file ${source} gives an empty password`, { next: 'Write the password into it, on one line.' })
}

async function fromFile(path: string, known: readonly VaultPassword[]): Promise<Buffer> {
  const written = trimmed(await readSourceBytes(path))
  if (!isVaulted(written)) return written
  return withoutLineEnds(openWith(known)(written.toString('latin1'), { file: path, line: 1, column: 1 }))
}

const mostPrinted = 1024 * 1024

async function printedBy(script: string, label: string): Promise<Buffer> {
  const isClient = basename(script, extname(script)).endsWith('-client')
  // It may ask its own questions: input and complaints are the terminal's.
  const child = spawn(script, isClient ? ['--vault-id', label] : [], { stdio: ['inherit', 'pipe', 'inherit'] })
  const printed: Buffer[] = []
  let size = 0
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > mostPrinted) child.kill('SIGKILL')
    else printed.push(chunk)
  })
  const [code, signal] = (await once(child, 'close').catch((cause: unknown) => {
    throw new InputError(`cannot run the vault password script ${script}: ${(cause as Error).message}`, {
      cause,
      next: 'If it is no script but holds the password, take away its executable bit.',
    })
  })) as [number | null, NodeJS.Signals | null]
  if (size > mostPrinted) throw new InputError(`the vault password script ${script} prints more than 1 MB`)
  if (code === 0) return Buffer.concat(printed)
  const why = isClient && code === 2 ? `has no password for ${label}` : `ended with ${code === null ? signal : `status ${code}`}`
  throw new InputError(`the vault password script ${script} ${why}`, { next: 'Run it by hand to see what it says; nothing was changed.' })
}

const blanks = [0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d]
const trimmed = (bytes: Buffer) => strip(bytes, blanks)
const withoutLineEnds = (bytes: Buffer) => strip(bytes, [0x0a, 0x0d])

function strip(bytes: Buffer, from: readonly number[]): Buffer {
  const first = bytes.findIndex(byte => !from.includes(byte))
  return first < 0 ? Buffer.alloc(0) : bytes.subarray(first, bytes.findLastIndex(byte => !from.includes(byte)) + 1)
}
