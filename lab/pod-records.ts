import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CniNetwork } from './cni-conf.js'
import type { Lab } from './model.js'

/** A pod without Kubernetes: a network namespace on a lab host that real CNI plugins have set up. */
export interface LabPod {
  host: string
  name: string
  /** The network namespace as the host sees it: /run/netns/pod-NAME. */
  netns: string
  /** IPv4 address. */
  address: string
  /** Of its eth0. */
  mtu: number
  network: CniNetwork
}

const recordFolder = (lab: Lab) => join(lab.folder, 'pods')
const recordFile = (lab: Lab, { host, name }: Pick<LabPod, 'host' | 'name'>) => join(recordFolder(lab), `${host}.${name}.json`)

export async function rememberPod(lab: Lab, pod: LabPod): Promise<void> {
  await mkdir(recordFolder(lab), { recursive: true })
  await writeFile(recordFile(lab, pod), JSON.stringify(pod))
}

/** In order of host and name, whether their hosts still have them or not. */
export async function recordedPods(lab: Lab): Promise<LabPod[]> {
  const files = await readdir(recordFolder(lab)).catch(() => [] as string[])
  const pods = await Promise.all(files.map(async file => JSON.parse(await readFile(join(recordFolder(lab), file), 'utf8')) as LabPod))
  const place = ({ host, name }: LabPod) => `${host}.${name}`
  return pods.sort((a, b) => place(a).localeCompare(place(b), 'en', { numeric: true }))
}

export async function forgetPod(lab: Lab, pod: LabPod): Promise<void> {
  await rm(recordFile(lab, pod), { force: true })
}
