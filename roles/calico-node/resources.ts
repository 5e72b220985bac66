import type { ParamsOf } from 'netplay'
import type { paramsSchema } from './params.js'

type Params = ParamsOf<typeof paramsSchema>

/** What calico's server fills in; writing it or not is no difference. Recorded with calicoctl v3.31.7. */
export const poolDefaults = {
  spec: {
    vxlanMode: 'Never',
    ipipMode: 'Never',
    natOutgoing: false,
    disabled: false,
    nodeSelector: 'all()',
    allowedUses: ['Workload', 'Tunnel'],
    assignmentMode: 'Automatic',
  },
}

/** Fields of the IPPool. Source: networking.md 2.3, 2.4. */
export function poolSpec({ pod_cidr, block_size, encapsulation, nat_outgoing }: Params): Record<string, unknown> {
  return {
    cidr: pod_cidr,
    blockSize: block_size,
    ipipMode: modeOf('ipip', encapsulation),
    vxlanMode: modeOf('vxlan', encapsulation),
    natOutgoing: nat_outgoing,
  }
}

function modeOf(tunnel: 'ipip' | 'vxlan', encapsulation: Params['encapsulation']): 'Always' | 'CrossSubnet' | 'Never' {
  if (!encapsulation.startsWith(tunnel)) return 'Never'
  return encapsulation.endsWith('always') ? 'Always' : 'CrossSubnet'
}

/** The same in calicoctl v1's words, with their nesting (P08). Source: networking.md 1.6. */
export function classicPoolSpec({ encapsulation, nat_outgoing }: Params): Record<string, unknown> {
  const mode = encapsulation === 'ipip-always' ? 'always' : 'cross-subnet'
  return { ipip: encapsulation === 'none' ? { enabled: false } : { enabled: true, mode }, 'nat-outgoing': nat_outgoing }
}

/** Fields of FelixConfiguration/default: the MTU by the device that carries it, then what the admin wants. */
export function felixSpec({ mtu, encapsulation, felix }: Params): Record<string, unknown> {
  const field = encapsulation.startsWith('vxlan') ? 'vxlanMTU' : 'ipipMTU'
  return { ...(mtu === undefined || encapsulation === 'none' ? {} : { [field]: mtu }), ...felix }
}

/** Bytes around a packet, also where it goes to the same subnet: pods keep one MTU wherever they send. Source: networking.md 2.4. */
export const overheadBytes = ({ encapsulation }: Pick<Params, 'encapsulation'>): number =>
  encapsulation.startsWith('ipip') ? 20 : encapsulation.startsWith('vxlan') ? 50 : 0
