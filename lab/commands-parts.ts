import type { Command } from 'commander'
import { setTimeout as delay } from 'node:timers/promises'
import { labBgpParts } from './bgp-parts.js'
import { kubernetesPrograms } from './commands-kubernetes.js'
import { parseCut, plantCut, podOf, type Cut } from './cut.js'
import { LabError } from './errors.js'
import { labEtcd } from './etcd.js'
import { forgetGivenParts, giveAllParts, giveFlanneld } from './given-parts.js'
import { openLab } from './lab.js'
import type { Lab } from './model.js'
import { labParts } from './parts.js'
import { startPing } from './ping.js'
import { formatPingReport, podLabel } from './ping-report.js'
import { labPod, listPods, removePod, type LabPod, type ListedPod } from './pod.js'

/** `netplay lab parts | etcd | pod | ping`, added to the lab's command. */
export function registerParts(lab: Command): void {
  lab
    .command('parts')
    .description('build what lab hosts run and no package has (flanneld, cnitool, stand-ins), once per version')
    .option('--flanneld <path>', 'take this flanneld, classic or current, instead of building or standing in for it')
    .option('--from <folder>', 'take all parts from a folder that was built on another machine')
    .option('--kubernetes', 'build kube-proxy and kube-apiserver as well')
    .option('--bgp', "build calico's stand-ins as well: calicoctl, CNI plugins, images with a real BIRD")
    .option('--forget', 'forget what was given, and build')
    .action(partsCommand)
  lab
    .command('etcd')
    .description('a TLS etcd on lab hosts, and its client certificates in /etc/kubernetes/ssl on all of them')
    .option('--name <lab>', 'name of the lab', 'lab')
    .option('--members <number>', '1 or 3', '1')
    .option('--hosts <names>', 'which hosts, separated by commas; default the first ones')
    .option('--no-v2', 'leave the v2 API off')
    .option('--fresh', 'begin with an empty store')
    .action(etcdCommand)
  lab
    .command('pod')
    .argument('[host]', 'without it, the pods there are')
    .description('make a pod on a host with its own CNI configuration and plugins, and say its address')
    .option('--name <lab>', 'name of the lab', 'lab')
    .option('--pod <name>', 'name of the pod; default p1, p2, …')
    .option('--network <file>', 'a file of /etc/cni/net.d; default the first')
    .option('--remove <pod>', 'remove this pod of the host')
    .option('--json', 'as JSON')
    .action(podCommand)
  lab
    .command('ping')
    .description('ping between all pods, both ways, and report what was lost')
    .option('--name <lab>', 'name of the lab', 'lab')
    .option('--for <time>', 'how long, e.g. 500ms, 10s, 5m; default until Ctrl-C')
    .option('--interval <ms>', 'time between two requests of a pair', '10')
    .option('--cut <from:to:ms>', 'after a second, drop what one pod sends to another for so long: to see that it is seen')
    .option('--json', 'as JSON')
    .action(pingCommand)
}

async function partsCommand(options: { flanneld?: string; from?: string; forget?: boolean; kubernetes?: boolean; bgp?: boolean }) {
  if (options.forget) await forgetGivenParts()
  if (options.from) await giveAllParts(options.from)
  if (options.flanneld) print(`taken: flanneld ${await giveFlanneld(options.flanneld)}`)
  const { folder: _, ...binaries } = await labParts()
  for (const path of [...Object.values(binaries), ...(options.kubernetes ? await kubernetesPrograms() : [])]) print(path)
  if (options.bgp) await printBgpParts()
}

async function printBgpParts() {
  const { folder: _, references, ...files } = await labBgpParts()
  for (const path of Object.values(files)) print(path)
  print(`images, once loaded: ${Object.values(references).join(', ')}`)
}

async function etcdCommand(options: { name: string; members: string; hosts?: string; v2: boolean; fresh?: boolean }) {
  const members = Number(options.members)
  if (members !== 1 && members !== 3)
    throw new LabError(`etcd has 1 or 3 members here, not ${options.members}`, 'Use --members 1 or --members 3.')
  const lab = await openLab(options.name)
  const { endpoints } = await labEtcd(lab, { members, hosts: options.hosts?.split(','), v2: options.v2, fresh: options.fresh })
  print(endpoints.join(','))
}

async function podCommand(
  host: string | undefined,
  options: { name: string; pod?: string; network?: string; remove?: string; json?: boolean },
) {
  const lab = await openLab(options.name)
  if (!host) return options.json ? print(JSON.stringify(await listPods(lab))) : printPods(await listPods(lab))
  if (options.remove) return removePod(lab, host, options.remove)
  const pod = await labPod(lab, host, { name: options.pod, network: options.network })
  print(
    options.json
      ? JSON.stringify(pod)
      : `${podLabel(pod)} ${pod.address}, mtu ${pod.mtu}, network ${pod.network.name} (${pod.network.file})`,
  )
}

function printPods(pods: readonly ListedPod[]) {
  if (pods.length === 0) print('no pods')
  for (const pod of pods)
    print(`${podLabel(pod)} ${pod.address} ${pod.state === 'gone' ? 'gone: its host has been booted since, or is down' : `mtu ${pod.mtu}`}`)
}

async function pingCommand(options: { name: string; for?: string; interval: string; cut?: string; json?: boolean }) {
  const lab = await openLab(options.name)
  const cut = options.cut ? parseCut(options.cut) : undefined
  const forMs = options.for === undefined ? undefined : parseTime(options.for)
  const interrupted = new Promise<void>(resolve => process.once('SIGINT', resolve))
  const ping = await startPing(lab, { intervalMs: parseInterval(options.interval) })
  const planted = cut ? await cutAfterASecond(lab, ping.pods, cut) : undefined
  await Promise.race([interrupted, ...(forMs === undefined ? [] : [delay(Math.max(0, forMs - ping.elapsedMs()))])])
  const report = await ping.stop()
  if (options.json) return print(JSON.stringify(planted ? { ...report, cut: planted } : report))
  print(formatPingReport(report))
  if (planted) print(`planted: what ${planted.from} sends to ${planted.to} was dropped for ${planted.lastedMs} ms`)
}

async function cutAfterASecond(lab: Lab, pods: readonly LabPod[], cut: Cut) {
  const [from, to] = [podOf(pods, cut.from), podOf(pods, cut.to)]
  await delay(1000)
  return { from: podLabel(from), to: podLabel(to), lastedMs: await plantCut(lab, from, to, cut.ms) }
}

/** `500ms`, `10s`, `5m` as milliseconds. @throws {LabError} */
export function parseTime(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text) ?? []
  if (number === undefined) throw new LabError(`"${text}" is no time`, 'Say it like 500ms, 10s or 5m.')
  return Number(number) * { ms: 1, s: 1000, m: 60_000 }[unit as 'ms' | 's' | 'm']
}

function parseInterval(text: string): number {
  const interval = Number(text)
  if (!(interval >= 1)) throw new LabError(`"${text}" is no interval`, 'Say milliseconds, 1 or more: --interval 10')
  return interval
}

const print = (line: string) => void process.stdout.write(`${line}\n`)
