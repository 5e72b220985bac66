import { withEtcd } from '../../src/plan/etcd-pool.js'
import type { EtcdCluster, EtcdWrite } from '../../src/etcd.js'
import { ConnectionLostError } from '../../src/transport/errors.js'
import { EtcdUnreachableError } from '../../src/transport/etcd-errors.js'
import type { Etcd, openEtcd } from '../../src/transport/etcd.js'
import { FakeSession } from '../support/fake-session.js'

const cluster: EtcdCluster = { api: 'v3', endpoints: ['https://192.0.2.1:2379'] }
const lost = (host: string) => new ConnectionLostError(host, 'forwarding', false)
const unreachable = (host: string) => new EtcdUnreachableError(host, [])

/** A cluster of one key, seen through hosts of which some fail; what each was asked is kept. */
function clusterThrough(failing: Record<string, (call: 'open' | 'read' | 'write') => Error | undefined>) {
  const asked: string[] = []
  const key = { value: null as string | null }
  const attempt = (host: string, call: 'open' | 'read' | 'write') => {
    asked.push(`${host} ${call}`)
    const error = failing[host]?.(call)
    if (error !== undefined) throw error
  }
  const open = (async ({ host }) => {
    attempt(host, 'open')
    const etcd: Etcd = {
      read: async reads => (attempt(host, 'read'), reads.map(read => ({ key: read.key, value: key.value, revision: 1 }))),
      write: async ([write]) => {
        if (write === undefined) return { done: true }
        // It took effect, and the answer was lost.
        if (write.ifValue === undefined || write.ifValue === key.value) key.value = write.value
        else return { done: false, moved: [{ key: write.key, value: key.value, revision: 1 }] }
        attempt(host, 'write')
        return { done: true }
      },
      health: async () => [],
      close: async () => void asked.push(`${host} close`),
    }
    return etcd
  }) as typeof openEtcd
  return { asked, key, open }
}

const sessions = new Map(['n1', 'n2', 'n3', 'n4'].map(name => [name, new FakeSession(name, () => '')]))
const all = [...sessions.keys()]
const read = [{ key: '/k' }]

test('a cluster is opened once, through the first host that reaches it, and closed at the end', async () => {
  const { asked, open } = clusterThrough({ n1: call => (call === 'open' ? unreachable('n1') : undefined) })
  await withEtcd(
    sessions,
    async pool => {
      await (await pool.get(cluster, all)).read(read)
      await (await pool.get({ ...cluster }, ['n3'])).read(read)
    },
    open,
  )
  expect(asked).toEqual(['n1 open', 'n2 open', 'n2 read', 'n2 read', 'n2 close'])
})

test('when its host is lost it is reached through another one, by everybody', async () => {
  let isLost = false
  const { asked, open } = clusterThrough({ n1: () => (isLost ? lost('n1') : undefined) })
  await withEtcd(
    sessions,
    async pool => {
      const etcd = await pool.get(cluster, all)
      await etcd.read(read)
      isLost = true
      await etcd.read(read)
      await (await pool.get(cluster, all)).read(read)
    },
    open,
  )
  expect(asked).toEqual(['n1 open', 'n1 read', 'n1 read', 'n1 close', 'n2 open', 'n2 read', 'n2 read', 'n2 close'])
})

test('a write whose answer was lost with its host, and which took effect, is not taken for somebody else’s', async () => {
  const { key, open } = clusterThrough({ n1: call => (call === 'write' ? lost('n1') : undefined) })
  const write: EtcdWrite = { key: '/k', value: 'ours', ifValue: null }
  expect(await withEtcd(sessions, async pool => (await pool.get(cluster, all)).write([write]), open)).toEqual({ done: true })
  expect(key.value).toBe('ours')
})

test('a host that does not get through any more is left for another; where none does, the last one’s error is told', async () => {
  let down = new Set(['n1'])
  const failing = Object.fromEntries(
    all.map(name => [name, (call: string) => (call === 'read' && down.has(name) ? unreachable(name) : undefined)]),
  )
  const { asked, open } = clusterThrough(failing)
  await withEtcd(
    sessions,
    async pool => {
      const etcd = await pool.get(cluster, all)
      await etcd.read(read)
      down = new Set(all)
      await expect(etcd.read(read)).rejects.toThrow(EtcdUnreachableError)
      // Nothing is remembered of it: the cluster may be back at the next look.
      down = new Set()
      await etcd.read(read)
    },
    open,
  )
  // A cluster that is down costs its deadline on three hosts, not on all.
  expect(asked.filter(word => word.endsWith('read')).length).toBe(1 + 1 + 3 + 1)
})

test('where every host is lost, that is what is told', async () => {
  const { open } = clusterThrough(Object.fromEntries(all.map(name => [name, () => lost(name)])))
  await expect(withEtcd(sessions, pool => pool.get(cluster, all), open)).rejects.toThrow(ConnectionLostError)
})
