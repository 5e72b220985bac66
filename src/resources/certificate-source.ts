import { InputError } from '../errors.js'
import type { SlotSource, Sources } from './resource.js'
import { holdsPrivateKey, readCertificates, readPrivateKey, type Certificate } from './x509.js'

/** A PEM file on the controller, relative to the playbook. */
export interface PemFile {
  path: string
}

export const pemFileSchema = {
  type: 'object',
  required: ['path'],
  additionalProperties: false,
  properties: { path: { type: 'string', minLength: 1 } },
} as const

export const pemSource = ({ path }: PemFile): SlotSource => ({ type: 'path', path })

/** Text of a file on the controller. @throws {InputError} it is no text, or larger than 64 KiB */
export function pemText(file: PemFile, sources: Sources): string {
  const { text } = sources.source(pemSource(file))
  if (text === undefined) throw pemError(file, 'is no PEM: it is not text, or larger than 64 KiB')
  return text
}

/** @throws {InputError} no certificate in it, one that cannot be read, or a key beside it, which would be as public as the rest */
export function certificatesIn(file: PemFile, sources: Sources): [Certificate, ...Certificate[]] {
  const text = pemText(file, sources)
  if (holdsPrivateKey(text)) throw pemError(file, 'holds a private key beside its certificates', 'Put the key into a file of its own.')
  const [first, ...rest] = parsed(() => readCertificates(text)) ?? []
  if (first === undefined) throw pemError(file, 'holds no certificate in PEM')
  return [first, ...rest]
}

/** @throws {InputError} no key, or one with a passphrase; never with a byte of it, nor with the parser's own words */
export function privateKeyIn(file: PemFile, sources: Sources): Pick<Certificate, 'publicKey' | 'keyType'> {
  const text = pemText(file, sources)
  const key = parsed(() => readPrivateKey(text))
  if (key === undefined) throw pemError(file, 'holds no private key in PEM, or one with a passphrase')
  return key
}

/** @param problem the end of a sentence that begins with the name of the file */
export const pemError = (
  { path }: PemFile,
  problem: string,
  next = 'Put the right file there; nothing was changed on any host.',
): InputError => new InputError(`${path} ${problem}`, { next })

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}
