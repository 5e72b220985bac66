import { RequirementError } from '../../src/resources/errors.js'
import { kernelFeature, kernelFeatureKind as kind, type KernelFeatureState } from '../../src/resources/kernel-feature.js'
import { Driver, worldOf } from '../support/kind-driver.js'
import { describeInSandbox, openSandbox, type Sandbox } from '../support/sandbox.js'

const desired = { name: 'br_netfilter' }
const file = '/etc/modules-load.d/netplay-br_netfilter.conf'
const content = '# Written by netplay.\nbr_netfilter\n'
const diff = (over: Partial<KernelFeatureState>) =>
  kind.diff(desired, { present: 'yes', how: 'effect', file: { type: 'absent' }, ...over }, worldOf())

test('built in or seen at work without modules: nothing to do, nothing to load at boot', () => {
  expect(diff({ how: 'builtin' })).toEqual([])
  expect(diff({ how: 'effect' })).toEqual([])
})
test('a module that is loaded is loaded at boot too', () =>
  expect(diff({ how: 'module' })).toEqual([{ field: file, before: null, after: { text: content } }]))
test('a module that could be loaded is loaded', () => {
  expect(diff({ present: 'no', how: 'loadable' }).map(({ field }) => field)).toEqual(['present', file])
  expect(kind.steps(desired, { present: 'no', how: 'loadable', file: { type: 'absent' } }, worldOf()).map(String)[0]).toBe(
    'np_feature_load br_netfilter /proc/sys/net/bridge/bridge-nf-call-iptables -',
  )
})
test('what nothing shows is taken for there: the task that needs it will say', () =>
  expect(diff({ present: 'unknown', how: '-' })).toEqual([]))
test('neither built in nor a module is an error', () => expect(() => diff({ present: 'no', how: 'missing' })).toThrow(RequirementError))

describeInSandbox('judged by effect', () => {
  let sandbox: Sandbox
  let driver: Driver
  beforeAll(async () => {
    sandbox = await openSandbox()
    driver = new Driver(sandbox.shell, '/run/store')
  })
  afterAll(() => sandbox.close())

  test('a file system that the kernel knows', async () => {
    await sandbox.run('grep -qw tmpfs /proc/filesystems')
    expect(await driver.observe(kernelFeature('x', { name: 'overlay' }))).toMatchObject({ present: 'yes' })
  })

  test('any one of several signs is enough, and none of them is none', async () => {
    const look = () => driver.observe(kernelFeature('x', { name: 'vxlan' }))
    expect((await look()).how).not.toBe('effect')
    await sandbox.run('ip link add vxlan.calico type vxlan id 4096 dstport 4789 dev lo')
    expect(await look()).toMatchObject({ present: 'yes', how: 'effect' })
  })

  /** A kernel with modules: /lib/modules/RELEASE is a folder of ours, modprobe a script that knows one module. */
  test('a kernel with modules: loaded, built in, to be loaded, missing; and back', async () => {
    await sandbox.run(`
      mkdir -p /run/bin /run/modules "/run/lib/$(uname -r)"; : >/run/modules/list
      printf 'kernel/drivers/net/np-built.ko\\n' >"/run/lib/$(uname -r)/modules.builtin"
      mkdir -p /lib/modules; mount --bind /run/lib /lib/modules
      printf '%s\\n' '#!/bin/sh' 'for last; do :; done; [ "$last" = np_mod ] || { echo "modprobe: FATAL: Module $last not found" >&2; exit 1; }' \\
        'case "$*" in *-n*) ;; *-r*) : >/run/modules/list ;; *) echo "np_mod 1 0 - Live 0x0" >/run/modules/list ;; esac' >/run/bin/modprobe
      chmod +x /run/bin/modprobe`)
    const modular = new Driver(
      script => sandbox.shell(`PATH=/run/bin:$PATH\n${script.replaceAll('/proc/modules', '/run/modules/list')}`),
      '/run/store',
    )
    expect(await modular.observe(kernelFeature('x', { name: 'np_built' }))).toMatchObject({ present: 'yes', how: 'builtin' })
    expect(await modular.observe(kernelFeature('x', { name: 'np_none' }))).toMatchObject({ present: 'no', how: 'missing' })
    const task = kernelFeature('x', { name: 'np_mod' })
    expect(await modular.observe(task)).toMatchObject({ present: 'no', how: 'loadable' })
    const plan = await modular.plan([task])
    await modular.apply(plan)
    await modular.apply(plan)
    expect((await modular.plan([task])).items[0]!.changes).toEqual([])
    expect(await sandbox.run('cat /run/modules/list /etc/modules-load.d/netplay-np_mod.conf')).toBe(
      'np_mod 1 0 - Live 0x0\n# Written by netplay.\nnp_mod\n',
    )
    await modular.undo(plan)
    expect(await modular.observe(task)).toMatchObject({ present: 'no', how: 'loadable', file: { type: 'absent' } })
  })
})
