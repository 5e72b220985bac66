import { found, type Cause, type Evidence } from '../cause.js'
import { calicoDataOf } from '../calico-data.js'
import { inData, where, isOfCluster } from '../calico-judge.js'
import type { CalicoData } from '../calico-model.js'
import { imageEvidence } from '../calico-view.js'
import { evidenceOf } from '../flags.js'
import { isAddress, rangeOf } from '../ipv4.js'
import { calicoNameOf } from '../node-names.js'
import type { Fleet } from '../view.js'

export const fewBlocks: Cause = {
  id: 'P14',
  title: 'Fewer address blocks than the hosts need',
  looksAt: 'blocks of every pool that is in use, against hosts and blocks taken',
  role: 'calico-node',
  of: 'cluster',
  detect: fleet =>
    inData(fleet, data => {
      const pools = data.pools.filter(({ isDisabled, cidr }) => !isDisabled && rangeOf(cidr) !== undefined)
      const total = pools.reduce((sum, { cidr, blockSize }) => sum + 2 ** Math.max(0, blockSize - rangeOf(cidr)!.prefixLength), 0)
      const taken = data.blocks.length
      if (pools.length === 0 || (total >= data.nodes.length && total > taken)) return undefined
      return found(
        `${total} blocks of addresses for ${data.nodes.length} hosts, ${taken} of them taken: a host that needs one more gets none of its own`,
        pools.map(({ key, cidr, blockSize }) => ({ text: `${cidr} in blocks of /${blockSize}`, where: where(data, key) })),
        'Add a pool: hosts × (pods a host ÷ addresses of a block, rounded up) blocks, and some to spare.',
      )
    }),
}

export const plainAcrossRouter: Cause = {
  id: 'P16',
  title: 'Pods are routed without encapsulation, hosts are in several subnets, and no router takes part in BGP',
  looksAt: 'encapsulation of pools, subnets of nodes, and BGP peers that are no node',
  role: 'calico-node',
  of: 'cluster',
  detect: fleet =>
    inData(fleet, data => {
      const plain = data.pools.find(({ encapsulation, isDisabled, cidr }) => encapsulation === 'none' && !isDisabled && !cidr.includes(':'))
      const subnets = subnetsOf(data, fleet)
      const isFabric = data.peers.some(({ ip }) => ip !== '' && !isOfCluster(ip, data, fleet))
      if (plain === undefined || subnets.size < 2 || isFabric) return undefined
      return found(
        `Pods of ${plain.cidr} are routed without encapsulation, and the hosts are in ${subnets.size} subnets: the router between drops what it has no route for`,
        [
          { text: `${plain.cidr} without IPIP and VXLAN`, where: where(data, plain.key) },
          ...[...subnets].slice(0, 3).map(([subnet, key]) => ({ text: subnet, where: where(data, key) })),
        ],
        'Encapsulate between subnets (IPIP or VXLAN, cross-subnet), or let the routers take part in BGP.',
      )
    }),
}

/** Subnets of nodes by the facts of the hosts that have their addresses, else by what calico was told. */
function subnetsOf({ nodes }: CalicoData, { hosts }: Fleet): Map<string, string> {
  const own = hosts.flatMap(({ facts }) => facts.interfaces.flatMap(({ addresses }) => addresses))
  return new Map(
    nodes.flatMap(({ network, key }): [string, string][] => {
      const [address, length] = network.split('/')
      const bits = own.find(each => each.address === address)?.prefixLength ?? (length === undefined ? 32 : Number(length))
      const range = bits === 32 ? undefined : rangeOf(`${address}/${bits}`)
      return range === undefined ? [] : [[`${dotted(range.first)}/${bits}`, key]]
    }),
  )
}

const dotted = (address: number) => [24, 16, 8, 0].map(bits => Math.floor(address / 2 ** bits) % 256).join('.')

export const alwaysTunnelled: Cause = {
  id: 'P21',
  title: 'A node has its address without a prefix (/32): cross-subnet encapsulates everything',
  looksAt: 'addresses of nodes in etcd; where it has none yet, IP of the container (images before v3.22, which looks the prefix up)',
  role: 'calico-node',
  of: 'host',
  detect: (host, fleet) => {
    const node = host.calico?.node
    if (node === undefined) return undefined
    const own = host.facts.interfaces.flatMap(({ addresses }) => addresses)
    const data = fleet.etcd.flatMap(etcd => calicoDataOf(etcd, fleet) ?? [])[0]
    const pool = data?.pools.find(({ encapsulation }) => encapsulation === 'cross-subnet')
    if (data !== undefined && data.pools.length > 0 && pool === undefined) return undefined
    const given = node.run.env.get('IP')
    const kept = data?.nodes.find(
      ({ name, network }) => name === calicoNameOf(host)?.value || own.some(({ address }) => address === network.split('/')[0]),
    )
    const isBare = given !== undefined && isAddress(given.value)
    const isOld = node.version !== undefined && (node.version[0] < 3 || (node.version[0] === 3 && node.version[1] < 22))
    const isKeptBare = kept?.network.endsWith('/32') === true
    if (!isKeptBare && !(isBare && isOld && (kept === undefined || kept.network === ''))) return undefined
    return found(
      `calico knows this node's address as a /32, so no other host is in its subnet, and packets to all of them go through the tunnel`,
      [
        ...(isKeptBare ? [{ text: kept.network, where: where(data!, kept.key) }] : []),
        ...(isBare ? [evidenceOf(given)] : []),
        ...(isOld ? [imageEvidence(node)] : []),
      ],
      'Give IP with its prefix: address/length.',
    )
  },
}

export const defaultPool: Cause = {
  id: 'P22',
  title: 'calico makes (or made) a default pool, 192.168.0.0/16, because NO_DEFAULT_POOLS is not `true`',
  looksAt: 'pools in etcd, and NO_DEFAULT_POOLS and CALICO_IPV4POOL_CIDR of the container',
  role: 'calico-node',
  of: 'cluster',
  detect: fleet =>
    inData(fleet, data => {
      const careless = fleet.hosts.flatMap(({ calico, name }) =>
        calico?.node === undefined || isSettled(calico.node.run.env) ? [] : [{ name, node: calico.node }],
      )
      const said = careless.slice(0, 1).map(({ node, name }): Evidence => {
        const entry = node.run.env.get('NO_DEFAULT_POOLS')
        return entry === undefined ? { text: '(NO_DEFAULT_POOLS is not passed)', where: `${node.unit.name} on ${name}` } : evidenceOf(entry)
      })
      const v4 = data.pools.filter(({ cidr }) => !cidr.includes(':'))
      const made = v4.find(({ cidr }) => cidr === '192.168.0.0/16')
      const fix =
        'Create the pool before the first calico/node starts, and pass NO_DEFAULT_POOLS=true. A default pool that has pods: disable it, move them, then delete it.'
      if (made !== undefined && v4.length > 1)
        return found(
          `calico made a pool 192.168.0.0/16 of its own beside ${v4.find(pool => pool !== made)!.cidr}: pods get addresses of either`,
          [{ text: made.cidr, where: where(data, made.key) }, ...said],
          fix,
        )
      if (v4.length > 0 || careless.length === 0) return undefined
      return found(
        'There is no pool of pod addresses, and the next calico/node that starts makes one of its own, 192.168.0.0/16',
        [{ text: '(no IPPool)', where: `etcd /calico (${data.api} API)` }, ...said],
        fix,
      )
    }),
}

const isSettled = (env: ReadonlyMap<string, { value: string }>) =>
  env.get('NO_DEFAULT_POOLS')?.value === 'true' || (env.get('CALICO_IPV4POOL_CIDR')?.value ?? '') !== ''
