import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { formatOrigin, InputError, type Origin } from '../errors.js'
import type { SlotSource } from '../resources/resource.js'
import type { Secret } from '../secret.js'
import { SecretText } from '../secret.js'
import { loadVaultableSource } from '../source-text.js'
import { Vaulted, type OpenVault } from '../vaulted.js'
import { parseYaml, type YamlNode } from '../yaml.js'

type VaultedSource = Extract<SlotSource, { type: 'vaulted' }>

/**
 * A secret as a saved plan may name it: the places of the encrypted values that it is made of, and the words between them.
 * @returns undefined: part of it was given in another way, which nobody can find again
 */
export function placesOf(secret: Secret): VaultedSource | undefined {
  const parts = secret instanceof SecretText ? secret.parts : [secret]
  const found = parts.map(part => (typeof part === 'string' ? part : placeOf(part)))
  return found.includes(undefined) ? undefined : { type: 'vaulted', parts: found as VaultedSource['parts'] }
}

function placeOf(secret: Secret): Origin | undefined {
  if (!(secret instanceof Vaulted) || secret.origin.line === 0 || !existsSync(secret.origin.file)) return undefined
  return { ...secret.origin, file: resolve(secret.origin.file) }
}

/** The bytes that a saved plan's source means now. @throws {InputError} there is no encrypted value at one of its places, or it cannot be opened */
export async function readVaulted({ parts }: VaultedSource, openVault: OpenVault | undefined): Promise<Buffer> {
  const texts: string[] = []
  for (const part of parts) texts.push(typeof part === 'string' ? part : (await valueAt(part, openVault)).reveal())
  return Buffer.from(texts.join(''))
}

async function valueAt(place: Origin, openVault: OpenVault | undefined): Promise<Secret> {
  const root = parseYaml(await loadVaultableSource(place.file, openVault))
  const found = vaultedIn(root).find(({ origin }) => origin.line === place.line && origin.column === place.column)
  if (found !== undefined) return found
  throw new InputError(`the encrypted value that the plan was made with is no longer at ${formatOrigin(place)}`, {
    next: 'Plan again; nothing was written.',
  })
}

function vaultedIn(node: YamlNode): Vaulted[] {
  if (node.kind === 'mapping') return node.entries.flatMap(({ value }) => vaultedIn(value))
  if (node.kind === 'sequence') return node.items.flatMap(vaultedIn)
  return node.vaulted === undefined ? [] : [node.vaulted]
}
