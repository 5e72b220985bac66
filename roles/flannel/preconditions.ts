import { check, sh, type Check, type CheckKind, type EtcdCluster, type RoleHost } from 'netplay'
import { contains, overlaps, parseRange } from './addresses.js'
import type { NetworkParams } from './config.js'
import { uplinkOf, type Uplink } from './iface.js'

type Good = { holds: true; detail?: string }
const good: Good = { holds: true }

/** A judgement of what is known already: nothing is asked. */
const known: CheckKind<{ problem?: string; next?: string }> = {
  kind: 'known',
  scope: 'host',
  verdict: ({ problem, next }) =>
    problem === undefined ? good : { holds: false, reason: problem, ...(next === undefined ? {} : { next }) },
}

export interface PreconditionInput {
  host: RoleHost
  peers: readonly RoleHost[]
  params: NetworkParams & { iface?: string; cni_conf_dir: string }
  uplink: Uplink
}

/** What the facts of all hosts say against the plan; read-only, before any host is touched. */
export const factPreconditions = (input: PreconditionInput): Check[] => [
  check(
    'every host is a neighbour (host-gw)',
    known,
    problem(neighbours(input), 'Use backend vxlan (or vxlan with direct_routing), or bring the hosts into one subnet.'),
  ),
  check('the pod network is free', known, problem(overlap(input), 'Choose a pod network that no host uses, in flannel_network.')),
  check(
    'the pod network has a subnet for every host',
    known,
    problem(room(input), 'Choose a larger flannel_network or a longer flannel_subnet_len.'),
  ),
  check('hosts are told apart', known, problem(duplicates(input), 'Give each host a machine-id and an address of its own.')),
  check(
    'the links of all hosts have one MTU',
    known,
    problem(mtus(input), 'Give the links one MTU, or pods of one host will send packets that others cannot take.'),
  ),
  check('flanneld can run', known, problem(platform(input), 'See the requirements in docs/roles/flannel.md.')),
]

const problem = (text: string | undefined, next: string) => (text === undefined ? {} : { problem: text, next })

/** host-gw gives routes via the peers' addresses: each must be on link. */
function neighbours({ host, peers, params, uplink }: PreconditionInput): string | undefined {
  if (params.backend !== 'host-gw') return undefined
  const subnet = parseRange(`${uplink.address}/${uplink.prefixLength}`)!
  const far = peers.filter(({ address }) => !contains(subnet, parseRange(address) ?? subnet))
  if (far.length === 0) return undefined
  return `${far.map(({ name, address }) => `${name} (${address})`).join(', ')} ${far.length === 1 ? 'is' : 'are'} not in ${host.name}'s subnet ${uplink.address}/${uplink.prefixLength} on ${uplink.name}; host-gw cannot route across a router`
}

/** Addresses and routes of the host that pods would be taken for. flannel's own (cni0, flannel.N, routes to single subnets) do not count. */
function overlap({ host, params }: PreconditionInput): string | undefined {
  const network = parseRange(params.network)
  if (network === undefined) return `${params.network} is no IPv4 network`
  for (const { name, addresses } of host.facts?.interfaces ?? []) {
    if (/^(cni0|flannel\.\d+)$/.test(name)) continue
    const own = addresses.find(
      ({ family, address, prefixLength }) => family === 4 && overlaps(network, parseRange(`${address}/${prefixLength}`)!),
    )
    if (own !== undefined) return `${params.network} overlaps ${own.address}/${own.prefixLength} on ${name} of ${host.name}`
  }
  const route = (host.facts?.routes ?? []).find(({ to }) => {
    const range = to === 'default' ? undefined : parseRange(to)
    return range !== undefined && overlaps(network, range) && !contains(network, range)
  })
  return route && `${params.network} overlaps the route to ${route.to} on ${host.name}`
}

/** The first subnet is not given out. */
function room({ peers, params }: PreconditionInput): string | undefined {
  const { prefixLength } = parseRange(params.network) ?? { prefixLength: 0 }
  if (params.subnet_len < prefixLength + 2)
    return `subnet_len ${params.subnet_len} must be at least ${prefixLength + 2} in ${params.network}`
  const subnets = 2 ** (params.subnet_len - prefixLength) - 1
  return subnets >= peers.length ? undefined : `${params.network} has ${subnets} subnets of /${params.subnet_len} for ${peers.length} hosts`
}

function duplicates({ host, peers }: PreconditionInput): string | undefined {
  const others = peers.filter(({ name }) => name !== host.name)
  const address = others.find(peer => peer.address === host.address)
  if (address !== undefined) return `${host.name} and ${address.name} have one address, ${host.address}`
  const { machineId } = host.facts ?? {}
  const twin = machineId === undefined || machineId === '' ? undefined : others.find(peer => peer.facts?.machineId === machineId)
  return twin && `${host.name} and ${twin.name} have one machine-id, ${machineId}: clones`
}

function mtus({ host, peers, params, uplink }: PreconditionInput): string | undefined {
  for (const peer of peers) {
    if (peer.facts === undefined || peer.name === host.name) continue
    const iface = peer.vars.get('flannel_iface')
    const other = uplinkOf(peer, typeof iface === 'string' ? iface : params.iface === uplink.name ? uplink.name : undefined)
    if (other.mtu !== uplink.mtu)
      return `${uplink.name} of ${host.name} has MTU ${uplink.mtu}, ${other.name} of ${peer.name} has ${other.mtu}`
  }
  return undefined
}

function platform({ host }: PreconditionInput): string | undefined {
  if (host.facts?.init !== 'systemd') return `${host.name} does not run systemd`
  return undefined
}

export interface CertificatesParams {
  cluster: EtcdCluster
}

/** The three files are there, belong together and are valid; openssl looks inside where the host has it. */
export const certificates: CheckKind<CertificatesParams> = {
  kind: 'certificates',
  scope: 'host',
  probe: ({ cluster: { caFile, certFile, keyFile } }) =>
    caFile === undefined
      ? sh`:`
      : sh`
        ca=${caFile} cert=${certFile ?? ''} key=${keyFile ?? ''}
        for f in "$ca" "$cert" "$key"; do
          [ -f "$f" ] || { echo "$f is missing"; exit 1; }
          [ -r "$f" ] || { echo "$f cannot be read"; exit 1; }
        done
        command -v openssl >/dev/null || { echo 'no openssl: files only'; exit 0; }
        openssl x509 -in "$cert" -noout 2>&1 || { echo "$cert is no certificate"; exit 1; }
        openssl x509 -in "$cert" -noout -checkend 0 >/dev/null || { echo "$cert has expired: $(openssl x509 -in "$cert" -noout -enddate)"; exit 1; }
        [ "$(openssl x509 -in "$cert" -noout -pubkey)" = "$(openssl pkey -in "$key" -pubout 2>/dev/null)" ] || { echo "$key does not belong to $cert"; exit 1; }
        openssl verify -CAfile "$ca" "$cert" 2>&1 || { echo "$ca did not sign $cert"; exit 1; }`,
  verdict: (_params, _seen, { output, exit }) =>
    exit === 0
      ? good
      : {
          holds: false,
          reason: output.trim().split('\n').at(-1) ?? 'unreadable',
          evidence: output.trim(),
          next: 'Put certificates there that belong together (etcd_ca_file, etcd_cert_file, etcd_key_file); nothing was changed on any host.',
        },
}

/** flanneld hangs without a word on a wrong endpoint, a missing client certificate, or plain http to a TLS etcd: asked before it starts, with its own files. */
export const etcdAnswers: CheckKind<CertificatesParams> = {
  kind: 'etcd-answers',
  scope: 'host',
  probe: ({ cluster: { endpoints, caFile, certFile, keyFile } }) => sh`
    command -v curl >/dev/null || { echo 'no curl: not asked from here'; exit 0; }
    healthy=0
    for e in ${endpoints}; do
      if answer=$(curl -sS -m 5 --noproxy '*' ${caFile === undefined ? [] : ['--cacert', caFile, '--cert', certFile ?? '', '--key', keyFile ?? '']} "$e/health" 2>&1); then
        case $answer in
          *'"health":"true"'*|*'"health":true'*) healthy=$((healthy + 1)); echo "$e: healthy";;
          *) echo "$e: $answer";;
        esac
      else
        echo "$e: $answer"
      fi
    done
    [ "$healthy" -gt 0 ]`,
  verdict: ({ cluster }, _seen, { output, exit }) =>
    exit === 0
      ? good
      : {
          holds: false,
          reason: `no etcd member answers healthily (${cluster.endpoints.join(', ')})`,
          evidence: output.trim(),
          next: 'Mend etcd, its address or the certificates first: flanneld would hang without a word. Nothing was changed on any host.',
        },
}

/** The configuration that is in etcd already must be for this network; a missing one is planned by etcd-seed or told by the unit. */
export const seededNetwork: CheckKind<{ cluster: EtcdCluster; key: string; network: string }> = {
  kind: 'seeded-network',
  scope: 'host',
  clusterReads: ({ cluster, key }) => [{ cluster, reads: [{ key }] }],
  verdict: ({ key, network }, { etcd }) => {
    const value = etcd.find(found => found.key === key)?.value
    if (value === undefined || value === null) return good
    try {
      const { Network } = JSON.parse(value) as { Network?: unknown }
      if (Network === network) return good
      return {
        holds: false,
        reason: `etcd says Network ${JSON.stringify(Network)} in ${key}, the inventory says ${network}`,
        next: 'Set flannel_network to what the cluster has: it cannot be changed while pods run.',
      }
    } catch {
      return {
        holds: false,
        reason: `${key} holds no JSON: ${value.slice(0, 200)}`,
        next: 'Mend or delete the key: flanneld would wait for ever.',
      }
    }
  },
}

/** The runtime takes the first file by name: it must be ours. */
export const cniFolder: CheckKind<{ folder: string; ours: string }> = {
  kind: 'cni-folder',
  scope: 'host',
  probe: ({ folder }) => sh`
    cd ${folder} 2>/dev/null || exit 0
    for f in *.conf *.conflist *.json; do [ -f "$f" ] && printf '%s\n' "$f"; done; :`,
  verdict: ({ folder, ours }, _seen, { output }) => {
    const earlier = output.split('\n').filter(name => name !== '' && name !== ours)
    if (earlier.length === 0) return good
    return {
      holds: false,
      reason: `another CNI configuration is in ${folder}: ${earlier.join(', ')}`,
      next: `Move it to a folder outside ${folder}: with two, some pods get addresses of the wrong network.`,
    }
  },
}

/** Every plugin that the configuration names must be on the host or come with the role. */
export const pluginsPresent: CheckKind<{ folders: string[]; names: string[] }> = {
  kind: 'plugins-present',
  scope: 'host',
  probe: ({ folders, names }) => sh`
    for n in ${names}; do
      for d in ${folders}; do [ -x "$d/$n" ] && continue 2; done
      echo "$n"
    done`,
  verdict: ({ folders }, _seen, { output }) => {
    const missing = output.split('\n').filter(Boolean)
    return missing.length === 0
      ? good
      : {
          holds: false,
          reason: `CNI plugins are missing in ${folders.join(' and ')}: ${missing.join(', ')}`,
          next: 'Name them in flannel_cni_plugins, or install them on the host (flannel_cni_host_dir).',
        }
  },
}

/** A daemon that the role does not bring must be there. */
export const binaryPresent: CheckKind<{ path: string }> = {
  kind: 'binary-present',
  scope: 'host',
  probe: ({ path }) => sh`[ -x ${path} ]`,
  verdict: ({ path }, _seen, { exit }) =>
    exit === 0
      ? good
      : {
          holds: false,
          reason: `${path} is not on the host`,
          next: 'Set flannel_flanneld to the binary on the controller (or {url, sha256, member}).',
        },
}

export const preconditionKinds = [known, certificates, etcdAnswers, seededNetwork, cniFolder, pluginsPresent, binaryPresent]
