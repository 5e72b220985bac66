import { check, sh, type Check, type CheckKind } from 'netplay'
import { overlaps, parseRange } from './flannel/addresses.js'

/** What else on a host has a say in packets, devices and routes. All kinds ask the same text, so a host is asked once. */
export const surroundings = ({ network, udpPort, routes }: SurroundingsInput): Check[] => [
  check('a firewall of the host', hostFirewall, udpPort === undefined ? {} : { udpPort }),
  check('who else manages links and routes', networkManagers, { devices: ['flannel', 'cni0'], routes }),
  check('one kind of iptables', iptablesKinds, {}),
  check('networks of docker', dockerPools, { network }),
]

export interface SurroundingsInput {
  /** the pods' network, e.g. `10.244.0.0/16` */
  network: string
  /** that hosts send to each other, where there is a tunnel */
  udpPort?: number
  /** who makes the routes, as it is told: `flanneld` */
  routes: string
}

/** Lines `word value`. Nothing is loaded and no table is made: the older iptables is asked only where its tables are there. */
const probe = () => sh`
  echo "active $(systemctl is-active firewalld.service NetworkManager.service systemd-networkd.service 2>/dev/null | tr '\\n' ' ')"
  [ -r /etc/ufw/ufw.conf ] && grep -qi '^ENABLED=yes' /etc/ufw/ufw.conf && echo 'ufw enabled'
  cat /etc/NetworkManager/NetworkManager.conf /usr/lib/NetworkManager/conf.d/*.conf /run/NetworkManager/conf.d/*.conf /etc/NetworkManager/conf.d/*.conf 2>/dev/null |
    sed -n -e 's/^ *unmanaged-devices *[+]*= */nm /p' -e 's/^ *match-device *= */nm /p'
  cat /etc/systemd/networkd.conf /usr/lib/systemd/networkd.conf.d/*.conf /run/systemd/networkd.conf.d/*.conf /etc/systemd/networkd.conf.d/*.conf 2>/dev/null |
    sed -n 's/^ *ManageForeignRoutes *= */foreign-routes /p'
  read -r table 2>/dev/null </proc/net/ip_tables_names
  if [ -n "$table" ] && command -v iptables-legacy-save >/dev/null && command -v iptables-nft-save >/dev/null; then
    echo "iptables $(iptables-legacy-save 2>/dev/null | grep -c '^-A') $(iptables-nft-save 2>/dev/null | grep -c '^-A')"
  fi
  [ -r /etc/docker/daemon.json ] && printf 'docker %s\\n' "$(tr '\\n' ' ' </etc/docker/daemon.json)"
  :`

const valuesOf = (output: string, word: string): string[] =>
  output.split('\n').flatMap(line => (line.startsWith(`${word} `) ? [line.slice(word.length + 1).trim()] : []))

/** In the order in which the probe asks. */
const isActive = (output: string, unit: 'firewalld' | 'NetworkManager' | 'systemd-networkd'): boolean =>
  (valuesOf(output, 'active')[0] ?? '').split(' ')[['firewalld', 'NetworkManager', 'systemd-networkd'].indexOf(unit)] === 'active'

/** Its rules are loaded again whenever it likes, over or after ours. */
export const hostFirewall: CheckKind<{ udpPort?: number }> = {
  kind: 'host-firewall',
  scope: 'host',
  probe,
  verdict: ({ udpPort }, _seen, { output }) => {
    const found = [...(isActive(output, 'firewalld') ? ['firewalld'] : []), ...(valuesOf(output, 'ufw').length > 0 ? ['ufw'] : [])]
    if (found.length === 0) return { holds: true }
    const port = udpPort === undefined ? '' : ` and UDP port ${udpPort} from the other hosts`
    return {
      holds: true,
      warning: `${found.join(' and ')} is active: it must let through what pods send and get (FORWARD)${port}, also after it loads its rules again`,
    }
  },
}

/** Source: networking.md 2.8 and 5. What networkd does to the routes of others is not measured: so it is a warning. */
export const networkManagers: CheckKind<{ devices: readonly string[]; routes: string }> = {
  kind: 'network-managers',
  scope: 'host',
  probe,
  verdict: ({ devices, routes }, _seen, { output }) => {
    const unmanaged = valuesOf(output, 'nm').join(';')
    const taken = isActive(output, 'NetworkManager') ? devices.filter(device => !unmanaged.includes(device)) : []
    const told = valuesOf(output, 'foreign-routes').at(-1) ?? 'yes'
    const takesRoutes = isActive(output, 'systemd-networkd') && !/^(no|false|off|0)$/i.test(told)
    const words = [
      ...(taken.length === 0
        ? []
        : [
            `NetworkManager may take over ${taken.join(' and ')}: set [keyfile] unmanaged-devices=${taken.map(device => `interface-name:${device}*`).join(';')}`,
          ]),
      ...(takesRoutes
        ? [
            `systemd-networkd may remove the routes of ${routes} when it starts again: set ManageForeignRoutes=no in /etc/systemd/networkd.conf`,
          ]
        : []),
    ]
    return words.length === 0 ? { holds: true } : { holds: true, warning: words.join('; ') }
  },
}

/** Rules of both are asked of every packet, and each tool shows its own alone. */
export const iptablesKinds: CheckKind<object> = {
  kind: 'iptables-kinds',
  scope: 'host',
  probe,
  verdict: (_params, _seen, { output }) => {
    const [legacy = 0, nft = 0] = (valuesOf(output, 'iptables')[0] ?? '').split(' ').map(Number)
    if (legacy === 0 || nft === 0) return { holds: true }
    return {
      holds: true,
      warning:
        'both iptables-legacy and iptables-nft hold rules, and each shows its own alone: move everything to one (update-alternatives --config iptables)',
    }
  },
}

/** A network that docker is told to take addresses from. Its built-in pools do not count: there it keeps off networks that have a route. */
export const dockerPools: CheckKind<{ network: string }> = {
  kind: 'docker-pools',
  scope: 'host',
  probe,
  verdict: ({ network }, _seen, { output }) => {
    const pods = parseRange(network)
    const bad = poolsOf(valuesOf(output, 'docker')[0]).find(pool => {
      const range = parseRange(pool)
      return pods !== undefined && range !== undefined && overlaps(pods, range)
    })
    if (bad === undefined) return { holds: true }
    return {
      holds: false,
      reason: `docker takes addresses from ${bad} (/etc/docker/daemon.json), which overlaps the pod network ${network}`,
      next: 'Give docker other default-address-pools (or another bip), or choose another pod network.',
    }
  },
}

/** Bases of `default-address-pools`, and `bip`. Text that is no such JSON tells nothing: docker would not start with it either. */
function poolsOf(text: string | undefined): string[] {
  try {
    const { bip, 'default-address-pools': pools } = JSON.parse(text ?? '{}') as { bip?: unknown; 'default-address-pools'?: unknown }
    const bases = Array.isArray(pools) ? pools.map(pool => (pool as { base?: unknown } | null)?.base) : []
    return [bip, ...bases].filter(each => typeof each === 'string')
  } catch {
    return []
  }
}
