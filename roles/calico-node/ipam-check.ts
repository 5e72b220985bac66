import { check, type Check, type CheckKind, type EtcdCluster, type RoleContext } from 'netplay'
import { calicoReads, viewOf, type CalicoBlock, type CalicoPool, type CalicoView } from '../calico/view.js'
import { isFirst } from '../first-host.js'
import { isIn, parseRange } from '../flannel/addresses.js'
import { bad } from './checks.js'

/**
 * Blocks of addresses against pools and nodes, as etcd has them: no block of two nodes, none of a node that is gone, and some left to give out.
 * Single addresses are `calicoctl ipam check`'s, which reads every block. Source: networking.md 3.2; P14.
 */
export const blocksFit: CheckKind<{ cluster: EtcdCluster }> = {
  kind: 'blocks-fit',
  scope: 'host',
  clusterReads: calicoReads,
  verdict: ({ cluster }, { etcd }) => {
    const view = viewOf(cluster, etcd)
    const pools = view.pools.filter(({ isDisabled }) => !isDisabled)
    if (pools.length === 0) return bad('no pool is enabled: pods get no address', undefined, 'See `calicoctl get ippool -o wide`.')
    const twice = view.blocks.find(({ cidr }, i) => view.blocks.findIndex(other => other.cidr === cidr) < i)?.cidr
    if (twice !== undefined)
      return bad(
        `block ${twice} belongs to ${ownersOf(view, twice)}`,
        undefined,
        'See `calicoctl ipam check` before anything else is done.',
      )
    const counts = pools.map(pool => roomOf(pool, view.blocks))
    const warning = [...gone(view), ...counts.flatMap(count => full(count, view))].join('; ')
    const detail = counts.map(({ used, size }) => `${used} of ${size} blocks`).join(', ')
    return { holds: true, detail, ...(warning === '' ? {} : { warning }) }
  },
}

/** Judged on one host. @returns none on the others */
export const blockChecks = ({ host, peers }: Pick<RoleContext, 'host' | 'peers'>, cluster: EtcdCluster): Check[] =>
  isFirst(host, peers) ? [check('Blocks of addresses are given out once, and some are left', blocksFit, { cluster })] : []

interface Room {
  pool: CalicoPool
  used: number
  /** blocks that the pool has room for */
  size: number
}

function roomOf(pool: CalicoPool, blocks: readonly CalicoBlock[]): Room {
  const range = parseRange(pool.cidr)
  const used = blocks.filter(({ cidr }) => isIn(pool.cidr, cidr))
  return { pool, used: used.length, size: range === undefined ? 0 : 2 ** Math.max(0, pool.blockSize - range.prefixLength) }
}

/** A node without a free block takes single addresses out of those of others, each with a route of its own. */
function full({ pool: { name }, used, size }: Room, { nodes }: CalicoView): string[] {
  const [free, spare] = [size - used, Math.ceil(nodes.length / 10)]
  if (free >= spare) return []
  return [`pool ${name} has ${free === 0 ? 'no block' : `${free} blocks`} left of ${size}, for ${nodes.length} nodes`]
}

function gone({ blocks, nodes }: CalicoView): string[] {
  const left = blocks.filter(({ node }) => !nodes.some(({ name }) => name === node))
  if (left.length === 0) return []
  const names = [...new Set(left.map(({ node }) => node))].join(', ')
  return [`blocks of nodes that are gone: ${left.map(({ cidr }) => cidr).join(', ')} (${names}); see \`calicoctl ipam check\``]
}

const ownersOf = ({ blocks }: CalicoView, cidr: string) =>
  blocks
    .filter(block => block.cidr === cidr)
    .map(({ node }) => node)
    .join(' and ')
