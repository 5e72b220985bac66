import { setTimeout as delay } from 'node:timers/promises'
import { must } from '../../lab/command.js'
import { plantCut } from '../../lab/cut.js'
import { clientPki } from '../../lab/etcd-scripts.js'
import { etcdctl, listEtcdKeys } from '../../lab/etcd-keys.js'
import { etcdHealthy, labEtcd, startMember, stopMember } from '../../lab/etcd.js'
import { findGo } from '../../lab/go-toolchain.js'
import { labDown, labUp, onHost, rebootHost, type Lab } from '../../lab/lab.js'
import { partsSource, readGoMod } from '../../lab/parts-source.js'
import { labParts, type Parts } from '../../lab/parts.js'
import { startPing } from '../../lab/ping.js'
import { labPod, listPods, onPod, removePod, type LabPod } from '../../lab/pod.js'
import { stateFolder } from '../../lab/state.js'
import { installFlannel, removeFlannel, type Generation } from './flannel-by-hand.js'

const name = 'test-parts'
const minutes = 60_000
let lab: Lab
let parts: Parts

beforeAll(async () => {
  parts = await labParts()
  await labDown(name)
  lab = await labUp({ name, hosts: 3 })
}, 15 * minutes)

afterAll(() => labDown(name), minutes)

const configKey = '/coreos.com/network/config'
const configOf = (backend: string) => JSON.stringify({ Network: '10.244.0.0/16', SubnetLen: 24, Backend: { Type: backend } })
const leasesOf = async () => (await listEtcdKeys(lab, '/coreos.com/network')).filter(({ key }) => key.includes('/subnets/'))
const printedOn = async (host: string, script: string) => (await onHost(lab, host, script, { check: true })).stdout.trim()

const freshFlannel = async (generation: Generation, backend: string) => {
  for (const pod of await listPods(lab)) await removePod(lab, pod.host, pod.name)
  await removeFlannel(lab)
  await labEtcd(lab, { members: 3 })
  await etcdctl(lab, ['del', '--prefix', '/coreos.com'])
  if ((await listEtcdKeys(lab, '/coreos.com')).length > 0) await etcdctl(lab, ['rm', '--recursive', '/coreos.com'], { api: 2 })
  await etcdctl(lab, [generation === 'current' ? 'put' : 'set', configKey, configOf(backend)], { api: generation === 'current' ? 3 : 2 })
  await installFlannel(lab, parts, generation)
  // Ready means that a daemon has its own lease; it hears of the others' within a second or two.
  const peers = async (host: string) => Number(await printedOn(host, "ip route | grep -c '^10[.]244[.].* via ' || true"))
  await Promise.all(lab.hosts.map(host => until(async () => (await peers(host.name)) === lab.hosts.length - 1, 10_000)))
}

const podOnEachHost = () => Promise.all(lab.hosts.map(host => labPod(lab, host.name)))

/** `received` and what ping said of one DF packet that is `over` bytes larger than the pod's MTU. */
const pingFullSize = async (from: LabPod, to: LabPod, over: number) => {
  const { code, stdout, stderr } = await onPod(lab, from, `ping -M do -c 1 -W 2 -s ${from.mtu - 28 + over} ${to.address}`)
  return code === 0 ? 'received' : `${stdout}${stderr}`
}

test(
  'the Go parts pass their own tests',
  async () => {
    const go = await findGo((await readGoMod()).go, stateFolder(), () => undefined)
    const argv = [go.path, 'test', './flannel-cni-standin', './flanneld-classic-standin', './podping']
    expect(await must(argv, { cwd: partsSource(), env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local' } })).toMatch(
      /^ok .*podping/m,
    )
  },
  5 * minutes,
)

describe('etcd on three hosts', () => {
  const runsSince = (host: string) => printedOn(host, 'systemctl show -p InvocationID --value etcd.service')

  test(
    'a second call changes nothing',
    async () => {
      const first = await labEtcd(lab, { members: 3 })
      expect(first.endpoints).toEqual(lab.hosts.map(({ address }) => `https://${address}:2379`))
      const before = await Promise.all(first.members.map(runsSince))
      expect(await labEtcd(lab, { members: 3 })).toEqual(first)
      expect(await Promise.all(first.members.map(runsSince))).toEqual(before)
    },
    minutes,
  )

  test('other members than there are is refused before anything is written', async () => {
    await expect(labEtcd(lab, { members: 1, hosts: ['n2'] })).rejects.toThrow('n1, n2, n3 run an etcd of other members')
    await expect(labEtcd(lab, { members: 3, hosts: ['n1'] })).rejects.toThrow('3 members of etcd need 3 hosts, and 1 were named')
  })

  test('every host has the client certificate, its key for root only', async () => {
    for (const { name: host } of lab.hosts) {
      expect(await printedOn(host, `stat -c '%a %U' ${clientPki.key} ${clientPki.certificate}`)).toBe('600 root\n644 root')
    }
  })

  test('it answers those with a certificate and nobody else', async () => {
    const url = `https://${lab.hosts[0]!.address}:2379/version`
    expect(
      await printedOn('n3', `curl -s --cacert ${clientPki.ca} --cert ${clientPki.certificate} --key ${clientPki.key} ${url}`),
    ).toContain('"etcdserver":"3.4')
    expect((await onHost(lab, 'n3', `curl -s --cacert ${clientPki.ca} ${url}`)).code).not.toBe(0)
    expect((await onHost(lab, 'n3', `curl -s ${url.replace('https', 'http')}`)).stdout).not.toContain('etcdserver')
  })

  test('both APIs serve, and keys are listed with revisions that grow', async () => {
    await etcdctl(lab, ['put', '/both', 'three'])
    await etcdctl(lab, ['set', '/both', 'two'], { api: 2 })
    const before = (await listEtcdKeys(lab)).filter(({ key }) => key === '/both')
    expect(before).toMatchObject([
      { api: 3, value: 'three' },
      { api: 2, value: 'two' },
    ])
    await etcdctl(lab, ['put', '/both', 'three'])
    const after = (await listEtcdKeys(lab)).filter(({ key }) => key === '/both')
    expect(after[0]!.revision).toBe(before[0]!.revision + 1)
    expect(after[1]).toEqual(before[1])
  })

  test(
    'fresh means an empty store, and v2 can be left off',
    async () => {
      await labEtcd(lab, { members: 1, hosts: ['n2'], v2: false, fresh: true })
      expect(await listEtcdKeys(lab)).toEqual([])
      expect(await printedOn('n1', 'systemctl is-active etcd.service || true')).toBe('inactive')
      await labEtcd(lab, { members: 3, fresh: true })
    },
    minutes,
  )

  test(
    'with one member stopped it serves, with two it does not, and it comes back',
    async () => {
      await stopMember(lab, 'n1')
      await etcdctl(lab, ['put', '/quorum', 'two of three'])
      await stopMember(lab, 'n3', 'kill')
      // A read: a write that times out may still be done when the quorum is back.
      await expect(etcdctl(lab, ['--command-timeout=2s', 'get', '/quorum'])).rejects.toThrow(
        /deadline exceeded|request timed out|no leader/,
      )
      await Promise.all([startMember(lab, 'n1'), startMember(lab, 'n3')])
      await etcdHealthy(lab)
      expect(await etcdctl(lab, ['get', '--print-value-only', '/quorum'])).toBe('two of three\n')
    },
    2 * minutes,
  )
})

describe.each([
  ['current', 'host-gw', 1500, 3],
  ['current', 'vxlan', 1450, 3],
  ['classic', 'host-gw', 1500, 2],
  ['classic', 'vxlan', 1450, 2],
] as const)('flannel, %s, %s', (generation, backend, mtu, api) => {
  let pods: LabPod[] = []

  beforeAll(async () => {
    await freshFlannel(generation, backend)
    pods = await podOnEachHost()
  }, 2 * minutes)

  test('each host has a lease in the API of its generation', async () => {
    const leases = await leasesOf()
    expect(leases.map(lease => lease.api)).toEqual([api, api, api])
    const values = leases.map(({ value }) => JSON.parse(value) as { PublicIP: string; BackendType: string })
    expect(values.map(({ PublicIP }) => PublicIP).sort()).toEqual(lab.hosts.map(({ address }) => address))
    expect(new Set(values.map(({ BackendType }) => BackendType))).toEqual(new Set([backend]))
  })

  test('pods get an address of their host and the MTU of the backend', async () => {
    for (const pod of pods) {
      const subnet = /FLANNEL_SUBNET=(\d+\.\d+\.\d+)\./.exec(await printedOn(pod.host, 'cat /run/flannel/subnet.env'))?.[1]
      expect(pod).toMatchObject({ mtu, address: expect.stringContaining(`${subnet}.`) as unknown, netns: '/run/netns/pod-p1' })
    }
  })

  test(
    'pods on different hosts reach each other with packets as large as the MTU, and no larger',
    async () => {
      const pairs = pods.flatMap(from => pods.filter(to => to !== from).map(to => ({ from, to })))
      expect(await Promise.all(pairs.map(({ from, to }) => pingFullSize(from, to, 0)))).toEqual(pairs.map(() => 'received'))
      for (const said of await Promise.all(pairs.map(({ from, to }) => pingFullSize(from, to, 1)))) {
        expect(said).toContain(`message too long, mtu=${mtu}`)
      }
    },
    minutes,
  )
})

// The last of the four above is still in place: classic, vxlan.
describe('the stand-in for the classic flanneld', () => {
  test('it says what it is, and takes the flags of the real one', async () => {
    expect(await printedOn('n1', 'flanneld -version 2>&1')).toBe('v0.17.0-standin')
    const usage = await onHost(lab, 'n1', 'flanneld -nosuch')
    expect(usage).toMatchObject({ code: 0, stderr: expect.stringContaining("STAND-IN of netplay's lab for flanneld v0.17.0") as unknown })
  })

  test('FDB and neighbours are there for every peer, permanent', async () => {
    const peers = (await leasesOf()).map(({ value }) => JSON.parse(value) as { PublicIP: string; BackendData: { VtepMAC: string } })
    const fdb = await printedOn('n1', 'bridge fdb show dev flannel.1; ip neigh show dev flannel.1')
    for (const { PublicIP, BackendData } of peers.filter(({ PublicIP }) => PublicIP !== lab.hosts[0]!.address)) {
      expect(fdb).toContain(`${BackendData.VtepMAC} dst ${PublicIP} self permanent`)
      expect(fdb).toContain(`lladdr ${BackendData.VtepMAC} PERMANENT`)
    }
  })

  test(
    'its rules are those of that version, and come back when somebody flushes them',
    async () => {
      const rules = () =>
        printedOn('n1', "iptables -S FORWARD | grep 'flanneld forward'; iptables -t nat -S POSTROUTING | grep -c 'flanneld masq'")
      const before = await rules()
      expect(before).toBe(
        ['-s', '-d'].map(side => `-A FORWARD ${side} 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT`).join('\n') + '\n4',
      )
      await onHost(lab, 'n1', 'iptables -w -F FORWARD', { check: true })
      await until(async () => (await rules()) === before, 15_000)
    },
    minutes,
  )

  test(
    'restarted, with or without subnet.env, it keeps its subnet',
    async () => {
      const subnet = await printedOn('n1', 'grep SUBNET /run/flannel/subnet.env')
      await onHost(lab, 'n1', 'rm /run/flannel/subnet.env; systemctl restart flannel.service', { check: true })
      expect(await printedOn('n1', 'grep SUBNET /run/flannel/subnet.env')).toBe(subnet)
      // The lease is gone, the file is not.
      const own = (await leasesOf()).find(({ value }) => value.includes(lab.hosts[0]!.address))!
      await onHost(lab, 'n1', 'systemctl stop flannel.service', { check: true })
      await etcdctl(lab, ['rm', own.key], { api: 2 })
      await onHost(lab, 'n1', 'systemctl start flannel.service', { check: true })
      expect(await printedOn('n1', 'grep SUBNET /run/flannel/subnet.env')).toBe(subnet)
    },
    minutes,
  )

  test(
    'it follows leases: the route to a host goes with its lease and comes with a new one',
    async () => {
      const gone = (await leasesOf()).find(({ value }) => value.includes(lab.hosts[2]!.address))!
      const subnet = /subnets\/(.*)-24$/.exec(gone.key)![1]!
      const hasRoute = async () => (await printedOn('n1', 'ip route')).includes(`${subnet}/24 via`)
      expect(await hasRoute()).toBe(true)
      await etcdctl(lab, ['rm', gone.key], { api: 2 })
      await until(async () => !(await hasRoute()), 5000)
      // Its own daemon ends with status 0: "on-failure" does not restart it.
      await until(
        async () =>
          (await printedOn('n3', 'systemctl show -p ActiveState,ExecMainStatus flannel.service')) ===
          'ExecMainStatus=0\nActiveState=inactive',
        5000,
      )
      expect(await printedOn('n3', 'journalctl -u flannel.service -o cat | tail -20')).toContain(
        'Lease has been revoked. Shutting down daemon.',
      )
      await onHost(lab, 'n3', 'systemctl start flannel.service', { check: true })
      await until(hasRoute, 5000)
    },
    minutes,
  )

  test(
    'without a config key it waits, and says so as the real one does',
    async () => {
      await onHost(lab, 'n1', 'systemctl stop flannel.service', { check: true })
      await etcdctl(lab, ['rm', '--recursive', '/coreos.com'], { api: 2 })
      await onHost(lab, 'n1', 'systemctl start --no-block flannel.service', { check: true })
      const journal = () => printedOn('n1', 'journalctl -u flannel.service -o cat | tail -5')
      await until(async () => /Couldn't fetch network config: 100: Key not found \(\/coreos\.com\)/.test(await journal()), 10_000)
      expect(await printedOn('n1', 'systemctl show -p ActiveState --value flannel.service')).toBe('activating')
      await etcdctl(lab, ['set', configKey, configOf('vxlan')], { api: 2 })
      await until(async () => (await printedOn('n1', 'systemctl show -p ActiveState --value flannel.service')) === 'active', 10_000)
    },
    minutes,
  )
})

describe('pods and ping', () => {
  beforeAll(() => freshFlannel('current', 'host-gw'), 2 * minutes)

  test('where CNI refuses, the reason is told and nothing stays', async () => {
    await onHost(lab, 'n1', 'mv /run/flannel/subnet.env /run/flannel/aside', { check: true })
    await expect(labPod(lab, 'n1')).rejects.toThrow(
      "failed to load flannel 'subnet.env' file: open /run/flannel/subnet.env: no such file or directory",
    )
    await onHost(lab, 'n1', 'mv /run/flannel/aside /run/flannel/subnet.env', { check: true })
    expect(await printedOn('n1', 'ls /run/netns 2> /dev/null | wc -l; ls -d /run/netplay-lab/net.d.* 2> /dev/null | wc -l')).toBe('0\n0')
    expect(await listPods(lab)).toEqual([])
  })

  test('a host without CNI configuration is told, and a name that is taken', async () => {
    await expect(labPod(lab, 'n1', { network: 'none.conf' })).rejects.toThrow('There is no /etc/cni/net.d/none.conf on n1')
    await labPod(lab, 'n1', { name: 'mine' })
    await expect(labPod(lab, 'n1', { name: 'mine' })).rejects.toThrow('n1 has a pod mine already')
    await removePod(lab, 'n1', 'mine')
    expect(await printedOn('n1', "ls /run/netns; ls /var/lib/cni/networks/cbr0 | grep -c '^10[.]'; true")).toBe('0')
  })

  test(
    'nothing is lost on a whole path, and a planted cut is seen in both directions of its pair and nowhere else',
    async () => {
      const pods = await podOnEachHost()
      const quiet = await startPing(lab)
      await delay(2000)
      const nothing = await quiet.stop()
      expect(nothing).toMatchObject({ lost: 0, intervalMs: 10 })
      expect(nothing.sent).toBeGreaterThan(6 * 100)

      const ping = await startPing(lab)
      await delay(500)
      const lastedMs = await plantCut(lab, pods[0]!, pods[2]!, 300)
      await delay(500)
      const { pairs } = await ping.stop()
      const cut = pairs.filter(({ lost }) => lost > 0)
      expect(cut.map(({ from, to }) => `${from} ${to}`)).toEqual(['n1/p1 n3/p1', 'n3/p1 n1/p1'])
      for (const pair of cut) {
        expect(pair.longestGapMs).toBeGreaterThanOrEqual(290)
        expect(pair.longestGapMs).toBeLessThan(lastedMs + 300)
        expect(pair.lostSpans).toHaveLength(1)
        expect(pair.lostSpans[0]!.lost).toBe(pair.lost)
      }
      expect(await printedOn('n1', 'iptables -t raw -S PREROUTING')).toBe('-P PREROUTING ACCEPT')
    },
    minutes,
  )

  test(
    'a pod is gone after its host has been booted, and can be removed and made again',
    async () => {
      const subnet = await printedOn('n2', 'systemctl enable --quiet flannel.service; grep SUBNET /run/flannel/subnet.env')
      await rebootHost(lab, 'n2')
      expect((await listPods(lab)).map(({ host, state }) => `${host} ${state}`)).toEqual(['n1 running', 'n2 gone', 'n3 running'])
      await until(async () => (await onHost(lab, 'n2', 'grep SUBNET /run/flannel/subnet.env')).stdout.trim() === subnet, 20_000)
      await removePod(lab, 'n2', 'p1')
      const [first, ...others] = (await listPods(lab)).filter(({ host }) => host !== 'n2')
      const again = await labPod(lab, 'n2')
      await onHost(lab, 'n2', 'sysctl -qw net.ipv4.ip_forward=1', { check: true })
      expect(others).toHaveLength(1)
      expect(await pingFullSize(first!, again, 0)).toBe('received')
    },
    2 * minutes,
  )
})

async function until(holds: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${holds.toString()}`)
    await delay(200)
  }
}
