import { etcdctl } from './etcd-keys.js'
import { onHost, type Lab } from './lab.js'
import { aspects, type Aspect } from './look.js'

/** One write in each place that `lookAtLab` looks at: how it is made on n2, how it is taken back, and how it must be told. */
const plants: Record<Exclude<Aspect, 'etcd'>, { make: string; takeBack: string; told: string }> = {
  files: { make: 'echo planted > /etc/planted', takeBack: 'rm /etc/planted', told: 'n2 files + /etc/planted' },
  run: { make: ': > /run/planted', takeBack: 'rm /run/planted', told: 'n2 run + /run/planted' },
  // Gone again before the second look: the folder's times tell.
  tmp: { make: ': > /tmp/planted; rm /tmp/planted', takeBack: '', told: 'n2 tmp ~ /tmp' },
  shm: { make: ': > /dev/shm/planted', takeBack: 'rm /dev/shm/planted', told: 'n2 shm + /dev/shm/planted' },
  iptables: {
    make: 'iptables -A FORWARD -s 192.0.2.1 -j DROP',
    takeBack: 'iptables -D FORWARD -s 192.0.2.1 -j DROP; iptables-nft-save > /dev/null; nft delete table ip filter',
    told: 'n2 iptables + -A FORWARD -s 192.0.2.1/32 -j DROP',
  },
  nftables: { make: 'nft add table inet planted', takeBack: 'nft delete table inet planted', told: 'n2 nftables + table inet planted {' },
  rules: {
    make: 'ip rule add from 192.0.2.1 lookup 77 priority 7777',
    takeBack: 'ip rule del priority 7777',
    told: 'n2 rules + 7777:\tfrom 192.0.2.1 lookup 77',
  },
  routes: {
    make: 'ip route add 192.0.2.0/24 dev host0 table 77',
    takeBack: 'ip route flush table 77',
    told: 'n2 routes + 192.0.2.0/24 dev host0 table 77 scope link',
  },
  sysctls: {
    make: 'sysctl -qw net.ipv4.ip_forward=1',
    takeBack: 'sysctl -qw net.ipv4.ip_forward=0',
    told: 'n2 sysctls ~ net.ipv4.ip_forward',
  },
  units: { make: 'systemctl restart systemd-networkd.service', takeBack: '', told: 'n2 units ~ systemd-networkd.service' },
  'unit-files': {
    make: 'systemctl mask --quiet --runtime planted.service',
    takeBack: 'systemctl unmask --quiet --runtime planted.service',
    told: 'n2 unit-files + planted.service',
  },
}

/** Make them all. @returns the lines that the comparison must tell, one of each aspect at least */
export async function plantEverywhere(lab: Lab): Promise<string[]> {
  for (const { make } of Object.values(plants)) await onHost(lab, 'n2', make, { check: true })
  // A key that came and went leaves nothing but the store's revision.
  await etcdctl(lab, ['put', '/planted', 'x'])
  await etcdctl(lab, ['del', '/planted'])
  await etcdctl(lab, ['set', '/planted', 'x'], { api: 2 })
  const told = Object.values(plants).map(plant => plant.told)
  return [...told, 'etcd etcd ~ v3 store', 'etcd etcd ~ v2 store', 'etcd etcd + v2 /planted']
}

export async function takeBackEverywhere(lab: Lab): Promise<void> {
  for (const { takeBack } of Object.values(plants)) if (takeBack) await onHost(lab, 'n2', takeBack, { check: true })
  await etcdctl(lab, ['rm', '/planted'], { api: 2 })
}

export const plantedAspects: readonly string[] = [...aspects].sort()
