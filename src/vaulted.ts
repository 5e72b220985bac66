import { InputError, type Origin } from './errors.js'
import { Secret } from './secret.js'

/** What every text closed with ansible-vault begins with. Source: ansible lib/ansible/parsing/vault/__init__.py `b_HEADER`. */
export const vaultMark = '$ANSIBLE_VAULT'

export const isVaulted = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, vaultMark.length)).toString('latin1') === vaultMark

/** Where a closed text stands: at the start of a file, or as a block that is indented. */
export interface VaultedPlace extends Origin {
  /** false: written in quotes, so that its lines are not the file's; default true */
  isBlock?: boolean
}

/** Opens what ansible-vault closed. @throws {InputError} broken, or no password opens it: with its place */
export type OpenVault = (text: string, place: VaultedPlace) => Buffer

/** For whoever was given no password: what is never looked at needs none. */
export const closedVault: OpenVault = (_, origin) => {
  throw new InputError('this is encrypted with ansible-vault, and no vault password was given', {
    origin,
    next: 'Give it with --vault-password-file FILE, --vault-id LABEL@FILE or -J; nothing was changed.',
  })
}

/** A value that is encrypted, by itself (`!vault`) or with its whole file: opened when it is first used, and shown nowhere. */
export class Vaulted extends Secret {
  /** @param ciphertext of a value that is encrypted by itself */
  constructor(
    open: () => string,
    readonly origin: Origin,
    readonly ciphertext?: string,
  ) {
    super(open)
  }
}

/** Of text that must be UTF-8 and was encrypted. @throws {InputError} it is not: nothing of it is shown */
export function openedText(open: OpenVault, ciphertext: string, place: VaultedPlace): string {
  const bytes = open(ciphertext, place)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new InputError('what is encrypted here is not UTF-8 text', {
      origin: place,
      next: 'A variable is text; encrypt it anew as such.',
    })
  }
}
