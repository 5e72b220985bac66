import { command, sh, type Task } from 'netplay'
import type { Uplink } from './iface.js'

/** Marks routes that stand behind flanneld's own: the kernel takes the lower metric, and flanneld gives none. */
export const fallbackMetric = 4242

export interface TunnelInput {
  backend: 'host-gw' | 'vxlan'
  vni: number
  port: number
  uplink: Pick<Uplink, 'name' | 'address' | 'mtu'>
}

/** Bytes that vxlan puts around a packet. */
const overheadBytes = 50

/**
 * What keeps packets flowing while flanneld changes its backend under running pods. Both gaps were measured on four live hosts (pings every 10 ms):
 * - to vxlan, 2 to 5 packets of a pair: flanneld writes its lease, which sends the peers' packets to its tunnel, before it brings the device up. So the
 *   device is there and up before; flanneld takes one that fits.
 * - to host-gw, 0 to 1: flanneld deletes the route over the tunnel, then adds its own. So the tunnel's routes stand behind with a high metric.
 * Source: flannel v0.28.10 pkg/backend/vxlan/{vxlan,device}.go, pkg/backend/route_network.go.
 */
export const beforeFlanneld = (input: TunnelInput): Task[] => [input.backend === 'vxlan' ? deviceReady(input) : routesHeld(input)]

function deviceReady({ vni, port, uplink: { name: link, address, mtu } }: TunnelInput): Task {
  const name = `flannel.${vni}`
  return command(`Bring up ${name} before its peers send to it`, {
    shows: `ip link add ${name}, up (pods made before keep the MTU they have, until they are made again)`,
    done: String(sh`ip -o link show dev ${name} up | grep -q .`),
    // With a MAC of its own choice, or udev gives it another one later, and flanneld has told the peers the first.
    run: String(sh`
      if ! ip link show dev ${name} >/dev/null 2>&1; then
        mac=02$(od -A n -N 5 -t x1 /dev/urandom | tr ' ' :)
        ip link add ${name} address "$mac" mtu ${mtu - overheadBytes} type vxlan id ${vni} dev ${link} local ${address} dstport ${port} nolearning
      fi
      ip link set dev ${name} up`),
    undo: String(sh`ip link delete ${name}`),
  })
}

function routesHeld({ vni }: TunnelInput): Task {
  const name = `flannel.${vni}`
  return command(`Keep the routes over ${name} behind those that flanneld puts in their place`, {
    shows: `each route over ${name} once more, with metric ${fallbackMetric}`,
    done: String(sh`
      held=" $(${held(name)} | cut -d ' ' -f 1 | tr '\\n' ' ')"
      for to in $(${own(name)} | cut -d ' ' -f 1); do case $held in *" $to "*) ;; *) exit 1 ;; esac; done`),
    run: String(sh`
      ${own(name)} | while read -r to via gateway rest; do
        ip -4 route replace "$to" via "$gateway" dev ${name} onlink metric ${fallbackMetric}
      done`),
    undo: String(sh`ip -4 route flush dev ${name} metric ${fallbackMetric}`),
  })
}

/**
 * After the last host: what the old backend left.
 * @param options.strict the device must go, and it is an error when a route of flanneld still uses it; else it may stay as long as one does
 */
export function afterFlanneld({ backend, vni }: Pick<TunnelInput, 'backend' | 'vni'>, { strict }: { strict: boolean }): Task[] {
  const name = `flannel.${vni}`
  const gone = sh`! ip link show dev ${name} >/dev/null 2>&1`
  const used = sh`${own(name)} | grep -q .`
  if (backend === 'vxlan')
    return [
      command('Drop the routes that stood behind', {
        shows: `ip route flush dev ${name} metric ${fallbackMetric}`,
        done: String(sh`! ${held(name)} | grep -q .`),
        run: String(sh`ip -4 route flush dev ${name} metric ${fallbackMetric}`),
      }),
    ]
  return [
    command(`Remove ${name}, which no route uses any more`, {
      shows: `ip link delete ${name} (pods made before keep the MTU they have, until they are made again)`,
      done: String(strict ? gone : sh`${gone} || ${used}`),
      // The last host's lease reaches the others within a second or two.
      run: String(sh`
        left=15
        while ${used}; do
          left=$((left - 1))
          if [ "$left" -le 0 ]; then echo ${`routes still go over ${name}: their hosts have not changed to host-gw`} >&2; ${own(name)} >&2; exit 1; fi
          sleep 1
        done
        ip link delete ${name}`),
    }),
  ]
}

/** flanneld's own routes over a device, and those that stand behind them. */
const own = (name: string) => sh`ip -4 route show dev ${name} 2>/dev/null | grep ' via ' | grep -v ${` metric ${fallbackMetric}`}`
const held = (name: string) => sh`ip -4 route show dev ${name} metric ${fallbackMetric} 2>/dev/null`
