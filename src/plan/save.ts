import { createHash } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { InputError } from '../errors.js'
import { readLimited } from '../limited-file.js'
import { version } from '../version.js'
import type { SlotSource } from '../resources/resource.js'
import type { Secret } from '../secret.js'
import type { Plan } from './plan.js'
import { placesOf } from './vaulted-source.js'

interface Saved {
  /** sha256 of the plan's JSON text: a plan edited by hand is no plan that anybody was shown */
  sha256: string
  plan: Plan
}

/** Written whole or not at all, readable by its owner alone. @throws {InputError} it holds a secret that was given by value */
export async function savePlan(made: Plan, file: string): Promise<void> {
  const plan = withoutSecrets(made)
  const saved: Saved = { sha256: digestOf(plan), plan }
  await writeFile(`${file}.part`, JSON.stringify(saved), { mode: 0o600 })
  await rename(`${file}.part`, file)
}

/** What is encrypted in a file of the controller's is named by its place there. */
function withoutSecrets(plan: Plan): Plan {
  const hosts = Object.entries(plan.hosts).map(([host, part]) => [
    host,
    {
      ...part,
      slots: part.slots.map(slot => (slot.source.type === 'secret' ? { ...slot, source: named(slot.source.value, host) } : slot)),
    },
  ])
  return { ...plan, hosts: Object.fromEntries(hosts) as Plan['hosts'] }
}

function named(secret: Secret, host: string): SlotSource {
  const places = placesOf(secret)
  if (places !== undefined) return places
  throw new InputError(`the plan of ${host} has a secret that was given by value; a plan file keeps no secrets`, {
    next: 'Give it encrypted (netplay vault encrypt-string) or as a file on the controller (source: {path}), or apply without saving the plan.',
  })
}

/** Of thousands of hosts with all their files. */
const mostBytes = 256 * 1024 * 1024

/** @throws {InputError} missing, not a plan, damaged, or made by another version */
export async function loadPlan(file: string): Promise<Plan> {
  const bytes = await readLimited(file, { mostBytes }).catch((cause: unknown) => {
    throw new InputError(`cannot read the plan ${file}: ${(cause as Error).message}`, { cause })
  })
  const saved = parsed(bytes.toString('utf8'))
  if (saved?.plan?.format !== 1 || !/^[0-9a-f-]{36}$/.test(saved.plan.id))
    throw new InputError(`${file} is not a plan of netplay`, { next: 'Make one with: netplay plan site.yml -i hosts.ini --out FILE' })
  if (saved.sha256 !== digestOf(saved.plan))
    throw new InputError(`${file} was changed after it was made`, { next: 'Plan again; nothing was written.' })
  if (saved.plan.netplay !== version)
    throw new InputError(`${file} was made by netplay ${saved.plan.netplay}, this is ${version}`, {
      next: 'Apply it with the version that made it, or plan again.',
    })
  return saved.plan
}

/** A check is code, and a plan file keeps none: it must be found again by its name. */
export const unnamedCheck = (role: string, kind: string): InputError =>
  new InputError(`role ${role} does not name its check "${kind}" in checkKinds, so a saved plan cannot use it`, {
    next: `Add it to checkKinds of role ${role} and plan again, or apply without saving the plan.`,
  })

const digestOf = (plan: Plan) => createHash('sha256').update(JSON.stringify(plan)).digest('hex')

const parsed = (text: string): Saved | undefined => {
  try {
    return JSON.parse(text) as Saved
  } catch {
    return undefined
  }
}
