import { Ajv } from 'ajv'
import { createHash } from 'node:crypto'
import { ProbeError, RequirementError } from '../../src/resources/errors.js'
import { etcdState } from '../../src/resources/etcd-key.js'
import { systemdUnitKind as kind } from '../../src/resources/systemd-unit.js'
import type { SystemdUnit } from '../../src/resources/unit-desired.js'
import type { UnitState } from '../../src/resources/unit-state.js'
import { worldOf } from '../support/kind-driver.js'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)
const desired = { name: 'x.service', enabled: true, active: true, inputs: ['/etc/x.conf'] }
const started = 1_795_388_518_000_000
const running: UnitState = {
  loadState: 'loaded',
  enabled: 'enabled',
  active: 'active',
  sub: 'running',
  type: 'simple',
  fragment: '/etc/systemd/system/x.service',
  identity: 'i1',
  startedAtUs: started,
  needsReload: false,
  inputs: [
    { key: 'file:/etc/systemd/system/x.service', present: A, changedAtUs: started - 1e6 },
    { key: 'file:/etc/x.conf', present: A, changedAtUs: started - 1e6 },
  ],
}
const stopped: UnitState = { ...running, active: 'inactive', sub: 'dead' }
const missing: UnitState = { ...stopped, loadState: 'not-found', enabled: '', fragment: '' }
const withInput = (input: Partial<UnitState['inputs'][number]>, state = running): UnitState => ({
  ...state,
  inputs: [state.inputs[0]!, { ...state.inputs[1]!, ...input }],
})
const fileState = (digest: string) => ({ type: 'file', digest, mode: 0o644, uid: 0, gid: 0, owner: 'root', group: 'root', sizeBytes: 1 })
const planned = worldOf({ 'file:/etc/systemd/system/x.service': fileState(B) })
const steps = (state: UnitState, world = worldOf(), wanted: SystemdUnit = desired) => kind.steps(wanted, state, world).map(String)

describe('what would change', () => {
  test('nothing, where it is enabled and runs with what is there', () => expect(kind.diff(desired, running, worldOf())).toEqual([]))

  test('a stopped unit that should run is one change', () =>
    expect(kind.diff(desired, stopped, worldOf())).toEqual([{ field: 'active', before: false, after: true }]))

  test('a unit that an earlier task writes is created, enabled and started', () => {
    const changes = kind.diff(desired, missing, planned)
    expect(changes).toEqual([
      { field: 'enabled', before: null, after: true },
      { field: 'active', before: null, after: true },
    ])
    expect(kind.action!(desired, missing, changes)).toBe('create')
  })

  test.each([
    ['failed', 'failed'],
    ['activating', 'activating'],
  ])('a unit that is %s is told so', (active, before) =>
    expect(kind.diff(desired, { ...running, active }, worldOf())).toEqual([{ field: 'active', before, after: true }]),
  )

  test.each(['static', 'indirect', 'generated', 'alias'])('a unit that is %s has nothing to enable', enabled =>
    expect(kind.diff(desired, { ...running, enabled }, worldOf())).toEqual([]),
  )

  test('enabled until the next boot only is not enabled', () =>
    expect(kind.diff(desired, { ...running, enabled: 'enabled-runtime' }, worldOf())).toEqual([
      { field: 'enabled', before: 'enabled-runtime', after: true },
    ]))

  test('stopping and disabling what is not there is nothing', () =>
    expect(kind.diff({ name: 'x.service', enabled: false, active: false }, missing, worldOf())).toEqual([]))

  test('a unit file that only systemd has to read again is a change', () =>
    expect(kind.diff({ name: 'x.service' }, { ...stopped, needsReload: true }, worldOf())).toEqual([
      { field: 'reload', before: null, after: 'systemd reads its unit file again' },
    ]))
})

describe('restart as a state', () => {
  const restart = (state: UnitState, world = worldOf(), wanted: SystemdUnit = desired) =>
    kind.diff(wanted, state, world).find(({ field }) => field === 'restart')?.after ?? null

  test('recorded with another digest than is there', () => {
    const changes = kind.diff(desired, withInput({ recorded: B }), worldOf())
    expect(changes).toEqual([{ field: 'restart', before: null, after: '/etc/x.conf changed' }])
    expect(kind.action!(desired, withInput({ recorded: B }), changes)).toBe('restart')
  })
  test('recorded with what is there, whatever the clocks say', () =>
    expect(restart(withInput({ recorded: A, changedAtUs: started + 1e6 }))).toBeNull())
  test('not recorded and younger than the process', () =>
    expect(restart(withInput({ changedAtUs: started + 1 }))).toBe('/etc/x.conf changed'))
  test('not recorded, and older by less than the margin of 20 ms', () =>
    expect(restart(withInput({ changedAtUs: started - 19_000 }))).toBe('/etc/x.conf changed'))
  test('not recorded, and older by more', () => expect(restart(withInput({ changedAtUs: started - 21_000 }))).toBeNull())
  test('not there, before and after', () => expect(restart(withInput({ present: 'absent', changedAtUs: undefined }))).toBeNull())
  test('gone since the process was started with it', () =>
    expect(restart(withInput({ recorded: A, present: 'absent', changedAtUs: undefined }))).toBe('/etc/x.conf changed'))
  test('its unit file is planned to change', () =>
    expect(restart(running, planned)).toBe('its unit file changed: /etc/systemd/system/x.service'))
  test('its unit file is not a matter of the plan', () =>
    expect(restart({ ...running, inputs: [{ ...running.inputs[0]!, recorded: B }, running.inputs[1]!] })).toBeNull())
  test('a planned file that the process already runs with', () =>
    expect(restart(withInput({ recorded: B }), worldOf({ 'file:/etc/x.conf': fileState(B) }))).toBeNull())
  test('several reasons are all told', () =>
    expect(restart(withInput({ recorded: B }), planned)).toBe('its unit file changed: /etc/systemd/system/x.service; /etc/x.conf changed'))
  test('never, where the role says so', () =>
    expect(restart(withInput({ recorded: B }), worldOf(), { ...desired, restart: 'never' })).toBeNull())
  test('not of a unit that is to be stopped', () =>
    expect(restart(withInput({ recorded: B }), worldOf(), { ...desired, active: false })).toBeNull())
  test('also where the role does not care whether it runs', () =>
    expect(restart(withInput({ recorded: B }), worldOf(), { ...desired, active: undefined })).toBe('/etc/x.conf changed'))
  test('systemd has not read the unit file yet that the plan finds as wanted', () =>
    expect(restart({ ...running, needsReload: true }, worldOf({ 'file:/etc/systemd/system/x.service': fileState(A) }))).toMatch(
      /^its unit file changed/,
    ))
  test('no start time is known: it may have been started before', () =>
    expect(restart({ ...running, startedAtUs: undefined })).toBe('/etc/x.conf changed'))
})

describe('an input behind links', () => {
  const linked = withInput({ present: A, target: '/opt/a', link: '../opt/a', recorded: A })
  const restarts = (world = worldOf(), state = linked) => kind.diff(desired, state, world).length > 0
  test('what the plan does to the end of an old link counts', () => expect(restarts(worldOf({ 'file:/opt/a': fileState(B) }))).toBe(true))
  test('a link that the plan points to what it writes counts by that', () => {
    const link = { type: 'symlink', target: '/opt/b', word: '/opt/b' }
    expect(restarts(worldOf({ 'file:/etc/x.conf': link, 'file:/opt/b': fileState(A) }))).toBe(false)
    expect(restarts(worldOf({ 'file:/etc/x.conf': link, 'file:/opt/b': fileState(B) }))).toBe(true)
  })
  test('a link that the plan points to what nobody knows restarts; as it was, it does not', () => {
    expect(restarts(worldOf({ 'file:/etc/x.conf': { type: 'symlink', target: '/opt/c', word: '/opt/c' } }))).toBe(true)
    expect(restarts(worldOf({ 'file:/etc/x.conf': { type: 'symlink', target: '../opt/a', word: '../opt/a' } }))).toBe(false)
  })
  test('a ring of links ends', () => {
    const ring = worldOf({
      'file:/etc/x.conf': { type: 'symlink', target: '/etc/y', word: '' },
      'file:/etc/y': { type: 'symlink', target: '/etc/x.conf', word: '' },
    })
    expect(() => restarts(ring)).not.toThrow()
  })
})

describe('a key of etcd that a daemon reads when it starts', () => {
  const key = 'etcd3:/coreos.com/network/config' as const
  const wanted = { ...desired, inputs: [{ etcd: key }] }
  const value = etcdState({ key: '', value: '{"Network":"10.244.0.0/16"}', revision: 5 })
  const state = (recorded?: string): UnitState => ({
    ...running,
    inputs: [running.inputs[0]!, { key, ...(recorded === undefined ? {} : { recorded }) }],
  })
  const restarts = (observed: UnitState, world: unknown) =>
    kind.diff(wanted, observed, worldOf(world === undefined ? {} : { [key]: world })).map(({ after }) => after)

  test('without a record it counts as read', () => expect(restarts(state(), value)).toEqual([]))
  test('without a record, and changed by this plan', () =>
    expect(restarts(state(), { ...value, revision: null })).toEqual(['etcd key /coreos.com/network/config changed']))
  test('recorded, and another now', () => expect(restarts(state(B), value)).toHaveLength(1))
  test('recorded, and the same', () => expect(restarts(state(value.digest), { ...value, revision: null })).toEqual([]))
  test('nobody read it', () => expect(restarts(state(B), undefined)).toEqual([]))
  test('is read where the role says which etcd', () => {
    const cluster = { api: 'v3' as const, endpoints: ['https://192.0.2.1:2379'] }
    expect(kind.clusterReads!({ ...desired, inputs: [{ etcd: key, cluster }, '/etc/x'] })).toEqual([
      { cluster, reads: [{ key: '/coreos.com/network/config' }] },
    ])
  })
  test('is adopted as it was read; one that this plan changes as something else', () => {
    const adopted = (world: unknown) => String(kind.adopt!(wanted, state(), worldOf({ [key]: world })))
    expect(adopted(value)).toBe(`np_unit_adopt x.service i1 'etcd ${value.digest} ${key}'`)
    expect(adopted({ ...value, revision: null })).toContain(`'etcd other ${key}'`)
    expect(adopted({ ...value, revision: null, digestAsRead: B })).toContain(`'etcd ${B} ${key}'`)
  })
})

describe('what neither the host nor the plan has', () => {
  const needs =
    (state: UnitState, world = worldOf()) =>
    () =>
      kind.diff(desired, state, world)
  test('no unit', () => expect(needs(missing)).toThrow(/no unit x\.service/))
  test('a template that the plan writes is enough for its instances', () =>
    expect(
      kind.diff({ name: 'x@1.service', active: true }, missing, worldOf({ 'file:/etc/systemd/system/x@.service': fileState(A) })),
    ).toHaveLength(1))
  test('a unit whose file the plan removes', () =>
    expect(needs(running, worldOf({ 'file:/etc/systemd/system/x.service': { type: 'absent' } }))).toThrow(RequirementError))
  test('masked', () => expect(needs({ ...stopped, loadState: 'masked', enabled: 'masked' })).toThrow(/masked/))
  test('masked by a link that the plan replaces', () =>
    expect(needs({ ...stopped, loadState: 'masked', enabled: 'masked' }, planned)).not.toThrow())
  test('broken', () => expect(needs({ ...stopped, loadState: 'bad-setting' })).toThrow(/bad-setting/))
})

describe('steps', () => {
  test('a new unit: enable, read, run', () =>
    expect(steps(missing, planned)).toEqual([
      'np_unit_read x.service enable new',
      `np_unit_run x.service 90 when-stale 'plain /etc/systemd/system/x.service\nplain /etc/x.conf'`,
    ]))
  test('a restart for a file that systemd does not read needs no reload', () =>
    expect(steps(withInput({ recorded: B }))).toEqual([`np_unit_run x.service 90 when-stale 'plain /etc/x.conf'`]))
  test('a restart because of the unit file reloads first, though systemd may not see that it must', () =>
    expect(
      steps(
        { ...running, inputs: [{ ...running.inputs[0]!, recorded: B }] },
        worldOf({ 'file:/etc/systemd/system/x.service': fileState(A) }),
      )[0],
    ).toBe('np_unit_read x.service enable changed'))
  test('stop, then disable', () =>
    expect(steps(running, worldOf(), { name: 'x.service', enabled: false, active: false })).toEqual([
      'np_unit_stop x.service 90',
      'systemctl disable x.service',
    ]))
  test('after the steps nothing would change', () => {
    for (const [state, world] of [
      [missing, planned],
      [stopped, planned],
      [running, planned],
      [withInput({ recorded: B }), worldOf()],
    ] as const)
      expect(kind.diff(desired, kind.after(desired, state, world), world)).toEqual([])
  })
  test('what is put back after a death does not depend on names: quoted', () =>
    expect(steps(stopped, worldOf(), { name: 'x.service', active: true, inputs: ["/etc/it's $(x)"] })[0]).toContain(`'`))
})

describe('before the first write', () => {
  test('what the process surely runs with is recorded', () =>
    expect(String(kind.adopt!(desired, running, worldOf()))).toBe(`np_unit_adopt x.service i1 'plain /etc/x.conf'`))
  test('nothing where all is recorded, or it is not sure, or it does not run', () => {
    expect(kind.adopt!(desired, withInput({ recorded: A }), worldOf())).toBeUndefined()
    expect(kind.adopt!(desired, withInput({ changedAtUs: started }), worldOf())).toBeUndefined()
    expect(kind.adopt!(desired, stopped, worldOf())).toBeUndefined()
  })
})

describe('what the probe prints', () => {
  const block = (more = '') =>
    `Id=x.service\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nInvocationID=i1\nNeedDaemonReload=no\nExecMainStartTimestamp=Sun 2026-11-22 23:01:58.099193 UTC\nInactiveExitTimestamp=Sun 2026-11-22 23:01:57.000001 UTC\n${more}`
  const parsed = (text: string) => kind.parse(Buffer.from(text), desired)
  const inputs = `input absent - - - \ninput ${A} ${B} 1795388517.940229535 1795388517.943777477 /opt/a\t../opt/a\n`

  test('properties, times to the microsecond, links', () =>
    expect(parsed(`${block()}record current\n${inputs}`)).toMatchObject({
      active: 'active',
      startedAtUs: 1_795_388_518_099_193,
      inputs: [
        { key: 'file:/etc/systemd/system/x.service', present: 'absent' },
        { present: A, recorded: B, changedAtUs: 1_795_388_517_943_778, target: '/opt/a', link: '../opt/a' },
      ],
    }))
  test('a record of another process is none', () =>
    expect(parsed(`${block()}record none\n${inputs}`).inputs[1]).not.toHaveProperty('recorded'))
  test('of a systemd before 247 whole seconds, and of a forking service the start of all of it', () => {
    expect(parsed(`${block().replace('58.099193', '58')}record none\n${inputs}`).startedAtUs).toBe(1_795_388_518_000_000)
    expect(parsed(`${block('Type=forking\n')}record none\n${inputs}`).startedAtUs).toBe(1_795_388_517_000_001)
  })
  test('a ctime without a fraction is taken for the end of its second', () =>
    expect(parsed(`${block()}record none\ninput absent - - - \ninput ${A} - 1795388517 1795388517 \n`).inputs[1]!.changedAtUs).toBe(
      1_795_388_517_999_999,
    ))
  test('a systemd that does not answer is told in its words', () =>
    expect(() => parsed('error System has not been booted with systemd\n')).toThrow(/not been booted/))
  test.each([
    '',
    'nonsense',
    `${block()}record none\n`,
    `${block()}record none\n${inputs}${inputs}`,
    `${block()}record none\n${inputs.replace(A, 'zz')}`,
  ])('%j is an error', text => expect(() => parsed(text)).toThrow(ProbeError))
})

test('the digest of a secret leaves the host salted, and is compared so', () => {
  const salt = 'a1b2'
  const salted = (digest: string) =>
    createHash('sha256')
      .update(salt + digest)
      .digest('hex')
  const wanted = { ...desired, inputs: [{ path: '/etc/x.conf', secret: true as const }] }
  expect(kind.probe(wanted, worldOf({}, salt)).batch?.words).toEqual([
    'x.service',
    salt,
    'plain /etc/systemd/system/x.service\nsecret /etc/x.conf',
  ])
  const state = withInput({ recorded: salted(A), present: salted(A) })
  expect(kind.diff(wanted, state, worldOf({ 'file:/etc/x.conf': fileState(A) }, salt))).toEqual([])
  expect(kind.diff(wanted, state, worldOf({ 'file:/etc/x.conf': { ...fileState(salted(A)), salt } }, salt))).toEqual([])
  expect(kind.diff(wanted, state, worldOf({ 'file:/etc/x.conf': { ...fileState(salted(B)), salt } }, salt))).toHaveLength(1)
})

test('what a plan asks for is checked: names, paths, words', () => {
  const isValid = new Ajv({ strict: false }).compile(kind.schema)
  for (const name of ['x.service', 'getty@tty1.service', 'dev-disk-by\\x2dlabel.mount']) expect(isValid({ name })).toBe(true)
  for (const name of ['x', 'x@.service', '-x.service', 'a b.service', 'x.service;reboot', 'x*.service'])
    expect(isValid({ name })).toBe(false)
  expect(isValid({ name: 'x.service', inputs: ['/a b', { path: '/x', secret: true }, { etcd: 'etcd2:/x' }] })).toBe(true)
  for (const input of ['relative', '/new\nline', '/tab\t', '/back\\slash', { etcd: 'file:/x' }])
    expect(isValid({ name: 'x.service', inputs: [input] })).toBe(false)
})

test('the fingerprint tells enabled and running, not which process', () => {
  expect(kind.thing.fingerprint(running)).toBe('enabled=yes active=yes')
  expect(kind.thing.fingerprint(missing)).toBe('enabled=no active=no')
  expect(kind.thing.fingerprint({ ...running, identity: 'other', inputs: [] })).toBe(kind.thing.fingerprint(running))
})
