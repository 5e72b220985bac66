import { createHash } from 'node:crypto'
import { chmod, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from './command.js'
import { LabError } from './errors.js'
import { partNames } from './part-list.js'
import { stateFolder } from './state.js'

/** Binaries that somebody gave instead of having them built; they count until `forgetGivenParts`. */
export const givenFolder = (): string => join(stateFolder(), 'parts', 'given')

/** File name -> sha256 of what was given. */
export async function givenParts(): Promise<Map<string, string>> {
  const given = new Map<string, string>()
  for (const name of partNames) {
    const bytes = await readFile(join(givenFolder(), name)).catch(() => undefined)
    if (bytes) given.set(name, createHash('sha256').update(bytes).digest('hex'))
  }
  return given
}

/**
 * Take this flanneld instead of building one. What it says to `-version` decides which of the two it replaces:
 * up to v0.17 it speaks etcd's v2 API and replaces the stand-in, from v0.18 on v3.
 * @returns the version it told
 * @throws {LabError} it does not run here, or tells no version
 */
export async function giveFlanneld(path: string): Promise<string> {
  // flanneld prints its version on stderr.
  const said = await must(['sh', '-c', '"$0" -version 2>&1', path])
  const version = /v?(\d+)\.(\d+)\.\d+\S*/.exec(said)
  if (!version) {
    throw new LabError(`${path} tells no version: ${said.trim().slice(0, 200)}`, 'Give the path of a flanneld that answers to -version.')
  }
  const isClassic = Number(version[1]) === 0 && Number(version[2]) <= 17
  await give(path, isClassic ? 'flanneld-classic-standin' : 'flanneld')
  return version[0]
}

/**
 * Take all parts from a folder that `netplay lab parts` filled on another machine.
 * @throws {LabError} a binary is missing there; nothing is taken then
 */
export async function giveAllParts(folder: string): Promise<void> {
  const found = await Promise.all(partNames.map(name => readFile(join(folder, name)).catch(() => undefined)))
  const missing = partNames.filter((_, index) => !found[index])
  if (missing.length) {
    throw new LabError(
      `${folder} lacks ${missing.join(', ')}`,
      'Copy the whole folder that `netplay lab parts` names where they were built.',
    )
  }
  for (const name of partNames) await give(join(folder, name), name)
}

export async function forgetGivenParts(): Promise<void> {
  await rm(givenFolder(), { recursive: true, force: true })
}

async function give(path: string, name: string): Promise<void> {
  await mkdir(givenFolder(), { recursive: true })
  const half = join(givenFolder(), `.${name}.${process.pid}`)
  await copyFile(path, half)
  await chmod(half, 0o755)
  await rename(half, join(givenFolder(), name))
}
