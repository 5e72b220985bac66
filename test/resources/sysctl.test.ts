import { Ajv } from 'ajv'
import { ProbeError, RequirementError } from '../../src/resources/errors.js'
import { sysctl, sysctlKind as kind, type SysctlState } from '../../src/resources/sysctl.js'
import { Driver, worldOf } from '../support/kind-driver.js'
import { describeInSandbox, openSandbox, type Sandbox } from '../support/sandbox.js'

const desired = { name: 'net.ipv4.ip_forward', value: 1 }
const path = '/etc/sysctl.d/90-netplay-net.ipv4.ip_forward.conf'
const content = '# Written by netplay.\nnet.ipv4.ip_forward = 1\n'
const state = (over: Partial<SysctlState> = {}): SysctlState => ({
  live: '1',
  path,
  file: { type: 'text', text: content },
  setIn: [],
  ...over,
})

describe('what would change', () => {
  test('nothing, where the live value and the file are as wanted', () => expect(kind.diff(desired, state(), worldOf())).toEqual([]))
  test('a live value that is another', () =>
    expect(kind.diff(desired, state({ live: '0' }), worldOf())).toEqual([{ field: 'live', before: '0', after: '1' }]))
  test('a file that is missing', () =>
    expect(kind.diff(desired, state({ file: { type: 'absent' } }), worldOf())).toEqual([
      { field: path, before: null, after: { text: content } },
    ]))
  test('what a killed run left beside the file', () =>
    expect(kind.diff(desired, state({ file: { type: 'text', text: content, leftover: true } }), worldOf())).toHaveLength(1))
  test('several numbers are compared as numbers, whatever is between them', () =>
    expect(
      kind
        .diff({ name: 'net.ipv4.ip_local_port_range', value: '1024\t 65000' }, state({ live: '1024 65000' }), worldOf())
        .map(({ field }) => field),
    ).not.toContain('live'))
})

describe('what would not hold', () => {
  test('a setting that this kernel does not have', () =>
    expect(() => kind.diff(desired, state({ live: null }), worldOf())).toThrow(/no setting net\.ipv4\.ip_forward/))
  test('one that a feature brings which a task before it loads', () => {
    const bridge = { name: 'net.bridge.bridge-nf-call-iptables', value: 1 }
    expect(() => kind.diff(bridge, state({ live: null }), worldOf())).toThrow(RequirementError)
    expect(kind.diff(bridge, state({ live: null }), worldOf({ 'kernel:br_netfilter': {} }))).toContainEqual({
      field: 'live',
      before: null,
      after: '1',
    })
  })
  test('a file that is read later at boot and says otherwise', () => {
    const rival = (path: string, value: string) => () => kind.diff(desired, state({ setIn: [{ path, value }] }), worldOf())
    expect(rival('/etc/sysctl.d/99-sysctl.conf', '0')).toThrow(/99-sysctl\.conf is read after .* sets 0/)
    expect(rival('/usr/lib/sysctl.d/99-x.conf', '1')).not.toThrow()
    expect(rival('/usr/lib/sysctl.d/50-default.conf', '0')).not.toThrow()
  })
})

test('a name with a dot of its own is written with slashes, and is one thing however it is written', () => {
  const named = (name: string) => kind.key({ name, value: 1 })
  expect(named('net/ipv4/conf/eth0.100/forwarding')).toBe('sysctl:net.ipv4.conf.eth0/100.forwarding')
  expect(named('net.ipv4.conf.eth0/100.forwarding')).toBe('sysctl:net.ipv4.conf.eth0/100.forwarding')
  expect(kind.probe({ name: 'net/ipv4/conf/eth0.100/forwarding', value: 1 }, worldOf()).batch?.words[1]).toBe(
    '/proc/sys/net/ipv4/conf/eth0.100/forwarding',
  )
})

test('names and values that could leave /proc/sys or their line are refused', () => {
  const isValid = new Ajv({ strict: false }).compile(kind.schema)
  expect(isValid(desired)).toBe(true)
  for (const name of ['net', 'net..ipv4', 'net/../../etc/passwd', '/net/ipv4', 'net.ipv4\n', 'net ipv4.x'])
    expect(isValid({ name, value: 1 })).toBe(false)
  for (const value of ['1\n2', '', ' 1', 1.5]) expect(isValid({ ...desired, value })).toBe(false)
})

test('what is no answer is an error', () => {
  for (const text of ['', 'live 1\n', 'file absent\n', 'live \u001b[2J\nfile absent\n'])
    expect(() => kind.parse(Buffer.from(text), desired)).toThrow(ProbeError)
})

describeInSandbox('the files that set sysctls at boot', () => {
  describe.each([['dash'], ['bash'], ['busybox', 'sh']])('read by %s', (...argv) => {
    let sandbox: Sandbox
    beforeAll(async () => void (sandbox = await openSandbox(...argv)))
    afterAll(() => sandbox.close())

    test('every form of a line is seen, and no line about something else', async () => {
      await sandbox.run(`
        mkdir -p /run/sysctl.d
        printf '%s\\n' '# net.ipv4.ip_forward = 5' 'net.ipv4.ip_forward=6' >/etc/sysctl.d/10-a.conf
        printf '%s\\n' ' -net.ipv4.ip_forward =  7' 'net.ipv4.ip_forward_use_pmtu = 8' 'xnet.ipv4.ip_forward = 9' >/etc/sysctl.d/20-b.conf
        printf 'net/ipv4/ip_forward=1 2' >/run/sysctl.d/30-c.conf`)
      const { setIn } = await new Driver(sandbox.shell).observe(sysctl('x', desired))
      expect(setIn.filter(({ path }) => /^\/(etc|run)/.test(path))).toEqual([
        { path: '/etc/sysctl.d/10-a.conf', value: '6' },
        { path: '/etc/sysctl.d/20-b.conf', value: '7' },
        { path: '/run/sysctl.d/30-c.conf', value: '1 2' },
      ])
    })

    test('a setting that is not there, a value of several numbers', async () => {
      const driver = new Driver(sandbox.shell)
      expect((await driver.observe(sysctl('x', { name: 'net.ipv4.no_such_thing', value: 1 }))).live).toBeNull()
      expect((await driver.observe(sysctl('x', { name: 'net.ipv4.tcp_rmem', value: 1 }))).live).toMatch(/^\d+ \d+ \d+$/)
    })

    test('a value that the kernel refuses fails with its words, and the file stays for the next run', async () => {
      const driver = new Driver(sandbox.shell, '/run/store')
      await expect(
        driver.apply(await driver.plan([sysctl('x', { name: 'net.ipv4.ip_forward', value: 'many', file: '/etc/sysctl.d/99-zz.conf' })])),
      ).rejects.toThrow(/ip_forward cannot be set to many/)
    })
  })
})
