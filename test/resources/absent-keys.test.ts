import type { EtcdValue } from '../../src/etcd.js'
import { absentKeys, absentKeysKind, type AbsentKeysParams } from '../../src/resources/absent-keys.js'
import type { World } from '../../src/resources/resource.js'
import { withEtcd } from '../../src/transport/etcd.js'
import { describeWithEtcd, startEtcd } from '../support/etcd.js'
import { LoopbackSession } from '../support/loopback-session.js'

const { diff, after, writes, undo, parse, key, reads } = absentKeysKind
const world = {} as World
const prefix = '/coreos.com/network/subnets/'
const wish = (part: Partial<AbsentKeysParams> = {}): AbsentKeysParams => ({
  cluster: { api: 'v3', endpoints: ['http://e1:2379'] },
  prefix,
  where: { PublicIP: '198.18.0.13' },
  ...part,
})
const lease = (publicIp: string) => JSON.stringify({ PublicIP: publicIp, BackendType: 'vxlan' })
const at = (name: string, value: string | null): EtcdValue => ({ key: `${prefix}${name}`, value, revision: value === null ? 0 : 7 })
const values = [
  at('10.244.9.0-24', lease('198.18.0.13')),
  at('10.244.1.0-24', lease('198.18.0.1')),
  at('10.244.3.0-24', lease('198.18.0.13')),
]

test('those whose fields say so are found, in order, and no others', () => {
  const { found } = parse(values, wish())
  expect(found.map(({ key: name }) => name)).toEqual([`${prefix}10.244.3.0-24`, `${prefix}10.244.9.0-24`])
  expect(parse([at('x', null), { key: '/elsewhere', value: lease('198.18.0.13'), revision: 1 }], wish()).found).toEqual([])
})

test.each([['no JSON {'], ['null'], ['"198.18.0.13"'], ['[]'], ['{"PublicIP":{}}'], ['{"__proto__":{"PublicIP":"198.18.0.13"}}']])(
  'a value that does not say so is none of them: %s',
  text => expect(parse([at('10.244.9.0-24', text)], wish()).found).toEqual([]),
)

test('each is told, deleted while it holds what was shown, and put back where nobody made it again', () => {
  const observed = parse(values.slice(0, 1), wish())
  const [name, value] = [`${prefix}10.244.9.0-24`, lease('198.18.0.13')]
  expect(diff(wish(), observed, world)).toEqual([
    { field: name, before: { text: `${JSON.stringify(JSON.parse(value), null, 2)}\n` }, after: null },
  ])
  expect(writes(wish(), observed, world)).toEqual([{ key: name, value: null, ifValue: value }])
  expect(undo(wish(), observed, world)).toEqual([{ key: name, value, ifValue: null }])
  expect(undo(wish({ isRemade: true }), observed, world)).toEqual([])
  expect(diff(wish(), after(wish(), observed, world), world)).toEqual([])
})

test('another address, another store: another thing', () => {
  const keys = [wish(), wish({ where: { PublicIP: '198.18.0.14' } }), wish({ cluster: { api: 'v2', endpoints: ['http://e1:2379'] } })].map(
    key,
  )
  expect(new Set(keys).size).toBe(3)
  expect(absentKeys('Give the lease back', wish())).toMatchObject({ type: 'cluster', title: 'Give the lease back' })
})

describeWithEtcd('keys of a real etcd', () => {
  test.each(['v3', 'v2'] as const)(
    '%s: the writes take them away, twice changes nothing, undo brings them back',
    async api => {
      const server = await startEtcd({ api, tls: false })
      try {
        await withEtcd(new LoopbackSession(), server.cluster, async etcd => {
          const gone = wish({ cluster: server.cluster })
          const look = async () => parse(await etcd.read(reads(gone)), gone)
          expect((await look()).found).toEqual([])
          for (const { key: name, value } of values) await etcd.write([{ key: name, value, ifRevision: 0 }])
          const before = await look()
          expect(before.found).toHaveLength(2)
          expect(await etcd.write(writes(gone, before, world))).toEqual({ done: true })
          expect((await look()).found).toEqual([])
          expect(await etcd.read([{ key: `${prefix}10.244.1.0-24` }])).toMatchObject([{ value: lease('198.18.0.1') }])
          expect(await etcd.write(undo(gone, before, world))).toEqual({ done: true })
          expect(await look()).toEqual(before)
        })
      } finally {
        await server.stop()
      }
    },
    30_000,
  )
})
