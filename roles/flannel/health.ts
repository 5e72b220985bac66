import { sh, type CheckKind, type Verdict } from 'netplay'
import { unitLook, unitProblem } from '../unit-stable.js'
import { bad, good, sectionsOf, seeJournal } from './verdict.js'

export interface HealthParams {
  network: string
  backend: 'host-gw' | 'vxlan'
  /** address that peers send to */
  address: string
  /** MTU of pods: the link's, less what the backend puts around a packet */
  podMtu: number
  vni: number
  port: number
  /** 0: off */
  healthzPort: number
}

/** The daemon runs and is ready, subnet.env is what it should be, and the tunnel's device too. Source: networking.md 3.1. */
export const daemonHealth: CheckKind<HealthParams> = {
  kind: 'daemon-health',
  scope: 'host',
  probe: ({ vni, healthzPort }) => sh`
    echo --unit
    ${unitLook('flannel.service')}
    echo --healthz
    if [ ${healthzPort} != 0 ] && command -v curl >/dev/null; then
      curl -sS -m 3 -o /dev/null -w '%{http_code}\\n' --noproxy '*' http://127.0.0.1:${healthzPort}/healthz 2>&1
    fi
    echo --env
    cat /run/flannel/subnet.env 2>/dev/null
    echo --device
    ip -d -o link show dev ${`flannel.${vni}`} 2>/dev/null
    echo --tunnels
    for d in /sys/class/net/flannel.*; do [ -e "$d" ] && echo "\${d##*/}"; done
    echo --journal
    journalctl -u flannel.service -n 20 -o cat --no-pager 2>/dev/null || :`,
  verdict: (params, _seen, { output }) => {
    const sections = sectionsOf(output)
    const text = (name: string) => sections.get(name)?.trim() ?? ''
    const journal = text('journal')
    const stopped = unitProblem('flannel.service', text('unit'))
    if (stopped !== undefined) return bad(`${stopped}${whyStuck(journal)}`, journal, seeJournal)
    const healthz = text('healthz')
    if (healthz !== '' && healthz !== '200') return bad(`flanneld does not say that it is healthy: ${healthz}`, journal, seeJournal)
    const problem = envProblem(params, text('env')) ?? (params.backend === 'vxlan' ? deviceProblem(params, text('device')) : undefined)
    if (problem !== undefined) return bad(problem, undefined, seeJournal)
    return leftTunnels(params, text('tunnels'))
  },
}

/** Devices of a backend, or of a VNI, that was. */
function leftTunnels({ backend, vni }: HealthParams, tunnels: string): Verdict {
  const left = tunnels.split('\n').filter(name => name !== '' && !(backend === 'vxlan' && name === `flannel.${vni}`))
  if (left.length === 0) return good
  const was = backend === 'host-gw' ? 'of backend vxlan' : 'of another VNI'
  return { holds: true, warning: `left ${was}: ${left.join(', ')} (ip link delete)` }
}

/** What flanneld says, again and again, while it waits for something that does not come. */
const signs: [sign: RegExp, meaning: string][] = [
  [/config not found in etcd store|100: Key not found/, 'its configuration is not in etcd'],
  [/response is invalid json/, 'this etcd does not serve the API that this flanneld speaks'],
  [/Couldn't fetch network config/, 'it cannot read its configuration in etcd'],
  [/Could not find valid interface/, 'it finds no interface of that name or address'],
]
const whyStuck = (journal: string) => {
  const meaning = signs.find(([sign]) => sign.test(journal))?.[1]
  return meaning === undefined ? '' : `: ${meaning}`
}

function envProblem({ network, podMtu }: HealthParams, env: string): string | undefined {
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(env)?.[1]
  if (value('FLANNEL_NETWORK') !== network)
    return `/run/flannel/subnet.env says network ${value('FLANNEL_NETWORK') ?? 'nothing'}, the inventory ${network}`
  const mtu = value('FLANNEL_MTU')
  return mtu === String(podMtu) ? undefined : `/run/flannel/subnet.env says MTU ${mtu ?? 'nothing'}, the link leaves ${podMtu} for pods`
}

/** Source: ip-link(8), `vxlan id 1 local 198.18.0.11 dev host0 srcport 0 0 dstport 8472 nolearning`. */
function deviceProblem({ vni, port, address }: HealthParams, line: string): string | undefined {
  const name = `flannel.${vni}`
  if (line === '') return `there is no device ${name}`
  if (!/<[^>]*\bUP\b[^>]*>/.test(line)) return `${name} is down`
  const [, id = '', rest = ''] = / vxlan id (\d+) (.*)/.exec(line) ?? []
  const word = (key: string) => new RegExp(`(?:^| )${key} (\\S+)`).exec(rest)?.[1] ?? ''
  if (id !== String(vni)) return `${name} has VNI ${id}, not ${vni}`
  if (word('dstport') !== String(port)) return `${name} sends to UDP port ${word('dstport')}, not ${port}`
  return word('local') === address ? undefined : `${name} sends from ${word('local')}, not ${address}`
}
