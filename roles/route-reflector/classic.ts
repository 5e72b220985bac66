import {
  absent,
  calicoResource,
  check,
  command,
  containerImage,
  etcdKey,
  file,
  gate,
  sh,
  systemdUnit,
  type Check,
  type EtcdCluster,
  type Task,
} from 'netplay'
import { certificateMounts, containerUnit, removeWords } from '../calico-node/unit.js'
import { calicoctlOf, calicoctlTasks } from '../calico/calicoctl.js'
import { execWords, runtimeOf } from '../calico/runtime.js'
import { etcdCluster } from '../etcd-cluster.js'
import { downOf, groupMembers, retiredOf, type Context } from './names.js'
import { rrSessions } from './rr-sessions.js'

export const rrUnit = 'calico-rr.service'
const unitPath = `/etc/systemd/system/${rrUnit}`
const envPath = '/etc/calico/calico-rr.env'
const container = 'calico-rr'
const rrKey = (address: string) => `/calico/bgp/v1/rr_v4/${address}`

/** A reflector of 2017: an image of its own on a host of its own, under a unit that brings it back (P25). Source: networking.md 1.7, 4.4. */
export function classicReflector(context: Context): Task[] {
  const { host, params } = context
  const { rr_image: image, rr_image_archive: archive, as_number, cluster_id } = params
  const cluster = etcdCluster(context)
  const runtime = runtimeOf(host, params.container_runtime)
  const description = 'calico route reflector'
  return [
    // It is no node, so nothing else has put calicoctl there.
    ...calicoctlTasks(params, cluster),
    containerImage('Image of the reflector', { image, runtime: runtime.name, ...(archive === undefined ? {} : { archive }) }),
    etcdKey('Record of the reflector', {
      cluster,
      key: rrKey(host.address),
      value: { ip: host.address, cluster_id },
      ifDifferent: 'write',
    }),
    file('Write calico-rr.env', { path: envPath, content: envText(host.address, cluster), mode: 0o644 }),
    file('Write calico-rr.service', {
      path: unitPath,
      content: containerUnit({ runtime, image, name: container, description, envPath, mounts: certificateMounts(cluster) }),
      mode: 0o644,
    }),
    systemdUnit('Run the reflector', { name: rrUnit, enabled: true, active: true, inputs: [envPath, ...filesOf(cluster)] }),
    calicoResource('Every node peers with it', {
      cluster,
      calicoctl: calicoctlOf(params),
      kind: 'bgpPeer',
      name: host.address,
      set: { spec: { asNumber: as_number } },
    }),
    gate(reflectorCheck(context), { timeoutMs: params.session_seconds * 1000 }),
  ]
}

export const reflectorCheck = (context: Context): Check =>
  check('The reflector has a session with every node', rrSessions, {
    cluster: etcdCluster(context),
    exec: execWords(runtimeOf(context.host, context.params.container_runtime), container),
    down: downOf(context),
  })

const filesOf = ({ caFile, certFile, keyFile }: EtcdCluster) =>
  caFile === undefined ? [] : [caFile, certFile!, { path: keyFile!, secret: true as const }]

function envText(address: string, { endpoints, caFile, certFile, keyFile }: EtcdCluster): string {
  const values = {
    IP: address,
    ETCD_ENDPOINTS: endpoints.join(','),
    ...(caFile === undefined ? {} : { ETCD_CA_CERT_FILE: caFile, ETCD_CERT_FILE: certFile!, ETCD_KEY_FILE: keyFile! }),
  }
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** On a node, which has calicoctl: those that are to reflect no more are nobody's peers. Before they stop, so that no node waits for one in vain. */
export const classicRetired = (context: Context): Task[] => forgotten(context, retiredOf(context))

/** The same for all reflectors there are. */
export const classicRenounced = (context: Context): Task[] => forgotten(context, groupMembers(context))

function forgotten(context: Context, reflectors: readonly { name: string; address: string }[]): Task[] {
  const cluster = etcdCluster(context)
  const calicoctl = calicoctlOf(context.params)
  return reflectors.flatMap(({ name, address }) => [
    calicoResource(`No node peers with ${name}`, { cluster, calicoctl, kind: 'bgpPeer', name: address, set: null }),
    etcdKey(`No record of ${name} as a reflector`, { cluster, key: rrKey(address), value: null, ifDifferent: 'write' }),
  ])
}

/** On the reflector itself. */
export function classicStopped({ host, params }: Context): Task[] {
  const runtime = runtimeOf(host, params.container_runtime)
  const looks = [runtime.name, ...(runtime.name === 'ctr' ? ['containers', 'info'] : ['container', 'inspect']), container]
  return [
    systemdUnit('Stop the reflector', { name: rrUnit, enabled: false, active: false }),
    absent('No calico-rr.service', { path: unitPath }),
    absent('No calico-rr.env', { path: envPath }),
    command('No container of the reflector', {
      shows: `the stopped container ${container}`,
      done: String(sh`! ${looks} >/dev/null 2>&1`),
      run: String(sh`${removeWords(runtime, container)} >/dev/null 2>&1 || :`),
      // Its unit makes it anew.
      undo: String(sh`:`),
    }),
  ]
}
