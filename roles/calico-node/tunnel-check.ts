import { sh, type CheckKind } from 'netplay'
import { bad } from './checks.js'

export interface TunnelParams {
  /** `tunl0` or `vxlan.calico` */
  device: string
  /** what the host's link leaves for what is in the tunnel */
  mtu: number
  /** all packets to other hosts go through it, not only those to other subnets */
  isAlways: boolean
}

/** The device that packets to other hosts go through is up, and no larger than the link carries. Source: networking.md 2.4, 3.2. */
export const tunnelUp: CheckKind<TunnelParams> = {
  kind: 'tunnel-up',
  scope: 'host',
  probe: ({ device }) => sh`ip -o link show dev ${device} 2>/dev/null || :`,
  verdict: ({ device, mtu, isAlways }, _seen, { output }) => {
    const problem = problemOf(device, mtu, output)
    if (problem === undefined) return { holds: true }
    // Inside one subnet packets go without it.
    return isAlways ? bad(problem) : { holds: true, warning: `${problem}: pods of hosts in other subnets are not reached` }
  },
}

function problemOf(device: string, mtu: number, line: string): string | undefined {
  if (line.trim() === '') return `there is no device ${device}`
  if (!/<[^>]*\bUP\b[^>]*>/.test(line)) return `${device} is down`
  const own = Number(/ mtu (\d+) /.exec(line)?.[1] ?? mtu)
  return own > mtu ? `${device} has MTU ${own}, and the link leaves ${mtu} for what is in it` : undefined
}
