import type { EtcdCluster } from '../../src/etcd.js'
import { openEtcd } from '../../src/transport/etcd.js'
import { LoopbackSession } from './loopback-session.js'

/** A program of its own, to see what etcd leaves behind in a process: run as `node --import tsx etcd-child.ts STORY CLUSTER`. */
const [, , story, cluster] = process.argv as [string, string, string, string]
const session = new LoopbackSession()

const stories: Record<string, () => Promise<void>> = {
  async use() {
    const etcd = await openEtcd(session, JSON.parse(cluster) as EtcdCluster)
    await etcd.read([{ key: '/a' }, { key: '/b', prefix: true }])
    await etcd.health()
    await etcd.close()
  },
  async cutWhileIdle() {
    const etcd = await openEtcd(session, JSON.parse(cluster) as EtcdCluster)
    await etcd.read([{ key: '/a' }])
    session.cut()
    await new Promise(resolve => setTimeout(resolve, 300))
    await etcd.close()
  },
  async closeWhileReading() {
    const etcd = await openEtcd(session, JSON.parse(cluster) as EtcdCluster)
    const reads = Array.from({ length: 5 }, () => etcd.read([{ key: '/a' }]).catch(() => {}))
    await etcd.close()
    await Promise.all(reads)
  },
  async unreachable() {
    const failed = await openEtcd(session, JSON.parse(cluster) as EtcdCluster, { timeoutMs: 300 }).catch((error: unknown) => error)
    if (!(failed instanceof Error)) throw new Error('it was reached')
  },
}

await stories[story]!()
const over = performance.now()
process.on('exit', () => console.log(JSON.stringify({ lingeredMs: Math.round(performance.now() - over) })))
