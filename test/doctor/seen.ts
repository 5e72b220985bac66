import { readFileSync } from 'node:fs'
import { accessesOf, memberKey } from '../../src/doctor/etcd-access.js'
import type { EtcdSeen, Store } from '../../src/doctor/etcd-seen.js'
import { diagnose, type Diagnosis } from '../../src/doctor/findings.js'
import { grouped } from '../../src/doctor/read-etcd.js'
import { parseSnapshot } from '../../src/doctor/snapshot.js'
import { viewOf, type Fleet, type HostView } from '../../src/doctor/view.js'
import { parseFacts } from '../../src/facts/facts.js'

export type Edit = readonly [what: string | RegExp, by: string]

const recorded = (name: string) => readFileSync(new URL(`../fixtures/doctor/${name}.txt`, import.meta.url), 'utf8')

/** A recorded host with something else in what it answered. @throws {Error} an edit that finds nothing to change */
export function seen(
  fixture: 'flannel' | 'flannel-docker' | 'proxy' | 'calico',
  edits: readonly Edit[] = [],
  factEdits: readonly Edit[] = [],
): HostView {
  const [text, facts] = [edited(recorded(fixture), edits), edited(recorded(`${fixture}-facts`), factEdits)]
  const name = /^hostname (\S+)$/m.exec(facts)![1]!
  return viewOf({ name, facts: parseFacts(Buffer.from(facts)), snapshot: parseSnapshot(name, Buffer.from(text), 'NONCE') })
}

const edited = (text: string, edits: readonly Edit[]): string =>
  edits.reduce((before, [what, by]) => {
    const after = before.replace(what, by)
    if (after === before) throw new Error(`${String(what)} changes nothing`)
    return after
  }, text)

export type Keys = Record<string, string>
export const store = (keys: Keys): Store => ({ keys: new Map(Object.entries(keys)) })

export function fleetOf(
  hosts: HostView[],
  { v2 = {}, v3 = {}, memberCount = 3 }: { v2?: Keys | Store; v3?: Keys | Store; memberCount?: number } = {},
): Fleet {
  const asStore = (given: Keys | Store): Store =>
    'unread' in given || 'missing' in given || given['keys'] instanceof Map ? (given as Store) : store(given as Keys)
  const etcd = grouped(hosts.flatMap(accessesOf)).map((accesses): EtcdSeen => ({
    accesses,
    members: [...new Set(accesses.flatMap(({ host, endpoints }) => endpoints.map(endpoint => memberKey(host, endpoint))))],
    memberCount,
    v2: asStore(v2),
    v3: asStore(v3),
  }))
  return { hosts, etcd }
}

export const idsOf = ({ findings }: Diagnosis): string[] => [...new Set(findings.map(({ id }) => id))]
export const idsIn = (fleet: Fleet): string[] => idsOf(diagnose(fleet))
