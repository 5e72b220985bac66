import { InputError } from '../errors.js'
import { openWith, type VaultPassword } from '../vault/vault.js'
import type { OpenVault } from '../vaulted.js'
import { ask } from './passwords.js'
import type { VaultOptions } from './vault-options.js'
import { passwordFrom } from './vault-source.js'

interface Identity {
  /** absent: `default` */
  label?: string
  source: string
}

/** What the passwords of the command line and the settings open. Each is asked for, read or run once, here; without any, nothing is asked. */
export async function openVaultOf(options: VaultOptions): Promise<OpenVault> {
  return openWith(await vaultPasswords(options), { matchLabel: options.settings?.values.vaultIdMatch })
}

/**
 * In Ansible's order: vault_identity_list, --vault-id, --vault-password-file, vault_password_file, -J.
 * @param how.isNew the password is to encrypt with: whoever types it types it twice; default false
 * @param how.must ask when nothing says where the password is; default false
 * @throws {InputError} a source that gives no password
 */
export async function vaultPasswords(
  options: VaultOptions,
  { isNew = false, must = false }: { isNew?: boolean; must?: boolean } = {},
): Promise<VaultPassword[]> {
  const identities = identitiesOf(options)
  const passwords: VaultPassword[] = []
  for (const { label = 'default', source } of identities)
    passwords.push({ label, bytes: source === 'prompt' ? await typed(label, isNew) : await passwordFrom(source, label, passwords) })
  if (options.askVaultPass || (must && passwords.length === 0)) passwords.push({ label: 'default', bytes: await typed(undefined, isNew) })
  return passwords
}

function identitiesOf({ vaultId = [], vaultPasswordFile = [], settings }: VaultOptions): Identity[] {
  const { vaultIdentityList: listed = [], vaultPasswordFile: file } = settings?.values ?? {}
  const files = [...vaultPasswordFile, ...(file === undefined ? [] : [file])]
  return [...[...listed, ...vaultId].filter(word => word !== '').map(identityOf), ...files.map(source => ({ source }))]
}

/** `label@source`, or the source alone. */
export function identityOf(text: string): Identity {
  const [, label, source = text] = /^([^@]*)@(.*)$/s.exec(text) ?? []
  // Such a text could not be read again, by Ansible neither.
  if (label !== undefined && !/^[\x20-\x7e]*$/.test(label))
    throw new InputError(`--vault-id ${text}: a label is plain ASCII`, { next: 'Write LABEL@FILE, or LABEL@prompt.' })
  if (text.includes(';')) throw new InputError(`--vault-id ${text}: a label has no ";"`, { next: 'Write LABEL@FILE, or LABEL@prompt.' })
  if (source === '')
    throw new InputError(`--vault-id ${text} does not say where the password is`, { next: 'Write LABEL@FILE, or LABEL@prompt.' })
  return label ? { label, source } : { source }
}

/** Prompts are Ansible's: programs that answer them know these words. */
async function typed(label: string | undefined, isNew: boolean): Promise<Buffer> {
  const of = label === undefined ? '' : ` (${label})`
  const word = label === undefined ? 'Vault' : 'vault'
  const first = await answer(isNew ? `New ${word} password${of}: ` : `Vault password${of}: `)
  if (isNew && !first.equals(await answer(`Confirm ${label === undefined ? 'New' : 'new'} ${word} password${of}: `)))
    throw new InputError('the two vault passwords that were typed differ', { next: 'Run it again; nothing was changed.' })
  if (first.length === 0) throw new InputError('the vault password that was typed is empty', { next: 'Run it again; nothing was changed.' })
  return first
}

const answer = async (prompt: string): Promise<Buffer> => Buffer.from((await ask(prompt)).reveal().trim())
