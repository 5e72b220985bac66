import { absent, calicoResource, check, command, containerImage, etcdKey, file, gate, sh, systemdUnit, type Task } from 'netplay'
import { bad } from '../calico-node/checks.js'
import { birdSessions } from '../calico/bird.js'
import { calicoctlOf } from '../calico/calicoctl.js'
import { execWords, runtimeOf, type Runtime } from '../calico/runtime.js'
import { calicoReads, viewOf } from '../calico/view.js'
import { etcdCluster } from '../etcd-cluster.js'
import { execWord } from '../exec-word.js'
import type { CheckKind, EtcdCluster } from 'netplay'
import type { Context } from './names.js'

export const rrUnit = 'calico-rr.service'
const container = 'calico-rr'
const rrKey = (address: string) => `/calico/bgp/v1/rr_v4/${address}`

/** A reflector of 2017: an image of its own on a host of its own, under a unit that brings it back (P25). Source: networking.md 1.7, 4.4. */
export function classicReflector(context: Context): Task[] {
  const { host, params } = context
  const cluster = etcdCluster(context)
  const runtime = runtimeOf(host, params.container_runtime)
  const { rr_image: image, rr_image_archive: archive, as_number, cluster_id } = params
  const files = cluster.caFile === undefined ? [] : [cluster.caFile, cluster.certFile!, { path: cluster.keyFile!, secret: true as const }]
  return [
    containerImage('Image of the reflector', { image, runtime: runtime.name, ...(archive === undefined ? {} : { archive }) }),
    etcdKey('Record of the reflector', {
      cluster,
      key: rrKey(host.address),
      value: { ip: host.address, cluster_id },
      ifDifferent: 'write',
    }),
    file('Write calico-rr.service', {
      path: `/etc/systemd/system/${rrUnit}`,
      content: rrUnitText(host.address, image, runtime, cluster),
      mode: 0o644,
    }),
    systemdUnit('Run the reflector', { name: rrUnit, enabled: true, active: true, inputs: files }),
    calicoResource('Every node peers with it', {
      cluster,
      calicoctl: calicoctlOf(params),
      kind: 'bgpPeer',
      name: host.address,
      set: { spec: { asNumber: as_number } },
    }),
    gate(check('The reflector has a session with every node', rrSessions, { cluster, exec: execWords(runtime, container) }), {
      timeoutMs: params.session_seconds * 1000,
    }),
  ]
}

/** A host that reflects no more: its peer goes first, then itself. */
export const classicRetired = (context: Context): Task[] => {
  const { host, params } = context
  const cluster = etcdCluster(context)
  return [
    calicoResource('No node peers with it', { cluster, calicoctl: calicoctlOf(params), kind: 'bgpPeer', name: host.address, set: null }),
    etcdKey('No record of the reflector', { cluster, key: rrKey(host.address), value: null, ifDifferent: 'write' }),
    command('Stop the reflector', {
      shows: `systemctl disable --now ${rrUnit}`,
      done: String(sh`! systemctl cat ${rrUnit} >/dev/null 2>&1`),
      run: String(sh`systemctl disable --now ${rrUnit}`),
    }),
    absent('No calico-rr.service', { path: `/etc/systemd/system/${rrUnit}` }),
  ]
}

/** P13: confd takes the mesh's sessions away by itself; a node that keeps one after that is restarted, and no other. */
export const restartWhereMeshRemains = (context: Context): Task => {
  const exec = execWords(runtimeOf(context.host, context.params.container_runtime), 'calico-node')
  const meshed = sh`timeout 20 ${exec} birdcl -s /var/run/calico/bird.ctl show protocols | grep -q '^ *Mesh_'`
  return command('Sessions of the mesh are gone', {
    shows: 'wait for it; systemctl restart calico.service where one remains',
    done: String(sh`! ${meshed}`),
    run: String(sh`
      left=20
      while ${meshed}; do
        left=$((left - 1))
        if [ "$left" -le 0 ]; then systemctl restart calico.service; exit 0; fi
        sleep 1
      done`),
  })
}

function rrUnitText(address: string, image: string, runtime: Runtime, { endpoints, caFile, certFile, keyFile }: EtcdCluster): string {
  const program = runtime.name === 'docker' ? ['/usr/bin/docker'] : ['/usr/bin/env', runtime.name]
  const folders = [
    ...new Set([caFile, certFile, keyFile].flatMap(path => (path === undefined ? [] : [path.slice(0, path.lastIndexOf('/'))]))),
  ]
  const env = {
    IP: address,
    ETCD_ENDPOINTS: endpoints.join(','),
    ...(caFile === undefined ? {} : { ETCD_CA_CERT_FILE: caFile, ETCD_CERT_FILE: certFile!, ETCD_KEY_FILE: keyFile! }),
  }
  const words = [
    ...[...program, 'run', '--net=host', '--privileged', `--name=${container}`],
    ...Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
    ...folders.flatMap(folder => ['-v', `${folder}:${folder}:ro`]),
    image,
  ]
  const command = (parts: readonly string[]) => parts.map(execWord).join(' ')
  return `[Unit]
Description=calico route reflector
After=${runtime.unit} network-online.target
Wants=network-online.target
Requires=${runtime.unit}

[Service]
ExecStartPre=-${command([...program, 'rm', '-f', container])}
ExecStart=${words.map(execWord).join(' \\\n  ')}
ExecStop=-${command([...program, 'stop', container])}
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`
}

/** Source: networking.md 3.3: one session a node. Its socket is bird's own in that image. */
export const rrSessions: CheckKind<{ cluster: EtcdCluster; exec: string[] }> = {
  kind: 'rr-sessions',
  scope: 'host',
  clusterReads: calicoReads,
  probe: ({ exec }) =>
    sh`timeout 20 ${exec} birdcl show protocols 2>&1 || timeout 20 ${exec} birdcl -s /var/run/bird.ctl show protocols 2>&1 || echo "status $?"`,
  verdict: ({ cluster }, { etcd }, { output }) => {
    const established = output.split('\n').filter(line => /\bBGP\b.*\bEstablished\b/.test(line))
    const { nodes } = viewOf(cluster, etcd)
    const missing = nodes.find(
      ({ address }) => address !== undefined && !established.some(line => line.includes(address.replaceAll('.', '_'))),
    )
    if (missing === undefined) return { holds: true, detail: `${established.length} sessions` }
    const names = birdSessions(output).map(({ name }) => name)
    return bad(
      `the reflector has no established session with ${missing.name} (${missing.address}); it has ${names.join(', ') || 'none'}`,
      output.trim(),
      'See `journalctl -u calico-rr.service -n 50` on the host.',
    )
  },
}
