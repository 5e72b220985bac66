import { copyFile, mkdir, readdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { sh } from '../src/shell.js'
import { firstNetworkFile, parseNetwork, resultAddress, type CniNetwork } from './cni-conf.js'
import { LabCommandError, LabError } from './errors.js'
import { hostOf, onHost, openLab } from './lab.js'
import type { Lab } from './model.js'
import { labParts } from './parts.js'
import { forgetPod, recordedPods, rememberPod, type LabPod } from './pod-records.js'
import { addScript, delScript, toolFolder } from './pod-scripts.js'

export type { LabPod } from './pod-records.js'

export interface PodOptions {
  /** Default the first free of `p1`, `p2`, … on that host. */
  name?: string
  /** A file of /etc/cni/net.d; default the first there. */
  network?: string
}

/** A pod is gone once its host has been booted afresh: namespaces do not outlive that. */
export type ListedPod = LabPod & { state: 'running' | 'gone' }

/**
 * Make a pod on a lab host: a network namespace, and the CNI plugins of /opt/cni/bin and /usr/lib/cni called by cnitool.
 * @throws {LabError} no CNI configuration, a name that is taken, or the plugins refuse (with their words)
 */
export async function labPod(lab: Lab, host: string, options: PodOptions = {}): Promise<LabPod> {
  const taken = (await listPods(lab)).filter(pod => pod.host === hostOf(lab, host).name).map(pod => pod.name)
  const name = options.name ?? firstFree(taken)
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name))
    throw new LabError(`"${name}" is no name for a pod`, 'Use lower case letters, digits and "-".')
  if (taken.includes(name))
    throw new LabError(`${host} has a pod ${name} already`, `Remove it first: netplay lab pod ${host} --remove ${name}`)
  const network = await networkOf(lab, host, options.network)
  const netns = `/run/netns/pod-${name}`
  const added = await cni(lab, host, 'add', network, netns)
  const pod = { host, name, netns, network, address: resultAddress(added), mtu: await mtuOf(lab, host, netns) }
  await rememberPod(lab, pod)
  return pod
}

/** Remove a pod and give its address back. Fine for one that is gone with its host's last boot, and for none. */
export async function removePod(lab: Lab, host: string, name: string): Promise<void> {
  const pod = (await recordedPods(lab)).find(each => each.host === host && each.name === name)
  if (!pod) return
  await cni(lab, host, 'del', pod.network, pod.netns)
  await forgetPod(lab, pod)
}

/** Every pod made here, in order of host and name; those whose host was booted since, or is down, are `gone`. */
export async function listPods(lab: Lab): Promise<ListedPod[]> {
  const pods = await recordedPods(lab)
  const alive = new Map<string, Set<string>>()
  for (const host of new Set(pods.map(pod => pod.host))) alive.set(host, await namespacesOn(lab, host))
  return pods.map(pod => ({ ...pod, state: alive.get(pod.host)?.has(pod.netns) ? 'running' : 'gone' }))
}

/** The pod's network namespace as this machine sees it, for nsenter. */
export async function podNetns(lab: Lab, pod: LabPod): Promise<string> {
  return `${await rootOf(lab, pod.host)}${pod.netns}`
}

/** Run a shell script on the pod's host, in the pod's network. */
export const onPod = (lab: Lab, pod: LabPod, script: string, options: Parameters<typeof onHost>[3] = {}) =>
  onHost(lab, pod.host, String(sh`nsenter --net=${pod.netns} sh -c ${script}`), options)

const firstFree = (taken: readonly string[]) => {
  let number = 1
  while (taken.includes(`p${number}`)) number++
  return `p${number}`
}

async function networkOf(lab: Lab, host: string, wanted?: string): Promise<CniNetwork> {
  const { stdout } = await onHost(lab, host, 'ls -1 /etc/cni/net.d 2> /dev/null || true', { check: true })
  const files = stdout.split('\n').filter(Boolean)
  const file = wanted ?? firstNetworkFile(files)
  if (!file || !files.includes(file)) {
    throw new LabError(
      wanted ? `There is no /etc/cni/net.d/${wanted} on ${host}` : `No networks found in /etc/cni/net.d on ${host}`,
      'Pods get their network from a CNI configuration: apply a role that writes one, flannel for instance.',
    )
  }
  return parseNetwork(file, (await onHost(lab, host, String(sh`cat ${`/etc/cni/net.d/${file}`}`), { check: true })).stdout, host)
}

async function cni(lab: Lab, host: string, verb: 'add' | 'del', network: CniNetwork, netns: string): Promise<string> {
  await copyCnitool(lab, host)
  const result = await onHost(lab, host, String(verb === 'add' ? addScript(network, netns) : delScript(network, netns)))
  if (result.code !== 0) throw new LabCommandError(`CNI ${verb.toUpperCase()} ${network.name} on ${host}`, result)
  return result.stdout
}

async function copyCnitool(lab: Lab, host: string): Promise<void> {
  const folder = `${await rootOf(lab, host)}${toolFolder}`
  if ((await readdir(folder).catch(() => [] as string[])).includes('cnitool')) return
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const half = join(folder, `cnitool.${process.pid}`)
  await copyFile((await labParts()).cnitool, half)
  await rename(half, join(folder, 'cnitool'))
}

async function mtuOf(lab: Lab, host: string, netns: string): Promise<number> {
  const { stdout } = await onHost(lab, host, String(sh`ip -n ${basename(netns)} -j link show dev eth0`), { check: true })
  const [link] = JSON.parse(stdout) as { mtu: number }[]
  return link!.mtu
}

async function namespacesOn(lab: Lab, host: string): Promise<Set<string>> {
  const root = await rootOf(lab, host).catch(() => undefined)
  const names = root === undefined ? [] : await readdir(`${root}/run/netns`).catch(() => [] as string[])
  return new Set(names.map(name => `/run/netns/${name}`))
}

// A running host's own /run: the overlay's root does not have what is mounted inside. Asked afresh, for a host may have booted since.
async function rootOf(lab: Lab, host: string): Promise<string> {
  const { pid } = hostOf(await openLab(lab.name), host)
  if (pid === 0)
    throw new LabError(`${host} of lab "${lab.name}" is down`, `Boot it: netplay lab up ${lab.hosts.length} --name ${lab.name}`)
  return `/proc/${pid}/root`
}
