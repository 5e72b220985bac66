import { Ajv } from 'ajv'
import type { EtcdValue } from '../../src/etcd.js'
import { etcdKey, etcdKeyKind, etcdState, type EtcdKeyParams, type EtcdKeyState } from '../../src/resources/etcd-key.js'
import type { World } from '../../src/resources/resource.js'
import { withEtcd } from '../../src/transport/etcd.js'
import { describeWithEtcd, startEtcd } from '../support/etcd.js'
import { LoopbackSession } from '../support/loopback-session.js'

const { diff, after, writes, undo, parse, key } = etcdKeyKind
const world = {} as World
const path = '/coreos.com/network/config'
const hostGw = { Network: '10.200.0.0/16', SubnetLen: 24, Backend: { Type: 'host-gw' } }
const vxlan = { ...hostGw, Backend: { Type: 'vxlan' } }
const wish = (part: Partial<EtcdKeyParams> = {}): EtcdKeyParams => ({
  cluster: { api: 'v3', endpoints: ['http://e1:2379'] },
  key: path,
  value: hostGw,
  ...part,
})
const holding = (value: string | null, revision = 7): EtcdKeyState =>
  etcdState({ key: path, value, revision: value === null ? 0 : revision })
const refusal = (desired: EtcdKeyParams, observed: EtcdKeyState) => {
  try {
    diff(desired, observed, world)
  } catch (error) {
    return error as { code: string; message: string; next: string; words: string }
  }
  throw new Error('it was not refused')
}

describe('a key that is absent', () => {
  test('is written, as compact JSON in the order of the wish, if it is still absent', () => {
    expect(diff(wish(), holding(null), world)).toEqual([
      { field: 'value', before: null, after: { text: `${JSON.stringify(hostGw, null, 2)}\n` } },
    ])
    expect(writes(wish(), holding(null), world)).toEqual([{ key: path, value: JSON.stringify(hostGw), ifRevision: 0 }])
  })
  test('is taken away again by undo, if it still holds what was written', () => {
    expect(undo(wish(), holding(null), world)).toEqual([{ key: path, value: null, ifValue: JSON.stringify(hostGw) }])
  })
})

describe('a key that means the same', () => {
  test.each([
    ['other blanks and another order', ' {\n"Backend" : {"Type":"host-gw"}, "SubnetLen":24,"Network":"10.200.0.0/16"}\n', {}],
    ['a default left out', '{"Network":"10.200.0.0/16","Backend":{"Type":"host-gw"}}', { defaults: { SubnetLen: 24 } }],
    [
      'a nested default written out',
      '{"Network":"10.200.0.0/16","SubnetLen":24,"Backend":{"Type":"host-gw","VNI":1}}',
      { defaults: { Backend: { VNI: 1 } } },
    ],
    ['escapes', '{"Network":"10.200.0.0\\/16","SubnetLen":24.0,"Backend":{"Type":"host\\u002dgw"}}', {}],
  ])('%s: nothing to do', (_, text, part) => {
    expect(diff(wish(part), holding(text), world)).toEqual([])
    expect(writes(wish(part), holding(text), world)).toEqual([])
    expect(undo(wish(part), holding(text), world)).toEqual([])
    expect(after(wish(part), holding(text), world)).toEqual(holding(text))
  })
  test('its digest is that of what it means, so that a daemon started with it counts as fresh', () => {
    const [one, other] = ['{"a":1,"b":{"c":[1,2],"d":null}}', '{ "b": {"d":null,"c":[1, 2]}, "a": 1 }']
    expect(holding(one).digest).toBe(holding(other).digest)
    expect(holding(one).digest).not.toBe(holding('{"a":1,"b":{"c":[2,1],"d":null}}').digest)
    expect(holding(null).digest).toBe('absent')
    expect(holding('text').digest).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('a key that holds something else', () => {
  const other = holding('{"Network":"10.1.0.0/16","SubnetLen":24,"Backend":{"Type":"host-gw"}}')
  test('stops the plan, with what differs, a comparison by lines, and what the role advises', () => {
    const error = refusal(wish({ differentHint: 'Use playbooks/move.yml.' }), other)
    expect(error).toMatchObject({ code: 'REQUIREMENT', next: 'Use playbooks/move.yml.' })
    expect(error.message).toBe(
      `${path} in etcd holds another value, which this play does not change: /Network is "10.1.0.0/16", wanted "10.200.0.0/16"`,
    )
    expect(error.words.split('\n').filter(line => /^[-+]/.test(line))).toEqual([
      '-   "Network": "10.1.0.0/16",',
      '+   "Network": "10.200.0.0/16",',
    ])
    expect(error.words).toContain('      "Type": "host-gw"')
  })
  test('the comparison does not show another order of names as a difference', () => {
    const { words } = refusal(wish(), holding('{"Backend":{"Type":"host-gw"},"SubnetLen":20,"Network":"10.200.0.0/16"}'))
    expect(words.split('\n').filter(line => /^[-+]/.test(line))).toHaveLength(2)
  })
  test('what is not set on one side is said so', () => {
    const error = refusal(wish({ value: { Network: 'a', Backend: {} } }), holding('{"Network":"a","SubnetMin":"x"}'))
    expect(error.message).toContain('/SubnetMin is "x", wanted not set')
    expect(error.message).toContain('/Backend is not set, wanted {}')
  })
  test('is replaced where the role allows it, if it still is at the revision that was read', () => {
    expect(diff(wish({ ifDifferent: 'write' }), other, world)).toHaveLength(1)
    expect(writes(wish({ ifDifferent: 'write' }), other, world)).toEqual([{ key: path, value: JSON.stringify(hostGw), ifRevision: 7 }])
    expect(undo(wish({ ifDifferent: 'write' }), other, world)).toEqual([{ key: path, value: other.value, ifValue: JSON.stringify(hostGw) }])
  })
  test('only what may change is changed: a difference beside it stops all the same', () => {
    const toVxlan = wish({ value: vxlan, ifDifferent: 'write', mayChange: ['/Backend'] })
    expect(diff(toVxlan, holding(JSON.stringify(hostGw)), world)).toHaveLength(1)
    const error = refusal(toVxlan, other)
    expect(error.message).toContain('/Network is')
    expect(error.message).not.toContain('/Backend')
    expect(refusal({ ...toVxlan, mayChange: ['/Back'] }, holding(JSON.stringify(hostGw))).code).toBe('REQUIREMENT')
  })
  test.each(['{"Network":"10.200.0.0/16"', '{Network:10.200.0.0/16,', ' ', 'null x', '{"a":1}\u001b[2J'])(
    'broken JSON stops too, and its text is shown: %j',
    text => {
      for (const part of [{}, { ifDifferent: 'write' as const, mayChange: ['/Backend'] }]) {
        const error = refusal(wish(part), holding(text))
        expect(error.message).toMatch(/is no valid JSON \(.+\); it is left as it is/)
        expect(error.message).not.toContain('\u001b')
        for (const line of text.split('\n')) expect(error.words).toContain(`- ${line}`)
      }
      expect(diff(wish({ ifDifferent: 'write' }), holding(text), world)).toMatchObject([{ before: { text } }])
    },
  )
  test('lists and other kinds of value are compared as a whole', () => {
    for (const [before, value] of [
      ['[1,2]', [2, 1]],
      ['1', '1'],
      ['{}', []],
      ['null', false],
    ] as const)
      expect(refusal(wish({ value }), holding(before)).message).toContain('the value is')
  })
  test('names that mean something to JavaScript are names like any other', () => {
    const text = '{"__proto__":{"polluted":1},"constructor":2}'
    expect(diff(wish({ value: JSON.parse(text), defaults: { toString: 'x' } }), holding(text), world)).toEqual([])
    expect(refusal(wish({ value: {} }), holding(text)).message).toContain('/__proto__ is {"polluted":1}, wanted not set')
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})

describe('text, deletion and what is predicted', () => {
  const asText = (text: string, part: Partial<EtcdKeyParams> = {}): EtcdKeyParams => ({ ...wish(part), value: undefined, text })
  test('text is compared byte by byte', () => {
    expect(diff(asText('true'), holding('true'), world)).toEqual([])
    expect(refusal(asText('{"a":1}'), holding('{"a": 1}')).message).toContain('holds another value than wanted')
    expect(writes(asText('true', { ifDifferent: 'write' }), holding('false'), world)).toMatchObject([{ value: 'true', ifRevision: 7 }])
  })
  test('null deletes what was read, and undo brings it back', () => {
    const gone = wish({ value: null })
    expect(diff(gone, holding('x'), world)).toEqual([{ field: 'value', before: { text: 'x' }, after: null }])
    expect(writes(gone, holding('x'), world)).toEqual([{ key: path, value: null, ifRevision: 7 }])
    expect(undo(gone, holding('x'), world)).toEqual([{ key: path, value: 'x', ifValue: null }])
    expect(after(gone, holding('x'), world)).toMatchObject({ value: null, digest: 'absent' })
    expect(diff(gone, holding(null), world)).toEqual([])
  })
  test('a key that this plan writes twice is compared by what the first write leaves', () => {
    const first = after(wish(), holding(null), world)
    expect(first).toMatchObject({ revision: null, digest: holding(JSON.stringify(hostGw)).digest, digestAsRead: 'absent' })
    expect(after(wish({ value: vxlan, ifDifferent: 'write' }), first, world).digestAsRead).toBe('absent')
    expect(diff(wish(), first, world)).toEqual([])
    expect(writes(wish({ value: vxlan, ifDifferent: 'write' }), first, world)).toEqual([
      { key: path, value: JSON.stringify(vxlan), ifValue: JSON.stringify(hostGw) },
    ])
  })
  test('the two APIs are two things, because they are two stores', () => {
    expect(key(wish())).toBe(`etcd3:${path}`)
    expect(key(wish({ cluster: { api: 'v2', endpoints: [] } }))).toBe(`etcd2:${path}`)
  })
  test('parse finds its key among all that was read', () => {
    const values: EtcdValue[] = [
      { key: '/other', value: 'x', revision: 1 },
      { key: path, value: '1', revision: 2 },
    ]
    expect(parse(values, wish())).toMatchObject({ value: '1', json: 1, revision: 2 })
    expect(parse([], wish())).toEqual({ value: null, revision: 0, digest: 'absent' })
  })
  test('the factory makes a cluster task that knows where it was called', () => {
    const task = etcdKey('Write the network', wish())
    expect(task).toMatchObject({ type: 'cluster', title: 'Write the network' })
    expect(task.origin.file).toContain('etcd-key.test')
  })
})

describe('the schema', () => {
  const valid = new Ajv({ strictRequired: false }).compile(etcdKeyKind.schema)
  test.each([
    ['a value', wish(), true],
    ['null', wish({ value: null }), true],
    ['neither value nor text', { ...wish(), value: undefined }, false],
    ['both', wish({ text: 'x' }), false],
    ['a placeholder nobody filled in (P07)', wish({ key: '/calico/bgp/v1/rr_v4/{HOST-IP}' }), false],
    ['a key without a slash', wish({ key: 'coreos.com' }), false],
    ['a key that ends in one', wish({ key: '/coreos.com/' }), false],
    ['a dual-stack lease', wish({ key: '/coreos.com/network/subnets/10.200.52.0-24&fc00:0:0:5::-64' }), true],
    ['an endpoint without a port (P04)', wish({ cluster: { api: 'v3', endpoints: ['https://e1'] } }), false],
    ['an unknown parameter', { ...wish(), ifdifferent: 'write' }, false],
  ])('%s: %#', (_, params, ok) => {
    expect(valid(JSON.parse(JSON.stringify(params)))).toBe(ok)
  })
})

describeWithEtcd('an etcd key on a real etcd', () => {
  test.each(['v3', 'v2'] as const)(
    '%s: after the writes nothing is left to do, undo puts back, and neither touches what someone else wrote meanwhile',
    async api => {
      const server = await startEtcd({ api, tls: false })
      try {
        await withEtcd(new LoopbackSession(), server.cluster, async etcd => {
          const look = async (desired: EtcdKeyParams) => parse(await etcd.read(etcdKeyKind.reads(desired)), desired)
          const seed = wish({ cluster: server.cluster })
          const switched = wish({ cluster: server.cluster, value: vxlan, ifDifferent: 'write', mayChange: ['/Backend'] })

          const bare = await look(seed)
          expect(await etcd.write(writes(seed, bare, world))).toEqual({ done: true })
          const seeded = await look(seed)
          expect(diff(seed, seeded, world)).toEqual([])
          expect(after(seed, bare, world).digest).toBe(seeded.digest)
          expect(await etcd.write(writes(seed, bare, world))).toMatchObject({ done: false })

          expect(await etcd.write(writes(switched, seeded, world))).toEqual({ done: true })
          expect(diff(switched, await look(switched), world)).toEqual([])
          expect(await etcd.write(undo(switched, seeded, world))).toEqual({ done: true })
          expect((await look(seed)).value).toBe(seeded.value)
          expect(await etcd.write(undo(switched, seeded, world))).toMatchObject({ done: false })
          expect(await etcd.write(undo(seed, bare, world))).toEqual({ done: true })
          expect(await look(seed)).toEqual(bare)
        })
      } finally {
        await server.stop()
      }
    },
    30_000,
  )
})
