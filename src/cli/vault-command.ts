import { InputError, printable } from '../errors.js'
import { seal } from '../vault/cipher.js'
import { formatEnvelope } from '../vault/envelope.js'
import { envelopeOf, openVaulted, type Opened, type VaultPassword } from '../vault/vault.js'
import { isVaulted } from '../vaulted.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import { edited } from './vault-editor.js'
import { readWhole, writeWhole } from './vault-files.js'
import type { VaultOptions } from './vault-options.js'
import { identityOf, vaultPasswords } from './vault-passwords.js'

export interface VaultFlags extends VaultOptions {
  /** the label to encrypt with, where several passwords are given */
  encryptVaultId?: string
  /** default: the file itself; `-` is standard output */
  output?: string
}

/** `netplay vault encrypt FILE…`: no file is written before all of them are encrypted. */
export async function encryptFiles(files: string[], flags: VaultFlags): Promise<ExitCode> {
  const inputs = await read(files, flags)
  for (const { file, bytes } of inputs)
    if (isVaulted(bytes)) throw new InputError(`${file} is encrypted already`, { next: 'Change its password with netplay vault rekey.' })
  const password = await encryptionPassword(flags)
  return writeAll(
    inputs.map(({ file, bytes }) => ({ file, bytes: sealed(bytes, password) })),
    flags,
    `encrypted (${password.label})`,
  )
}

export async function decryptFiles(files: string[], flags: VaultFlags): Promise<ExitCode> {
  const opened = await openAll(await read(files, flags), flags)
  return writeAll(
    opened.map(({ file, plain }) => ({ file, bytes: plain })),
    flags,
    'decrypted: it is in clear now',
  )
}

/** On a terminal, what could drive it is made visible. */
export async function viewFiles(files: string[], flags: VaultFlags): Promise<ExitCode> {
  for (const { plain } of await openAll(await read(files, flags), flags))
    process.stdout.write(process.stdout.isTTY ? printable(plain.toString()) : plain)
  return exitCodes.done
}

/** With the password that opened the file, and its label; a file that is not there is made. A file that was not changed is not written. */
export async function editFiles(files: string[], flags: VaultFlags): Promise<ExitCode> {
  for (const file of files) {
    const before = await readWhole(file).catch((error: unknown) => newFile(error))
    const [opened] = before === undefined ? [] : await openAll([{ file, bytes: before }], flags)
    const plain = await edited(opened?.plain ?? Buffer.alloc(0), file)
    if (opened !== undefined && plain.equals(opened.plain)) say(`${file} was not changed`)
    else if (opened !== undefined) await saveEdited(file, plain, { ...opened.with, label: opened.label })
    else if (plain.length > 0) await saveEdited(file, plain, await encryptionPassword(flags))
    else say(`${file} was left empty, so it was not made`)
  }
  return exitCodes.done
}

async function saveEdited(file: string, plain: Buffer, password: VaultPassword): Promise<void> {
  await writeWhole(file, sealed(plain, password))
  say(`${file} encrypted (${password.label})`)
}

const newFile = (error: unknown): undefined => {
  if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined
  throw error
}

export interface RekeyFlags extends VaultFlags {
  /** `[label@]source` */
  newVaultId?: string
  newVaultPasswordFile?: string
}

/** `netplay vault rekey FILE…`: no file is written before all of them are encrypted anew. */
export async function rekeyFiles(files: string[], flags: RekeyFlags): Promise<ExitCode> {
  const opened = await openAll(await read(files, flags), flags)
  const { newVaultId, newVaultPasswordFile } = flags
  if (newVaultId !== undefined && newVaultPasswordFile !== undefined)
    throw new InputError('--new-vault-id and --new-vault-password-file both say what the new password is', { next: 'Give one of them.' })
  if (newVaultId !== undefined) identityOf(newVaultId)
  const sources = {
    vaultId: newVaultId === undefined ? [] : [newVaultId],
    vaultPasswordFile: newVaultPasswordFile === undefined ? [] : [newVaultPasswordFile],
  }
  const [password] = await vaultPasswords(sources, { isNew: true, must: true })
  return writeAll(
    opened.map(({ file, plain }) => ({ file, bytes: sealed(plain, password!) })),
    flags,
    `encrypted anew (${password!.label})`,
  )
}

interface File {
  file: string
  bytes: Buffer
}

async function read(files: string[], { output }: VaultFlags): Promise<File[]> {
  if (output !== undefined && files.length > 1)
    throw new InputError('--output takes one file, and several were named', { next: 'Name one file, or leave --output out.' })
  const inputs: File[] = []
  for (const file of files.length === 0 ? ['-'] : files) inputs.push({ file, bytes: await readWhole(file) })
  return inputs
}

async function openAll(inputs: readonly File[], flags: VaultFlags): Promise<(Opened & { file: string; label: string })[]> {
  for (const { file, bytes } of inputs)
    if (!isVaulted(bytes))
      throw new InputError(`${shown(file)} is not encrypted with ansible-vault`, {
        origin: undefined,
        next: 'Name a file that is; nothing was changed.',
      })
  // Broken texts are told before anybody is asked for a password.
  for (const { file, bytes } of inputs) envelopeOf(bytes.toString('latin1'), placeOf(file))
  const passwords = await vaultPasswords(flags, { must: true })
  return inputs.map(({ file, bytes }) => {
    const text = bytes.toString('latin1')
    return { file, label: envelopeOf(text, placeOf(file)).label ?? 'default', ...openVaulted(text, placeOf(file), passwords) }
  })
}

/** @throws {InputError} several passwords, and nobody said with which */
export async function encryptionPassword(flags: VaultFlags): Promise<VaultPassword> {
  const passwords = await vaultPasswords(flags, { isNew: true, must: true })
  const wanted = flags.encryptVaultId ?? flags.settings?.values.vaultEncryptIdentity
  const labels = passwords.map(({ label }) => label).join(', ')
  if (wanted === undefined && passwords.length > 1)
    throw new InputError(`several vault passwords are given (${labels})`, { next: 'Say which one encrypts: --encrypt-vault-id LABEL.' })
  const found = wanted === undefined ? passwords[0] : passwords.find(({ label }) => label === wanted)
  if (found !== undefined) return found
  throw new InputError(`--encrypt-vault-id ${wanted}: there is no vault password with this label; there are ${labels}`, {
    next: `Give it with --vault-id ${wanted}@FILE.`,
  })
}

async function writeAll(outputs: readonly File[], { output }: VaultFlags, what: string): Promise<ExitCode> {
  for (const { file, bytes } of outputs) {
    const to = output ?? file
    await writeWhole(to, bytes)
    if (to !== '-') say(`${to} ${what}`)
  }
  return exitCodes.done
}

export const sealed = (plain: Uint8Array, { label, bytes }: VaultPassword): Buffer => Buffer.from(formatEnvelope(seal(plain, bytes, label)))
const placeOf = (file: string) => ({ file: shown(file), line: 1, column: 1 })
const shown = (file: string) => (file === '-' ? 'standard input' : file)
const say = (line: string) => void process.stderr.write(`${printable(line)}\n`)
