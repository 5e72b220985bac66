import { InputError } from '../errors.js'
import { closedVault, type OpenVault, type VaultedPlace } from '../vaulted.js'
import { unseal } from './cipher.js'
import { EnvelopeProblem, parseEnvelope, type Envelope } from './envelope.js'

/** One password with the label it goes by. */
export interface VaultPassword {
  /** of `--vault-id LABEL@…`; without one `default` */
  label: string
  /** never printed */
  bytes: Buffer
}

export interface Opened {
  plain: Buffer
  /** the password that opened it */
  with: VaultPassword
}

/**
 * What the passwords open: those with the label of the text first, then the others, each in the order given.
 * @param options.matchLabel only those with its label (ANSIBLE_VAULT_ID_MATCH); default false
 */
export function openWith(passwords: readonly VaultPassword[], options: { matchLabel?: boolean } = {}): OpenVault {
  return passwords.length === 0 ? closedVault : (text, place) => openVaulted(text, place, passwords, options).plain
}

/** As `openWith`, and which password it was. @throws {InputError} with `file:line:column` */
export function openVaulted(
  text: string,
  place: VaultedPlace,
  passwords: readonly VaultPassword[],
  { matchLabel = false }: { matchLabel?: boolean } = {},
): Opened {
  const envelope = envelopeOf(text, place)
  const label = envelope.label ?? 'default'
  const matching = passwords.filter(password => password.label === label)
  const candidates = matchLabel ? matching : [...matching, ...passwords.filter(password => password.label !== label)]
  for (const password of candidates) {
    const plain = unseal(envelope, password.bytes)
    if (plain !== undefined) return { plain, with: password }
  }
  throw noneOpens(envelope, place, candidates)
}

/** @throws {InputError} what is broken, where in the file */
export function envelopeOf(text: string, place: VaultedPlace): Envelope {
  try {
    return parseEnvelope(text)
  } catch (error) {
    if (!(error instanceof EnvelopeProblem)) throw error
    throw new InputError(`this cannot be read as an ansible-vault text: ${error.problem}`, {
      origin: within(place, error),
      next: 'Take the whole text from where it was encrypted, or encrypt the value anew; nothing was changed.',
    })
  }
}

/** A block is indented as its first line is; a file is not. */
const within = ({ file, line, column, isBlock = true }: VaultedPlace, problem: EnvelopeProblem) =>
  isBlock && line > 0 ? { file, line: line + problem.line - 1, column: column + problem.column - 1 } : { file, line, column }

function noneOpens({ label }: Envelope, { file, line, column }: VaultedPlace, tried: readonly VaultPassword[]): InputError {
  const [labelled, given] = [label === undefined ? '' : `, labelled ${JSON.stringify(label)}`, tried.map(password => password.label)]
  const passwords =
    given.length === 0
      ? 'no vault password with its label was given'
      : `wrong vault password: none of those given (${given.join(', ')}) opens it`
  return new InputError(`${passwords}${labelled}`, {
    origin: { file, line, column },
    next: `Give its password with ${label === undefined ? '--vault-password-file FILE' : `--vault-id ${label}@FILE`}, or with -J to be asked; nothing was changed.`,
  })
}
