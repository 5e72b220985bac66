import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadInventory, type LoadOptions } from '../../src/inventory/load.js'
import type { Inventory } from '../../src/inventory/model.js'

const made: string[] = []

/** Writes files into a new folder. @returns its path; `removeScratch` takes all of them away */
export function scratch(files: Record<string, string | Uint8Array>): string {
  const folder = mkdtempSync(join(tmpdir(), 'netplay-inventory-'))
  made.push(folder)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

export function removeScratch(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true })
}

/** The inventory of an INI text. */
export const loadIni = (text: string, options?: LoadOptions): Promise<Inventory> =>
  loadInventory([join(scratch({ 'hosts.ini': text }), 'hosts.ini')], options)

/** The message of what a promise is refused with, the scratch folder's name taken out. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error as Error,
  )
  if (!error) throw new Error('nothing was refused')
  return error.message.replaceAll(/\S*netplay-inventory-\w+\//g, '')
}
