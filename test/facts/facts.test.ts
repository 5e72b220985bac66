import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { factsScript } from '../../src/facts/facts-script.js'
import { FactsError, parseFacts } from '../../src/facts/facts.js'
import { describeInSandbox, openSandbox, runner, type Sandbox } from '../support/sandbox.js'
import { shellOf } from '../support/kind-driver.js'

const recorded = readFileSync(new URL('../fixtures/facts/debian-12-lab.txt', import.meta.url))
const facts = (...lines: string[]) => parseFacts(Buffer.from(['facts 1', ...lines, 'end', ''].join('\n')))
const listed = (name: string, ...lines: string[]) => [`begin ${name}`, ...lines, 'done']

test('a lab host of Debian 12, as it answered', () => {
  expect(parseFacts(recorded)).toMatchObject({
    hostname: 'vm',
    os: { id: 'debian', versionId: '12', prettyName: 'Debian GNU/Linux 12 (bookworm)', like: [] },
    kernel: { release: '6.18.44-fc-v657', version: [6, 18, 44] },
    arch: 'x86_64',
    uid: 0,
    init: 'systemd',
    systemdVersion: 252,
    memoryBytes: 24684092 * 1024,
    docker: 'absent',
    isAddressKnown: true,
    clockMs: 1795390007333,
    bootedAtMs: 1795390007333 - 4201200,
  })
})

test('a script that was cut off anywhere is an error, never half the facts', () => {
  for (let length = 0; length < recorded.length; length++) expect(() => parseFacts(recorded.subarray(0, length))).toThrow(FactsError)
})

test('a banner before the facts does not matter', () => {
  expect(parseFacts(Buffer.concat([Buffer.from('Welcome!\nuid 12\n'), recorded])).uid).toBe(0)
})

test('whatever a host says between beginning and end, the facts are typed and nothing is thrown', () => {
  const words = fc.constantFrom(
    'hostname',
    'uid',
    'os ID=',
    'os ID="',
    'uname',
    'tool __proto__',
    'tool',
    'begin addresses',
    'done',
    'begin routes',
    'link',
    '1: eth0: <UP> mtu x',
    '    inet',
  )
  const line = fc
    .tuple(words, fc.string({ unit: 'binary' }), fc.boolean())
    .map(([word, rest, blank]) => (word + (blank ? ' ' : '') + rest).replaceAll('\n', ' '))
  fc.assert(
    fc.property(fc.array(line), lines => {
      const found = facts(...lines, 'done')
      expect(typeof found.uid).toBe('number')
      expect(found.hostname).toMatch(/^[A-Za-z0-9._-]{0,253}$/)
      expect(JSON.stringify(found)).not.toMatch(/[\u0000-\u001f\u007f\u202e]/)
      expect(found.interfaces.every(({ name, mtu }) => name.length <= 15 && Number.isFinite(mtu))).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('control characters and numbers that are none do not get through', () => {
  const found = facts(
    'hostname evil\u001b[2J',
    'uid 0x10',
    'os PRETTY_NAME="Ubuntu\u202e 22\u0007"',
    'uptime -3 1',
    'memory MemTotal: 1 GB',
  )
  expect(found).toMatchObject({ hostname: '', uid: 0, os: { prettyName: 'Ubuntu 22' }, uptimeSeconds: 0, memoryBytes: 0 })
})

test('interfaces: pairs, VLANs, tunnels, point to point, IPv6', () => {
  const { interfaces } = facts(
    ...listed(
      'addresses',
      '2: eth0.7@eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default ',
      '    link/ether e6:af:bf:a7:84:32 brd ff:ff:ff:ff:ff:ff link-netnsid 0',
      '    inet 198.18.0.11/24 brd 198.18.0.255 scope global eth0.7',
      '       valid_lft forever preferred_lft forever',
      '    inet6 fe80::1/64 scope link ',
      '3: flannel.1: <BROADCAST,MULTICAST> mtu 1450 qdisc noqueue state DOWN group default ',
      '    inet 10.244.1.0/32 scope global flannel.1',
      '4: tun0: <POINTOPOINT,UP> mtu 1420 qdisc noop state UNKNOWN ',
      '    link/none ',
      '    inet 10.8.0.1 peer 10.8.0.2/32 scope global tun0',
      '    inet 10.8.0.999/24 scope global tun0',
      '5: a/b: <UP> mtu 1500',
      '    inet 192.0.2.1/24 scope global evil',
    ),
  )
  expect(interfaces).toEqual([
    {
      name: 'eth0.7',
      mtu: 1500,
      isUp: true,
      hasLink: true,
      mac: 'e6:af:bf:a7:84:32',
      addresses: [
        { address: '198.18.0.11', prefixLength: 24, family: 4, scope: 'global' },
        { address: 'fe80::1', prefixLength: 64, family: 6, scope: 'link' },
      ],
    },
    {
      name: 'flannel.1',
      mtu: 1450,
      isUp: false,
      hasLink: false,
      mac: '',
      addresses: [{ address: '10.244.1.0', prefixLength: 32, family: 4, scope: 'global' }],
    },
    {
      name: 'tun0',
      mtu: 1420,
      isUp: true,
      hasLink: false,
      mac: '',
      addresses: [{ address: '10.8.0.1', prefixLength: 32, family: 4, scope: 'global' }],
    },
  ])
})

test('the default route is the one with the lowest metric; of several next hops the first counts', () => {
  const found = facts(
    ...listed('addresses'),
    ...listed(
      'routes',
      'default via 198.18.0.254 dev eth1 proto dhcp metric 200 ',
      'default via 198.18.0.1 dev eth0 proto static metric 100 ',
      'blackhole 10.244.7.0/26 proto bird ',
      '10.244.8.0/24 proto static ',
      '\tnexthop via 198.18.0.12 dev eth0 weight 1 ',
      '\tnexthop via 198.18.0.13 dev eth1 weight 1 ',
      'Error: something',
    ),
    ...listed('routes6', 'default via fe80::1 dev eth0 proto ra metric 1024 pref medium'),
  )
  expect(found.defaultRoute).toEqual({ dev: 'eth0', via: '198.18.0.1' })
  expect(found.defaultRoute6).toEqual({ dev: 'eth0', via: 'fe80::1' })
  expect(found.routes.slice(2)).toEqual([
    { to: '10.244.7.0/26', dev: '', metric: 0, proto: 'bird' },
    { to: '10.244.8.0/24', dev: 'eth0', via: '198.18.0.12', metric: 0, proto: 'static' },
  ])
})

test('without ip the interfaces have no addresses, and that is said', () => {
  const found = facts(
    'link eth0 1500 e6:af:bf:a7:84:32 up',
    'link lo 65536 00:00:00:00:00:00 unknown',
    ...listed(
      'proc-routes',
      'Iface Destination Gateway Flags',
      'eth0\t00000000\t010012C6\t0003\t0\t0\t100\t00000000\t0\t0\t0',
      'eth0 0000F40A 00000000 0001 0 0 0 00FFFFFF 0 0 0',
      'eth0 000012C6 00000000 0001 0 0 0 0000FFFF 0 0 0',
    ),
  )
  expect(found).toMatchObject({
    isAddressKnown: false,
    interfaces: [{ name: 'eth0', mtu: 1500, isUp: true, mac: 'e6:af:bf:a7:84:32', addresses: [] }, { name: 'lo' }],
    defaultRoute: { dev: 'eth0', via: '198.18.0.1' },
  })
  expect(found.routes.map(({ to }) => to)).toEqual(['default', '10.244.0.0/24', '198.18.0.0/16'])
})

test('docker runs, is stopped, or is not there', () => {
  const docker = (load: string, active: string) =>
    facts(
      ...listed(
        'units',
        'Id=docker.service',
        `LoadState=${load}`,
        `ActiveState=${active}`,
        '',
        'Id=containerd.service',
        'LoadState=loaded',
        'ActiveState=active',
      ),
    ).docker
  expect([docker('loaded', 'active'), docker('loaded', 'failed'), docker('not-found', 'inactive')]).toEqual([
    'running',
    'stopped',
    'absent',
  ])
})

describe('the script itself', () => {
  test.each([['sh'], ['bash'], ['busybox', 'sh']])('%s answers to the end, and says nothing on stderr', async (...argv) => {
    const { stdout, stderr, exit } = await shellOf(...argv)(factsScript)
    expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 })
    expect(parseFacts(stdout)).toMatchObject({ uid: process.getuid!(), isAddressKnown: true })
    expect(parseFacts(stdout).kernel.release).toMatch(/^\d+\.\d+/)
  })

  test('it survives set -eu of whoever runs it', async () => {
    expect((await shellOf('sh')(`set -eu\n${factsScript}`)).exit).toBe(0)
  })
})

describeInSandbox('the script on a host with a network', () => {
  let sandbox: Sandbox
  beforeAll(async () => void (sandbox = await openSandbox()))
  afterAll(() => sandbox.close())

  test('interfaces, addresses and routes as they are', async () => {
    await sandbox.run(
      'ip link add np0 mtu 1450 type veth peer name np1; ip link set np0 up; ip link set np1 up; ip addr add 198.18.0.11/24 dev np0; ip route add default via 198.18.0.1',
    )
    const found = parseFacts((await sandbox.shell(factsScript)).stdout)
    expect(found.interfaces.find(({ name }) => name === 'np0')).toMatchObject({
      mtu: 1450,
      isUp: true,
      addresses: [{ address: '198.18.0.11', prefixLength: 24, family: 4 }, {}],
    })
    expect(found.defaultRoute).toEqual({ dev: 'np0', via: '198.18.0.1' })
    expect(found.routes).toContainEqual({ to: '198.18.0.0/24', dev: 'np0', metric: 0, proto: 'kernel' })
  })

  test('and without ip', async () => {
    const withoutIp = runner(sandbox.shell)
    const output = await withoutIp(
      `mkdir -p /run/bin; for p in uname date id head; do ln -sf "$(command -v $p)" /run/bin/; done; PATH=/run/bin\n${factsScript.replace(/^PATH=.*$/m, '')}`,
    )
    const found = parseFacts(Buffer.from(output))
    expect(found).toMatchObject({ isAddressKnown: false, defaultRoute: { dev: 'np0', via: '198.18.0.1' } })
    expect(found.interfaces.find(({ name }) => name === 'lo')).toBeDefined()
  })
})
