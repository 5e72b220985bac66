import { sh } from '../src/shell.js'
import { LabError } from './errors.js'
import { onHost } from './lab.js'
import type { Lab } from './model.js'
import { podLabel } from './ping-report.js'
import type { LabPod } from './pod.js'

/** A cut to plant: what `from` sends to `to` is dropped for so long. */
export interface Cut {
  /** `n1/p1`, or a host's name for its first pod. */
  from: string
  to: string
  ms: number
}

/** `n1:n3:300` or `n1/p2:n3/p1:300`. @throws {LabError} */
export function parseCut(text: string): Cut {
  const [from, to, ms, ...rest] = text.split(':')
  if (!from || !to || rest.length > 0 || !/^[1-9]\d{0,6}$/.test(ms ?? '')) {
    throw new LabError(`"${text}" is no cut`, 'Say from, to and milliseconds: --cut n1:n3:300, or --cut n1/p2:n3/p1:300 to name pods.')
  }
  return { from, to, ms: Number(ms) }
}

/** The pod of a label, or the first one of a host. @throws {LabError} there is none */
export function podOf<Pod extends Pick<LabPod, 'host' | 'name'>>(pods: readonly Pod[], label: string): Pod {
  const pod = pods.find(each => podLabel(each) === label || each.host === label)
  if (!pod) throw new LabError(`No pod ${label}`, `There are ${pods.map(podLabel).join(', ')}.`)
  return pod
}

/**
 * Drop what one pod sends to another, on the sender's host, for `ms`; resolves when the path is whole again. Both directions
 * of ping lose packets by it: requests one way, answers the other. The host mends it by itself, whatever becomes of us.
 * @returns milliseconds it lasted, as the host measured
 */
export async function plantCut(lab: Lab, from: LabPod, to: LabPod, ms: number): Promise<number> {
  const rule = ['PREROUTING', '-s', from.address, '-d', to.address, '-m', 'comment', '--comment', 'netplay lab cut', '-j', 'DROP']
  // In the raw table: before any accept, and before connection tracking.
  const script = sh`
    set -eu
    mend() { iptables -w -t raw -D ${rule}; }
    trap mend EXIT
    trap 'exit 143' TERM INT HUP
    iptables -w -t raw -I ${rule}
    began=$(date +%s%3N)
    sleep ${ms / 1000}
    trap - EXIT
    mend
    echo "$(($(date +%s%3N) - began))"`
  return Number((await onHost(lab, from.host, String(script), { check: true })).stdout)
}
