import { randomBytes } from 'node:crypto'
import { NetplayError } from '../errors.js'
import type { Emit } from '../events.js'
import type { EtcdPool } from '../plan/etcd-pool.js'
import type { Looked } from '../plan/observe.js'
import { eachHost } from '../transport/each-host.js'
import type { Session } from '../transport/session.js'
import { readEtcd } from './read-etcd.js'
import { doctorScript } from './script.js'
import { parseSnapshot, type SeenHost } from './snapshot.js'
import { viewOf, type Fleet } from './view.js'

export interface LookInput {
  sessions: ReadonlyMap<string, Session>
  /** facts, which were asked as soon as each session was open; takes hosts that stop answering */
  looked: Looked
  etcd: EtcdPool
  forks: number
  emit: Emit
}

/** The doctor's one request to each host, and what the etcd that they name holds. Nothing is written anywhere. */
export async function lookAt(input: LookInput): Promise<Fleet> {
  const { looked, sessions, forks, etcd } = input
  const seen = new Map<string, SeenHost>()
  await eachHost(
    [...sessions.values()].filter(({ host }) => looked.facts.has(host)),
    forks,
    async session => {
      const host = await snapshotOf(session, input)
      if (host !== undefined) seen.set(session.host, host)
    },
  )
  const hosts = [...sessions.keys()].flatMap(name => seen.get(name) ?? []).map(viewOf)
  return { hosts, etcd: await readEtcd(hosts, etcd) }
}

async function snapshotOf(session: Session, { looked: { facts, lost }, emit }: LookInput): Promise<SeenHost | undefined> {
  const { host } = session
  const started = performance.now()
  try {
    const nonce = randomBytes(12).toString('hex')
    const { stdout } = await session.request(doctorScript(nonce), { purpose: 'doctor' })
    const snapshot = parseSnapshot(host, stdout, nonce)
    await emit({ type: 'host-probed', host, ms: performance.now() - started })
    return { name: host, facts: facts.get(host)!, snapshot }
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    lost.set(host, error)
    return undefined
  }
}
