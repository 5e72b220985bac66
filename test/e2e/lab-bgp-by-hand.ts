import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { BgpParts } from '../../lab/bgp-parts.js'
import { clientPki } from '../../lab/etcd-scripts.js'
import { openEtcd } from '../../lab/etcd.js'
import { hostOf, onHost, type Lab, type LabHost } from '../../lab/lab.js'
import { sh } from '../../src/shell.js'

export type Generation = 'current' | 'classic'

export const podNetwork = '172.30.0.0/16'

/**
 * calico installed on every host of a lab by hand, as networking.md 1.6 and 2.2 say and without netplay: to test the lab's
 * stand-ins, and to have something that netplay did not make. The hosts have docker; the lab has an etcd (v2 for classic).
 * @param hosts default all of the lab
 */
export async function installCalico(lab: Lab, parts: BgpParts, generation: Generation, hosts = lab.hosts): Promise<void> {
  const endpoints = (await openEtcd(lab)).endpoints.join(',')
  await Promise.all(hosts.map(host => putFiles(host, parts, generation, endpoints)))
  const [first] = hosts
  await calicoctl(lab, first!.name, ['create', '-f', '-'], generation === 'current' ? pool : poolV1)
  const start = sh`set -e
    docker load -q -i /root/calico-node.tar && rm /root/calico-node.tar
    systemctl daemon-reload
    systemctl restart calico-node.service`
  await Promise.all(hosts.map(host => onHost(lab, host, String(start), { check: true })))
}

/** Run calicoctl on a host; a resource goes in as JSON, which is YAML. @throws {LabCommandError} a status other than 0 */
export async function calicoctl(lab: Lab, host: string, argv: readonly string[], input?: unknown): Promise<string> {
  const options = { check: true, ...(input === undefined ? {} : { input: JSON.stringify(input) }) }
  return (await onHost(lab, hostOf(lab, host), String(sh`calicoctl ${argv}`), options)).stdout
}

/** `birdcl show protocols` of a host, a row of words for every BGP session. */
export async function sessionsOf(lab: Lab, host: string): Promise<{ name: string; info: string }[]> {
  const { stdout } = await onHost(lab, host, 'docker exec calico-node birdcl -s /var/run/calico/bird.ctl show protocols')
  const rows = stdout.split('\n').map(line => line.trim().split(/\s+/))
  return rows.filter(words => words[1] === 'BGP').map(words => ({ name: words[0]!, info: words.slice(5).join(' ') }))
}

/** Start a route reflector of the classic generation on a host without calico-node, and tell etcd of it. Source: networking.md 1.7. */
export async function startReflector(lab: Lab, parts: BgpParts, host: LabHost, clusterId: string): Promise<void> {
  const endpoints = (await openEtcd(lab)).endpoints
  await putBinary(parts.rrImage, join(host.root, 'root/rr.tar'))
  const env = {
    IP: host.address,
    ETCD_ENDPOINTS: endpoints.join(','),
    ETCD_CA_CERT_FILE: ca,
    ETCD_CERT_FILE: certificate,
    ETCD_KEY_FILE: key,
  }
  const words = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const mount = ['-v', `${dirname(ca)}:${dirname(ca)}:ro`]
  const record = `value=${JSON.stringify({ ip: host.address, cluster_id: clusterId })}`
  const url = `${endpoints[0]!}/v2/keys/calico/bgp/v1/rr_v4/${host.address}`
  const script = sh`set -e
    docker load -q -i /root/rr.tar
    docker run -d --name calico-rr --privileged --net=host ${[...words, ...mount]} ${parts.references.rr}
    curl -sf --cacert ${ca} --cert ${certificate} --key ${key} -L -XPUT ${url} --data-urlencode ${record}`
  await onHost(lab, host, String(script), { check: true })
}

const pool = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'IPPool',
  metadata: { name: 'default-ipv4-ippool' },
  spec: { cidr: podNetwork, ipipMode: 'Never', natOutgoing: true, blockSize: 26 },
}

const poolV1 = { apiVersion: 'v1', kind: 'ipPool', metadata: { cidr: podNetwork }, spec: { 'nat-outgoing': true } }

async function putFiles({ root, name, address }: LabHost, parts: BgpParts, generation: Generation, endpoints: string): Promise<void> {
  const isCurrent = generation === 'current'
  await put(join(root, 'etc/calico/calicoctl.cfg'), JSON.stringify(isCurrent ? config(endpoints) : configV1(endpoints)))
  await put(join(root, 'etc/cni/net.d/10-calico.conflist'), JSON.stringify(conflist(endpoints, name, isCurrent)))
  await put(join(root, 'etc/systemd/system/calico-node.service'), unit(parts, generation, endpoints, name, address))
  await putBinary(isCurrent ? parts.calicoctl : parts.calicoctlV1, join(root, 'usr/local/bin/calicoctl'))
  await putBinary(parts.calicoCni, join(root, 'opt/cni/bin/calico'))
  await putBinary(parts.calicoIpam, join(root, 'opt/cni/bin/calico-ipam'))
  await putBinary(isCurrent ? parts.nodeImage : parts.nodeClassicImage, join(root, 'root/calico-node.tar'))
}

const { ca, certificate, key } = clientPki

const config = (etcdEndpoints: string) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'CalicoAPIConfig',
  metadata: {},
  spec: { datastoreType: 'etcdv3', etcdEndpoints, etcdKeyFile: key, etcdCertFile: certificate, etcdCACertFile: ca },
})

const configV1 = (etcdEndpoints: string) => ({
  apiVersion: 'v1',
  kind: 'calicoApiConfig',
  metadata: {},
  spec: { etcdEndpoints, etcdKeyFile: key, etcdCertFile: certificate, etcdCACertFile: ca },
})

const conflist = (endpoints: string, nodename: string, isCurrent: boolean) => ({
  name: 'k8s-pod-network',
  cniVersion: '0.3.1',
  plugins: [
    {
      type: 'calico',
      ...(isCurrent ? { datastore_type: 'etcdv3' } : {}),
      ...{ etcd_endpoints: endpoints, etcd_key_file: key, etcd_cert_file: certificate, etcd_ca_cert_file: ca },
      ...{ nodename, mtu: 1500, ipam: { type: 'calico-ipam' } },
    },
  ],
})

const unit = (parts: BgpParts, generation: Generation, endpoints: string, name: string, address: string) => {
  const isCurrent = generation === 'current'
  const env = {
    ...{ NODENAME: name, IP: isCurrent ? address : `${address}/24`, CALICO_NETWORKING_BACKEND: 'bird', NO_DEFAULT_POOLS: 'true' },
    ...{ ETCD_ENDPOINTS: endpoints, ETCD_CA_CERT_FILE: ca, ETCD_CERT_FILE: certificate, ETCD_KEY_FILE: key },
    ...(isCurrent
      ? { AS: '64512', CALICO_MANAGE_CNI: 'false', FELIX_HEALTHENABLED: 'true' }
      : { FELIX_DEFAULTENDPOINTTOHOSTACTION: 'ACCEPT' }),
  }
  const words = Object.entries(env).map(([each, value]) => `-e ${each}=${value}`)
  const mounts = ['/var/log/calico', '/lib/modules', '/var/run/calico', ...(isCurrent ? ['/var/lib/calico'] : [])].map(
    path => `-v ${path}:${path}`,
  )
  return `[Unit]
Description=calico-node
After=docker.service
Wants=docker.service
[Service]
ExecStartPre=-/usr/bin/docker rm -f calico-node
ExecStart=/usr/bin/docker run --net=host --privileged --name=calico-node ${words.join(' ')} ${mounts.join(' ')} -v ${dirname(ca)}:${dirname(ca)}:ro ${isCurrent ? parts.references.node : parts.references.nodeClassic}
ExecStop=-/usr/bin/docker stop calico-node
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
`
}

// Renamed into place: the file may be running.
async function putBinary(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await copyFile(from, `${to}.new`)
  await rename(`${to}.new`, to)
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
