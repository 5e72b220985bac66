import type { CalicoWrite } from '../../src/calico.js'
import { isStanding, undoOne, writeAll } from '../../src/apply/cluster-write.js'
import { writeCalico } from '../../src/apply/calico-write.js'
import type { EtcdValue } from '../../src/etcd.js'
import { calicoResourceKind as kind, type CalicoResourceParams } from '../../src/resources/calico-resource.js'
import { ConnectionLostError } from '../../src/transport/errors.js'
import { openEtcd, type Etcd } from '../../src/transport/etcd.js'
import type { Session } from '../../src/transport/session.js'
import { fakeCalicoctl, type FakeCalicoctl } from '../support/calicoctl.js'
import { describeWithEtcd, startEtcd, type EtcdUnderTest } from '../support/etcd.js'
import { worldOf } from '../support/kind-driver.js'
import { LoopbackSession } from '../support/loopback-session.js'

const world = worldOf()

describeWithEtcd('writes of calico on a real etcd, by a stand-in of calicoctl', () => {
  let server: EtcdUnderTest
  let etcd: Etcd
  let calicoctl: FakeCalicoctl
  const session = new LoopbackSession() as unknown as Session
  beforeAll(async () => {
    server = await startEtcd({ api: 'v3', tls: false })
    etcd = await openEtcd(session, server.cluster)
  }, 30_000)
  afterAll(async () => {
    await etcd.close()
    await server.stop()
  })
  beforeEach(async () => {
    calicoctl = await fakeCalicoctl(server.endpoints)
    await server.ctl('del', '--prefix', '/calico')
  })
  afterEach(() => calicoctl.remove())

  const wish = (set: CalicoResourceParams['set'], rest: Partial<CalicoResourceParams> = {}): CalicoResourceParams => ({
    cluster: server.cluster,
    calicoctl: { path: calicoctl.path, config: calicoctl.config },
    kind: 'BGPConfiguration',
    name: 'default',
    set,
    ...rest,
  })
  const as = (asNumber: number) => wish({ spec: { asNumber } })
  const look = async (desired: CalicoResourceParams): Promise<EtcdValue> => (await etcd.read(kind.reads(desired)))[0]!
  const planned = async (desired: CalicoResourceParams) => {
    const state = kind.parse([await look(desired)], desired)
    const [write] = kind.writes(desired, state, world)
    const [undo] = kind.undo(desired, state, world)
    return { write: write as CalicoWrite, undo: undo as CalicoWrite }
  }
  const apply = async (desired: CalicoResourceParams) => writeCalico(session, etcd, (await planned(desired)).write)
  const spec = async () => (JSON.parse((await look(as(1))).value ?? '{"spec":null}') as { spec: unknown }).spec
  /** Somebody else, while calicoctl is being run. */
  const meanwhile = (asNumber: number, extra = {}) =>
    `if [ ! -e "$0.once" ]; then : >"$0.once"; printf %s '${JSON.stringify({ kind: 'BGPConfiguration', metadata: { name: 'default' }, spec: { asNumber, ...extra } })}' | ETCDCTL_API=3 etcdctl --endpoints ${server.endpoints.join(',')} put /calico/resources/v3/projectcalico.org/bgpconfigurations/default >/dev/null; fi`

  test('absent: created; then patched, with what others wrote beside it; then nothing is left to do', async () => {
    expect(await apply(as(64567))).toBe('written')
    expect(await apply(wish({ spec: { nodeToNodeMeshEnabled: false } }))).toBe('written')
    expect(await spec()).toEqual({ asNumber: 64567, nodeToNodeMeshEnabled: false })
    expect(kind.diff(as(64567), kind.parse([await look(as(1))], as(64567)), world)).toEqual([])
    expect(await calicoctl.calls()).toEqual(['create', 'apply'])
  })
  test('what is as wanted by then is not written: calicoctl would raise its revision', async () => {
    const { write } = await planned(as(64567))
    await apply(as(64567))
    const before = await look(as(1))
    expect(await writeCalico(session, etcd, write)).toBe('as-wanted')
    expect(await look(as(1))).toEqual(before)
  })
  test('a field that somebody else wrote since the plan: nothing is run, and told', async () => {
    await apply(as(64567))
    const { write } = await planned(as(64568))
    await apply(as(64569))
    expect(isStanding(write, await look(as(1)))).toBe(false)
    expect(await writeAll(session, etcd, [write])).toEqual({ moved: 'spec.asNumber is 64569, planned from 64567' })
    expect(await spec()).toEqual({ asNumber: 64569 })
  })
  test.each<[string, number, object, unknown, unknown]>([
    ['beside our field: it is read again, and both are kept', 64567, { listenPort: 180 }, 'written', { asNumber: 64568, listenPort: 180 }],
    ['our field: it is theirs', 64570, {}, { moved: 'spec.asNumber is 64570, planned from 64567' }, { asNumber: 64570 }],
    ['what we want: that is that', 64568, {}, 'written', { asNumber: 64568 }],
  ])('somebody writes while calicoctl runs %s', async (_, asNumber, extra, result, left) => {
    await apply(as(64567))
    const { write } = await planned(as(64568))
    await calicoctl.before(meanwhile(asNumber, extra))
    expect(await writeCalico(session, etcd, write)).toEqual(result)
    expect(await spec()).toEqual(left)
  })
  test('somebody creates it first: ours goes on top of theirs only where they left the fields alone', async () => {
    const { write } = await planned(as(64568))
    await calicoctl.before(meanwhile(64570))
    expect(await writeCalico(session, etcd, write)).toMatchObject({ moved: expect.any(String) })
    expect(await spec()).toEqual({ asNumber: 64570 })
  })
  test('somebody who never stops writing: after three conflicts it is told', async () => {
    await apply(as(64567))
    const { write } = await planned(as(64568))
    await calicoctl.before(meanwhile(64567).replace('"$0.once" ]', '/nosuch ]'))
    await expect(writeCalico(session, etcd, write)).rejects.toMatchObject({
      code: 'CALICOCTL',
      words: expect.stringContaining('update conflict'),
    })
    expect(await calicoctl.calls()).toEqual(['create', 'apply', 'apply', 'apply'])
  })
  test.each<[string, string, number | string, RegExp, RegExp]>([
    ['a value that calico refuses', '', 13, /error with field ASNumber = '13'/, /Mend what it says/],
    ['another version', "echo 'Version mismatch.' >&2; exit 1", 64568, /Version mismatch/, /of the version of the cluster/],
    [
      'a broken configuration, told on stdout',
      "echo 'Failed to create Calico API client: no configuration has been provided'; exit 1",
      64568,
      /Failed to create/,
      /names no etcd/,
    ],
    [
      'the configuration of the other profile (P39)',
      `echo "invalid config file: unknown APIVersion 'v1'" >&2; exit 1`,
      64568,
      /unknown APIVersion/,
      /P39/,
    ],
    ['not a word', 'exit 3', 64568, /ended with status 3/, /Mend/],
    ['an escape sequence', `printf '\\033[2Jx' >&2; exit 1`, 64568, /^\\x1b\[2Jx$/, /Mend/],
    ['success that is none', 'exit 0', 64568, /says that it is done, and etcd holds .*64567/, /Mend/],
  ])('calicoctl answers with %s: its words, how it is left, what to do', async (_, script, asNumber, words, next) => {
    await apply(as(64567))
    const { write } = await planned(as(Number(asNumber)))
    await calicoctl.before(script)
    const error = await writeCalico(session, etcd, write).catch((caught: unknown) => caught as Error & Record<string, string>)
    expect(error).toMatchObject({ code: 'CALICOCTL', message: 'calicoctl did not write BGPConfiguration default' })
    expect((error as Record<string, string>)['words']).toMatch(words)
    expect((error as Record<string, string>)['next']).toMatch(next)
    expect((error as Record<string, string>)['leftAs']).toMatch(/as it was|as etcd says/)
    expect(await spec()).toEqual({ asNumber: 64567 })
  })
  test('one that hangs is ended in time and told as such', async () => {
    const { write } = await planned({ ...as(64568), calicoctl: { path: calicoctl.path, config: calicoctl.config, timeoutSeconds: 1 } })
    await calicoctl.before('exec sleep 60')
    await expect(writeCalico(session, etcd, write)).rejects.toMatchObject({
      words: 'it did not end within 1 s: it waits without end for an etcd that does not answer',
      leftAs: '/calico/resources/v3/projectcalico.org/bgpconfigurations/default in etcd is as it was.',
      next: expect.stringContaining('See that etcd answers from this host'),
    })
  })
  test('what calico/node should have made and has not is told; once it has, it is patched', async () => {
    const node = wish({ metadata: { labels: { rr: 'true' } } }, { kind: 'Node', name: 'n1', mustExist: true })
    const { write } = await planned(node)
    expect(isStanding(write, await look(node))).toBe(true)
    await expect(writeCalico(session, etcd, write)).rejects.toMatchObject({
      code: 'CALICO_MISSING',
      next: expect.stringContaining('n1 (NODENAME)'),
    })
    await server.ctl('put', write.key, '{"kind":"Node","metadata":{"name":"n1"},"spec":{"bgp":{"asNumber":64512}}}')
    expect(isStanding(write, await look(node))).toBe(true)
    expect(await writeCalico(session, etcd, write)).toBe('written')
    expect(JSON.parse((await look(node)).value!)).toMatchObject({
      metadata: { labels: { rr: 'true' } },
      spec: { bgp: { asNumber: 64512 } },
    })
  })

  describe('undo', () => {
    test('puts back fields, and takes away what was made, in reverse order', async () => {
      const first = await planned(as(64567))
      await writeCalico(session, etcd, first.write)
      const second = await planned(wish({ spec: { asNumber: 64568, nodeToNodeMeshEnabled: false } }))
      await writeCalico(session, etcd, second.write)
      expect(await undoOne([session], etcd, second.undo)).toBe('written')
      expect(await spec()).toEqual({ asNumber: 64567 })
      expect(await undoOne([session], etcd, second.undo)).toBe('as-wanted')
      expect(await undoOne([session], etcd, first.undo)).toBe('written')
      expect((await look(as(1))).value).toBeNull()
      expect(await undoOne([session], etcd, first.undo)).toBe('as-wanted')
    })
    test('leaves alone what somebody else changed since', async () => {
      await apply(as(64567))
      const { write, undo } = await planned(as(64568))
      await writeCalico(session, etcd, write)
      await apply(as(64569))
      expect(await undoOne([session], etcd, undo)).toEqual({ moved: 'spec.asNumber is 64569, planned from 64568' })
      expect(await spec()).toEqual({ asNumber: 64569 })
    })
    test('of settings that we made and others added to: ours go, theirs stay', async () => {
      const { write, undo } = await planned(as(64567))
      await writeCalico(session, etcd, write)
      await apply(wish({ spec: { listenPort: 180 } }))
      expect(await undoOne([session], etcd, undo)).toBe('written')
      expect(await spec()).toEqual({ listenPort: 180 })
    })
    test.each<[string, () => Promise<void>]>([
      ['calicoctl', () => calicoctl.remove()],
      ['its configuration', () => calicoctl.before(`rm -f ${calicoctl.config}`)],
    ])('where the same run took %s away again, etcd is written as calicoctl would have', async (_, takeAway) => {
      await apply(wish({ spec: { listenPort: 180 } }))
      const { write, undo } = await planned(as(64567))
      await writeCalico(session, etcd, write)
      await takeAway()
      expect(await undoOne([session], etcd, undo)).toBe('written')
      expect(JSON.parse((await look(as(1))).value!)).toEqual({
        kind: 'BGPConfiguration',
        apiVersion: 'projectcalico.org/v3',
        metadata: { name: 'default', uid: 'u' },
        spec: { listenPort: 180 },
      })
    })
    test('a host that is lost is followed by another', async () => {
      const lost = { host: 'n9', request: () => Promise.reject(new ConnectionLostError('n9', 'calicoctl', true)) } as unknown as Session
      const { write, undo } = await planned(as(64567))
      await writeCalico(session, etcd, write)
      expect(await undoOne([lost, session], etcd, undo)).toBe('written')
      expect((await look(as(1))).value).toBeNull()
    })
  })
})
