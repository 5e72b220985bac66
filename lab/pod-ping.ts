import { sh } from '../src/shell.js'
import type { Lab } from './model.js'
import { labPod, onPod, type LabPod } from './pod.js'
import { podLabel } from './ping-report.js'

/** One ping from a pod to another, with DF set: it arrives whole or not at all. */
export interface SizedPing {
  /** `n1/p1` */
  from: string
  to: string
  /** of the IP packet */
  bytes: number
  answered: boolean
  /** ping's own last word where it was not answered */
  said: string
}

/** ICMP echo in IPv4: 20 bytes of IP header, 8 of ICMP. */
const headerBytes = 28

/** One pod on every host of a lab that runs, in the hosts' order. @throws {LabError} */
export async function podOnEachHost(lab: Lab): Promise<LabPod[]> {
  const pods: LabPod[] = []
  for (const host of lab.hosts) if (host.pid > 0) pods.push(await labPod(lab, host.name))
  return pods
}

/**
 * Ping once between all pods of different hosts, both ways, with packets that fill the sender's MTU and DF set.
 * @param extraBytes more than the MTU: 1 must be refused, which shows that DF is meant; default 0
 */
export async function pingFullSize(lab: Lab, pods: readonly LabPod[], extraBytes = 0): Promise<SizedPing[]> {
  const pairs = pods.flatMap(from => pods.filter(to => to.host !== from.host).map(to => ({ from, to })))
  return Promise.all(pairs.map(({ from, to }) => pingOnce(lab, from, to, from.mtu + extraBytes)))
}

async function pingOnce(lab: Lab, from: LabPod, to: LabPod, bytes: number): Promise<SizedPing> {
  const { code, stdout, stderr } = await onPod(lab, from, String(sh`ping -n -c 1 -W 2 -M do -s ${bytes - headerBytes} ${to.address}`))
  const said = `${stdout}\n${stderr}`.trim().split('\n').at(-1) ?? ''
  return { from: podLabel(from), to: podLabel(to), bytes, answered: code === 0, said: code === 0 ? '' : said }
}
