import type { Change } from '../../src/change.js'
import type { CalicoWrite } from '../../src/calico.js'
import { calicoctlCall, storedAfter } from '../../src/resources/calico-call.js'
import { judgedCalico } from '../../src/resources/calico-judged.js'
import { calicoResource, calicoResourceKind as kind, type CalicoResourceParams } from '../../src/resources/calico-resource.js'
import { worldOf } from '../support/kind-driver.js'

const calicoctl = { path: '/usr/local/bin/calicoctl', config: '/etc/calico/calicoctl.cfg' }
const current = { cluster: { api: 'v3' as const, endpoints: ['https://198.18.0.11:2379'] }, calicoctl }
const classic = { cluster: { api: 'v2' as const, endpoints: ['https://198.18.0.11:2379'] }, calicoctl }
const world = worldOf()

const pool = (spec: Record<string, unknown> = {}, rest: Partial<CalicoResourceParams> = {}): CalicoResourceParams => ({
  ...current,
  kind: 'IPPool',
  name: 'default-ipv4-ippool',
  set: { spec: { cidr: '172.30.0.0/16', natOutgoing: true, ...spec } },
  ...rest,
})
// Recorded: `calicoctl get ippool default-ipv4-ippool -o json` of v3.31.7, without resourceVersion, which is the key's revision.
const storedPool = {
  kind: 'IPPool',
  apiVersion: 'projectcalico.org/v3',
  metadata: { name: 'default-ipv4-ippool', uid: '0cb63749-d2a8-4d1b-b9f5-bce51f49092a', creationTimestamp: '2026-11-22T20:21:03Z' },
  spec: {
    cidr: '172.30.0.0/16',
    vxlanMode: 'Never',
    ipipMode: 'Never',
    natOutgoing: true,
    blockSize: 26,
    nodeSelector: 'all()',
    allowedUses: ['Workload', 'Tunnel'],
    assignmentMode: 'Automatic',
  },
}
// Recorded from etcd: `etcdctl get --prefix /calico/resources/v3/projectcalico.org/nodes/n1`.
const storedNode =
  '{"kind":"Node","apiVersion":"projectcalico.org/v3","metadata":{"name":"n1","uid":"4043dad2-f27f-4a73-99e1-970609ea09c8","creationTimestamp":"2026-11-22T21:04:41Z"},"spec":{"bgp":{"asNumber":64512,"ipv4Address":"198.18.0.11/24"},"interfaces":[{"name":"host0","addresses":["198.18.0.11"]}]},"status":{}}'
const reflector: CalicoResourceParams = {
  ...current,
  kind: 'Node',
  name: 'n1',
  mustExist: true,
  set: { metadata: { labels: { 'route-reflector': 'true' } }, spec: { bgp: { routeReflectorClusterID: '244.0.0.1' } } },
}
const mesh = (set: CalicoResourceParams['set']): CalicoResourceParams => ({ ...current, kind: 'BGPConfiguration', name: 'default', set })

const text = (value: unknown): string | null => (value === null || typeof value === 'string' ? value : JSON.stringify(value))
const found = (desired: CalicoResourceParams, value: unknown, revision = 63) => ({
  key: kind.reads(desired)[0]!.key,
  value: text(value),
  revision: value === null ? 0 : revision,
})
const observed = (desired: CalicoResourceParams, value: unknown) => kind.parse([found(desired, value)], desired)
const diff = (desired: CalicoResourceParams, value: unknown) => kind.diff(desired, observed(desired, value), world)
const writeOf = (desired: CalicoResourceParams, value: unknown) => kind.writes(desired, observed(desired, value), world)[0] as CalicoWrite
const undoOf = (desired: CalicoResourceParams, value: unknown) => kind.undo(desired, observed(desired, value), world)[0] as CalicoWrite
const standing = (write: CalicoWrite, ...values: unknown[]) =>
  values.map(value => judgedCalico(write, { key: write.key, value: text(value), revision: 1 }).found)
const call = (write: CalicoWrite, value: unknown, revision = 63) =>
  calicoctlCall(write, { key: write.key, value: text(value), revision: value === null ? 0 : revision }).text
const documentIn = (shell: string) => JSON.parse(/^printf %s '(.*)' \| /s.exec(shell)![1]!) as Record<string, Record<string, unknown>>
const refusal = (desired: CalicoResourceParams, value: unknown) => {
  try {
    diff(desired, value)
  } catch (error) {
    return error as { code: string; message: string; next: string; words?: string }
  }
  throw new Error('it was not refused')
}
const linesOf = ([change]: Change[]) =>
  [change!.before, change!.after].map(shown => (shown as { text: string } | null)?.text?.split('\n').filter(Boolean) ?? shown)

describe('where it is', () => {
  test.each<[CalicoResourceParams, string]>([
    [pool(), '/calico/resources/v3/projectcalico.org/ippools/default-ipv4-ippool'],
    [reflector, '/calico/resources/v3/projectcalico.org/nodes/n1'],
    [mesh({}), '/calico/resources/v3/projectcalico.org/bgpconfigurations/default'],
    [{ ...current, kind: 'BGPPeer', name: 'rr', set: {} }, '/calico/resources/v3/projectcalico.org/bgppeers/rr'],
    [
      { ...current, kind: 'FelixConfiguration', name: 'node.n1', set: {} },
      '/calico/resources/v3/projectcalico.org/felixconfigurations/node.n1',
    ],
    [{ ...classic, kind: 'ipPool', name: '10.200.0.0/16', set: {} }, '/calico/v1/ipam/v4/pool/10.200.0.0-16'],
    [{ ...classic, kind: 'bgpPeer', name: '198.18.0.20', set: {} }, '/calico/bgp/v1/global/peer_v4/198.18.0.20'],
    [{ ...classic, kind: 'asNumber', name: 'global', set: { value: 1 } }, '/calico/bgp/v1/global/as_num'],
    [{ ...classic, kind: 'nodeToNodeMesh', name: 'global', set: { value: 'on' } }, '/calico/bgp/v1/global/node_mesh'],
  ])('%#: in etcd at %s', (desired, key) => expect(kind.reads(desired)).toEqual([{ key }]))
  test('its thing is named by kind and name, and its host needs calicoctl and its configuration', () => {
    expect(kind.key(pool())).toBe('calico:IPPool/default-ipv4-ippool')
    expect(kind.onHost!(pool())).toEqual([calicoctl.path, calicoctl.config])
    expect(calicoResource('Pool', pool())).toMatchObject({ type: 'cluster', title: 'Pool' })
  })
})

describe('what is as wanted', () => {
  test.each<[string, CalicoResourceParams, unknown]>([
    ['what the server filled in', pool(), storedPool],
    ['a default written out', pool({ ipipMode: 'Never', disabled: false, blockSize: 26, allowedUses: ['Workload', 'Tunnel'] }), storedPool],
    ['a field to be taken away that is not there', pool({ nodeSelector: 'all()', namespaceSelector: null }), storedPool],
    ['anything, where it is only made', pool({ natOutgoing: false, cidr: '10.0.0.0/8' }, { createOnly: true }), storedPool],
    ['the mesh, which is on where nobody says', mesh({ spec: { nodeToNodeMeshEnabled: true } }), { kind: 'BGPConfiguration', spec: {} }],
    ['what is to be absent', pool({}, { set: null }), null],
  ])('%s: nothing is shown, written or put back', (_, desired, value) => {
    const state = observed(desired, value)
    expect([diff(desired, value), kind.writes(desired, state, world), kind.undo(desired, state, world)]).toEqual([[], [], []])
    expect(kind.after(desired, state, world)).toEqual(state)
  })
})

describe('what is shown', () => {
  test('of a change the lines that differ, and the way to them', () =>
    expect(linesOf(diff(pool({ natOutgoing: false, ipipMode: 'CrossSubnet' }), storedPool))).toEqual([
      ['spec:', '  natOutgoing: true', '  ipipMode: Never'],
      ['spec:', '  natOutgoing: false', '  ipipMode: CrossSubnet'],
    ]))
  test('of a new one all that is set, as YAML', () =>
    expect(linesOf(diff(pool({ nodeSelector: "zone == 'a'", allowedUses: ['Workload'] }), null))).toEqual([
      null,
      ['spec:', '  cidr: 172.30.0.0/16', '  natOutgoing: true', `  nodeSelector: zone == 'a'`, '  allowedUses: ["Workload"]'],
    ]))
  test('of one that goes all that it is', () =>
    expect(
      linesOf(diff({ ...current, kind: 'BGPPeer', name: 'x', set: null }, { kind: 'BGPPeer', spec: { peerIP: '198.18.0.12' } })),
    ).toEqual([['spec:', '  peerIP: 198.18.0.12'], null]))
  test('texts that YAML would take for something else are in quotes, and nothing drives a terminal', () =>
    expect(
      linesOf(
        diff({ ...reflector, mustExist: false, set: { metadata: { labels: { a: 'true', 'b/c': '1', d: '\u001b[2J' } } } }, storedNode),
      ),
    ).toEqual([[], ['metadata:', '  labels:', '    a: "true"', '    b/c: "1"', '    d: "\\u001b[2J"']]))
  test('of what calico/node is still to make: that it is known after apply', () => {
    expect(diff(reflector, null)).toMatchObject([{ before: { unknown: 'calico/node makes it' } }])
    expect(linesOf(diff(reflector, null))[1]).toContain('    routeReflectorClusterID: 244.0.0.1')
  })
})

describe('what is written', () => {
  test('a new resource is created, with nothing but what is set', () => {
    expect(call(writeOf(pool(), null), null)).toBe(
      `printf %s '{"kind":"IPPool","apiVersion":"projectcalico.org/v3","metadata":{"name":"default-ipv4-ippool"},"spec":{"cidr":"172.30.0.0/16","natOutgoing":true}}' | timeout 20 /usr/local/bin/calicoctl create -f - --config=/etc/calico/calicoctl.cfg`,
    )
    expect(writeOf(pool(), null)).toMatchObject({ type: 'calico', before: null })
  })
  test('a change is an apply of the whole resource at the revision that was read', () => {
    const shell = call(writeOf(reflector, storedNode), storedNode, 76)
    expect(shell).toMatch(/ \| timeout 20 \/usr\/local\/bin\/calicoctl apply -f - --config=\/etc\/calico\/calicoctl.cfg$/)
    expect(documentIn(shell)).toEqual({
      kind: 'Node',
      apiVersion: 'projectcalico.org/v3',
      metadata: {
        name: 'n1',
        uid: '4043dad2-f27f-4a73-99e1-970609ea09c8',
        creationTimestamp: '2026-11-22T21:04:41Z',
        resourceVersion: '76',
        labels: { 'route-reflector': 'true' },
      },
      spec: {
        bgp: { asNumber: 64512, ipv4Address: '198.18.0.11/24', routeReflectorClusterID: '244.0.0.1' },
        interfaces: [{ name: 'host0', addresses: ['198.18.0.11'] }],
      },
      status: {},
    })
  })
  test('null takes away a field, and the resource; a deadline and quotes go along', () => {
    const labelled = JSON.stringify({
      ...(JSON.parse(storedNode) as object),
      metadata: { name: 'n1', labels: { 'route-reflector': 'true', rack: "it's" } },
    })
    const gone = {
      ...reflector,
      set: { metadata: { labels: { 'route-reflector': null } } },
      calicoctl: { ...calicoctl, timeoutSeconds: 7 },
    }
    const shell = call(writeOf(gone, labelled), labelled)
    expect(shell).toContain(`"rack":"it'\\''s"`)
    expect(documentIn(shell.replaceAll(`'\\''`, '_'))['metadata']).toEqual({ name: 'n1', resourceVersion: '63', labels: { rack: 'it_s' } })
    expect(shell).toContain('timeout 7 /usr')
    expect(call(writeOf(pool({}, { set: null }), storedPool), storedPool)).toContain(
      ' calicoctl delete -f - '.replace('calicoctl', calicoctl.path),
    )
  })
})

describe('what a write stands on', () => {
  const moved = { ...storedPool, spec: { ...storedPool.spec, natOutgoing: false } }
  const write = writeOf(pool({ ipipMode: 'Always' }), storedPool)
  test('the fields that it is about, and no others', () => {
    const elsewhere = {
      ...storedPool,
      metadata: { ...storedPool.metadata, labels: { a: 'b' } },
      spec: { ...storedPool.spec, disabled: true },
    }
    const wanted = { ...storedPool, spec: { ...storedPool.spec, ipipMode: 'Always' } }
    expect(standing(write, storedPool, elsewhere, wanted, moved, null)).toEqual(['before', 'before', 'after', 'moved', 'moved'])
    expect(judgedCalico(write, { key: '', value: text(moved), revision: 1 })).toEqual({
      found: 'moved',
      fields: ['spec.natOutgoing is false, planned from true'],
    })
  })
  test('a create on its absence; one that is there as wanted needs no write', () =>
    expect(standing(writeOf(pool(), null), null, storedPool, moved)).toEqual(['before', 'after', 'moved']))
  test('a delete on all of it', () =>
    expect(standing(writeOf(pool({}, { set: null }), storedPool), storedPool, moved, null)).toEqual(['before', 'moved', 'after']))
  test('what calico/node is still to make stands on nothing, but must be there', () =>
    expect(standing(writeOf(reflector, null), null, storedNode)).toEqual(['missing', 'before']))
})

describe('two tasks of one plan about one resource', () => {
  const first = mesh({ spec: { asNumber: 64567 } })
  const second = mesh({ spec: { nodeToNodeMeshEnabled: false } })
  const between = kind.after(first, observed(first, null), world)
  test('the second is planned on what the first leaves, and stands on its own fields alone', () => {
    const write = kind.writes(second, between, world)[0] as CalicoWrite
    const made = { kind: 'BGPConfiguration', spec: { asNumber: 64567 } }
    expect(standing(write, made, { ...made, spec: { asNumber: 1, nodeToNodeMeshEnabled: true } }, null)).toEqual([
      'before',
      'before',
      'moved',
    ])
    expect(linesOf(kind.diff(second, between, world))).toEqual([
      ['spec:', '  nodeToNodeMeshEnabled: true'],
      ['spec:', '  nodeToNodeMeshEnabled: false'],
    ])
  })
  test('undone in reverse order nothing is left', () => {
    const made = {
      kind: 'BGPConfiguration',
      apiVersion: 'projectcalico.org/v3',
      metadata: { name: 'default', uid: 'u' },
      spec: { asNumber: 64567 },
    }
    const both = { ...made, spec: { asNumber: 64567, nodeToNodeMeshEnabled: false } }
    const [undoSecond] = kind.undo(second, between, world) as CalicoWrite[]
    expect(standing(undoSecond!, both, made)).toEqual(['before', 'after'])
    expect(documentIn(call(undoSecond!, both))['spec']).toEqual({ asNumber: 64567 })
    expect(standing(undoOf(first, null), both, made, null)).toEqual(['moved', 'before', 'after'])
  })
  test('a node that calico/node is still to make: the second wish of the same is nothing new', () => {
    const awaited = kind.after(reflector, observed(reflector, null), world)
    expect(kind.diff(reflector, awaited, world)).toEqual([])
    const next = { ...reflector, set: { metadata: { labels: { rack: '3' } } } }
    expect((kind.writes(next, awaited, world)[0] as CalicoWrite).before).toBeUndefined()
  })
})

describe('undo', () => {
  test('takes back the fields that were written, one by one: what others put beside them stays', () => {
    const after = storedAfter(writeOf(reflector, storedNode), found(reflector, storedNode))!
    const theirs = JSON.parse(after) as { metadata: { labels: object } }
    const shared = { ...theirs, metadata: { ...theirs.metadata, labels: { ...theirs.metadata.labels, rack: '3' } } }
    const undo = undoOf(reflector, storedNode)
    expect(standing(undo, after, shared, storedNode)).toEqual(['before', 'before', 'after'])
    expect(documentIn(call(undo, shared))).toMatchObject({ metadata: { labels: { rack: '3' } }, spec: { bgp: { asNumber: 64512 } } })
    expect(JSON.parse(storedAfter(undo, found(reflector, after))!)).toEqual(JSON.parse(storedNode))
  })
  test('deletes what was made, while nobody has added to it; a field of the server is no addition', () => {
    const undo = undoOf(pool(), null)
    const added = { ...storedPool, spec: { ...storedPool.spec, namespaceSelector: 'all()' } }
    expect(undo.set).toBeNull()
    expect(standing(undo, storedPool, added, null)).toEqual(['before', 'moved', 'after'])
    expect(undo.keepOthers).toBeUndefined()
    expect(undoOf(mesh({ spec: { asNumber: 1 } }), null).keepOthers).toEqual({ spec: { asNumber: null } })
  })
  test('makes again what was deleted, while nobody else has', () => {
    const undo = undoOf(pool({}, { set: null }), storedPool)
    expect(standing(undo, null, storedPool, { ...storedPool, spec: { cidr: '10.0.0.0/8' } })).toEqual(['before', 'after', 'moved'])
    expect(documentIn(call(undo, null))).toMatchObject({ metadata: { name: 'default-ipv4-ippool' }, spec: storedPool.spec })
  })
  test('of a node that calico/node made meanwhile takes the fields away, and never the node', () => {
    const undo = undoOf(reflector, null)
    const after = storedAfter(writeOf(reflector, null), found(reflector, storedNode))!
    expect(undo.set).toEqual({ metadata: { labels: { 'route-reflector': null } }, spec: { bgp: { routeReflectorClusterID: null } } })
    expect(JSON.parse(storedAfter(undo, found(reflector, after))!)).toEqual(JSON.parse(storedNode))
  })
})

describe('what stops the plan', () => {
  test('a field that can never change, with what it is', () => {
    expect(refusal(pool({ cidr: '172.31.0.0/16' }), storedPool)).toMatchObject({
      code: 'REQUIREMENT',
      message: `calico's IPPool default-ipv4-ippool cannot be changed like this: spec.cidr is "172.30.0.0/16", wanted "172.31.0.0/16"`,
    })
    const error = refusal(pool({ blockSize: 27 }, { immutable: ['/spec/blockSize'], immutableHint: 'Make a second pool.' }), storedPool)
    expect(error).toMatchObject({ next: 'Make a second pool.' })
    expect(error.message).toContain('spec.blockSize is 26, wanted 27')
  })
  test.each(['{', '[]', '"x"', '{"kind":"Node"}', 'no\u001b[2J'])('what is no resource of calico, and its text: %j', value => {
    const error = refusal(pool(), value)
    expect(error.message).toContain('is no IPPool of calico; it is left as it is')
    expect(error.words).not.toContain('\u001b')
  })
})

describe('the forms of profile classic', () => {
  const ipip = { enabled: true, mode: 'cross-subnet' }
  const table: [CalicoResourceParams, stored: string, command: string][] = [
    [
      { ...classic, kind: 'ipPool', name: '10.200.0.0/16', set: { spec: { ipip, 'nat-outgoing': true } } },
      '{"cidr":"10.200.0.0/16","ipip":"tunl0","ipip_mode":"cross-subnet","masquerade":true,"ipam":true,"disabled":false}',
      `printf %s '{"apiVersion":"v1","kind":"ipPool","metadata":{"cidr":"10.200.0.0/16"},"spec":{"ipip":{"enabled":true,"mode":"cross-subnet"},"nat-outgoing":true,"disabled":false}}' | timeout 20 /usr/local/bin/calicoctl create -f - --config=/etc/calico/calicoctl.cfg`,
    ],
    [
      { ...classic, kind: 'bgpPeer', name: '198.18.0.20', set: { spec: { asNumber: 64567 } } },
      '{"ip":"198.18.0.20","as_num":"64567"}',
      `printf %s '{"apiVersion":"v1","kind":"bgpPeer","metadata":{"peerIP":"198.18.0.20","scope":"global"},"spec":{"asNumber":64567}}' | timeout 20 /usr/local/bin/calicoctl create -f - --config=/etc/calico/calicoctl.cfg`,
    ],
    [
      { ...classic, kind: 'asNumber', name: 'global', set: { value: 64567 } },
      '64567',
      'timeout 20 /usr/local/bin/calicoctl config set asNumber 64567 --config=/etc/calico/calicoctl.cfg',
    ],
    [
      { ...classic, kind: 'nodeToNodeMesh', name: 'global', set: { value: 'off' } },
      '{"enabled":false}',
      'timeout 20 /usr/local/bin/calicoctl config set nodeToNodeMesh off --config=/etc/calico/calicoctl.cfg',
    ],
  ]
  test.each(table)('%#: written by its own words, and then there is nothing to do', (desired, stored, command) => {
    const write = writeOf(desired, null)
    expect(call(write, null).replace('"nat-outgoing":true}}', '"nat-outgoing":true,"disabled":false}}')).toBe(command)
    expect(JSON.parse(storedAfter(write, found(desired, null))!)).toEqual(JSON.parse(stored))
    expect(diff(desired, stored)).toEqual([])
    expect(standing(undoOf(desired, null), stored)).toEqual(['before'])
  })
  test.each<[CalicoResourceParams]>([
    [{ ...classic, kind: 'nodeToNodeMesh', name: 'global', set: { value: 'on' } }],
    [{ ...classic, kind: 'asNumber', name: 'global', set: { value: 64512 } }],
  ])('a setting that nobody set has its default: %j', desired => expect(diff(desired, null)).toEqual([]))
  test('undo of a setting sets what holds when nobody set it: calicoctl v1 takes none away', () => {
    const undo = undoOf({ ...classic, kind: 'nodeToNodeMesh', name: 'global', set: { value: 'off' } }, null)
    expect(standing(undo, '{"enabled":false}', '{"enabled":true}', null)).toEqual(['before', 'after', 'after'])
    expect(call(undo, '{"enabled":false}')).toContain(' config set nodeToNodeMesh on ')
  })
  test('a tunnel that is turned off comes back by undo with its mode, which calico does not keep', () => {
    const stored = table[0]![1]
    const off = { ...table[0]![0], set: { spec: { ipip: { enabled: false } } } }
    const after = storedAfter(writeOf(off, stored), found(off, stored))!
    const undo = undoOf(off, stored)
    expect(JSON.parse(after)).toMatchObject({ ipip: '', ipip_mode: '' })
    expect(standing(undo, after)).toEqual(['before'])
    expect(JSON.parse(storedAfter(undo, found(off, after))!)).toEqual(JSON.parse(stored))
  })
})
