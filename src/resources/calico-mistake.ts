import { isIP, isIPv4 } from 'node:net'
import type { CalicoFields, CalicoKindName } from '../calico.js'
import { calicoForms } from './calico-kinds.js'
import { prefixOf } from './calico-prefix.js'
import type { CalicoResourceParams } from './calico-resource.js'
import type { KindMistake } from './resource.js'

/**
 * What calico would refuse only when it is written, and what it would take and not mean (recorded with calicoctl v3.31.7: a cidr that is not
 * masked, a pool smaller than a block, both peerIP and peerSelector, a cluster ID that is no dotted quad).
 */
export function calicoMistake({ cluster, kind, name, set, createOnly, mustExist }: CalicoResourceParams): KindMistake | undefined {
  const { api, unset } = calicoForms[kind]
  if (cluster.api !== api) return at('kind', `is a form of calico on etcd's ${api} API, and cluster.api is ${cluster.api}`)
  if (!namePatterns[kind].test(name)) return at('name', `must be ${nameWords[kind]}`)
  if (unset !== undefined) return mistakeOfSetting(kind, set)
  if (set === null) return createOnly === true || mustExist === true ? at('set', 'cannot be null with createOnly or mustExist') : undefined
  if ('value' in set) return { path: ['set', 'value'], problem: `is for asNumber and nodeToNodeMesh; ${kind} has spec` }
  if (kind === 'ipPool' || kind === 'bgpPeer') return mistakeOfV1(kind, name, set)
  const found = mistakesOfSpec[kind]?.(set.spec ?? {})
  return found === undefined ? undefined : { path: ['set', 'spec', found.field], problem: found.problem }
}

const at = (parameter: string, problem: string): KindMistake => ({ path: [parameter], problem })

const settings = /^(default|node\.[a-z0-9]([a-z0-9.-]*[a-z0-9])?)$/
const resource = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/
const [settingWords, resourceWords, globalWords] = ['default or node.NAME', 'of lower case letters, digits, dots and dashes', 'global']
const namePatterns: Record<CalicoKindName, RegExp> = {
  IPPool: resource,
  BGPConfiguration: settings,
  BGPPeer: resource,
  FelixConfiguration: settings,
  Node: resource,
  ipPool: /^[0-9.]+\/[0-9]+$/,
  bgpPeer: /^[0-9.]+$/,
  asNumber: /^global$/,
  nodeToNodeMesh: /^global$/,
}
const nameWords: Record<CalicoKindName, string> = {
  IPPool: resourceWords,
  BGPConfiguration: settingWords,
  BGPPeer: resourceWords,
  FelixConfiguration: settingWords,
  Node: resourceWords,
  ipPool: 'the IPv4 network of the pool',
  bgpPeer: 'the IPv4 address of the peer',
  asNumber: globalWords,
  nodeToNodeMesh: globalWords,
}

interface SpecMistake {
  field: string
  problem: string
}
const mistakesOfSpec: Partial<Record<CalicoKindName, (spec: CalicoFields) => SpecMistake | undefined>> = {
  IPPool: mistakeOfPool,
  BGPConfiguration: ({ asNumber, nodeToNodeMeshEnabled: mesh }) =>
    mesh !== undefined && mesh !== null && typeof mesh !== 'boolean'
      ? { field: 'nodeToNodeMeshEnabled', problem: 'must be true or false' }
      : mistakeOfAs(asNumber),
  BGPPeer: mistakeOfPeer,
  Node: mistakeOfNode,
}

function mistakeOfPool({ cidr, blockSize, ipipMode, vxlanMode }: CalicoFields): SpecMistake | undefined {
  for (const [field, mode] of Object.entries({ ipipMode, vxlanMode }))
    if (isGiven(mode) && !modes.includes(mode as string)) return { field, problem: `must be one of ${modes.join(', ')}` }
  if (isOn(ipipMode) && isOn(vxlanMode)) return { field: 'vxlanMode', problem: 'cannot be on together with ipipMode' }
  if (!isGiven(cidr)) return undefined
  const network = typeof cidr === 'string' ? prefixOf(cidr) : undefined
  if (network === undefined) return { field: 'cidr', problem: 'must be a network, e.g. 10.200.0.0/16' }
  if (!network.isMasked) return { field: 'cidr', problem: 'has bits of a host set, which calico refuses' }
  if (network.family === 6 && isOn(ipipMode)) return { field: 'ipipMode', problem: 'is for IPv4 alone' }
  return mistakeOfBlocks(blockSize, network)
}

const modes = ['Always', 'CrossSubnet', 'Never']
const isGiven = (value: unknown) => value !== undefined && value !== null
const isOn = (mode: unknown) => isGiven(mode) && mode !== 'Never'

function mistakeOfBlocks(blockSize: unknown, { family, length }: { family: 4 | 6; length: number }): SpecMistake | undefined {
  const [least, most, usual] = family === 4 ? [20, 32, 26] : [116, 128, 122]
  const size = isGiven(blockSize) ? Number(blockSize) : usual
  if (!Number.isInteger(size) || size < least || size > most)
    return { field: 'blockSize', problem: `must be a number from ${least} to ${most}` }
  return size < length ? { field: 'cidr', problem: `is smaller than one block of /${size}` } : undefined
}

function mistakeOfPeer({ peerIP, peerSelector, node, nodeSelector, asNumber }: CalicoFields): SpecMistake | undefined {
  if (isSet(peerIP) && isSet(peerSelector)) return { field: 'peerSelector', problem: 'cannot go with peerIP' }
  if (isSet(node) && isSet(nodeSelector)) return { field: 'nodeSelector', problem: 'cannot go with node' }
  if (isSet(peerSelector) && isGiven(asNumber)) return { field: 'asNumber', problem: 'cannot go with peerSelector: nodes have their own' }
  if (isSet(peerIP) && !isPeer(String(peerIP))) return { field: 'peerIP', problem: 'must be an address, or address:port' }
  return mistakeOfAs(asNumber)
}

const isSet = (value: unknown) => isGiven(value) && value !== ''
const isPeer = (text: string) =>
  isIP(text) !== 0 || isIPv4(text.replace(/:\d{1,5}$/, '')) || isIP(text.replace(/^\[(.*)\]:\d{1,5}$/, '$1')) === 6

function mistakeOfAs(asNumber: unknown): SpecMistake | undefined {
  const isNumber = Number.isInteger(asNumber) && Number(asNumber) >= 1 && Number(asNumber) <= 4294967295
  return isGiven(asNumber) && !isNumber ? { field: 'asNumber', problem: 'must be a number from 1 to 4294967295' } : undefined
}

function mistakeOfNode({ bgp }: CalicoFields): SpecMistake | undefined {
  const id = typeof bgp === 'object' && bgp !== null ? (bgp as CalicoFields)['routeReflectorClusterID'] : undefined
  return isSet(id) && !isIPv4(String(id))
    ? { field: 'bgp', problem: 'has a routeReflectorClusterID that is no dotted quad, e.g. 244.0.0.1' }
    : undefined
}

function mistakeOfSetting(kind: CalicoKindName, set: CalicoResourceParams['set']): KindMistake | undefined {
  const path = ['set', 'value']
  const value = set?.value
  if (value === undefined || Object.keys(set!).length > 1)
    return { path: ['set'], problem: 'must be { value: … }: a setting has no other part' }
  if (kind === 'nodeToNodeMesh') return value === 'on' || value === 'off' ? undefined : { path, problem: 'must be on or off' }
  const found = mistakeOfAs(value)
  return found === undefined ? undefined : { path, problem: found.problem }
}

function mistakeOfV1(
  kind: CalicoKindName,
  name: string,
  { spec = {}, metadata }: NonNullable<CalicoResourceParams['set']>,
): KindMistake | undefined {
  if (metadata !== undefined) return { path: ['set', 'metadata'], problem: `is not for ${kind}: its metadata is its name` }
  if (kind === 'bgpPeer') {
    if (!isIPv4(name)) return at('name', `must be ${nameWords.bgpPeer}`)
    const found = mistakeOfAs(spec['asNumber'])
    return found === undefined ? undefined : { path: ['set', 'spec', 'asNumber'], problem: found.problem }
  }
  const network = prefixOf(name)
  if (network === undefined || !network.isMasked) return at('name', 'must be the network of the pool, with no bits of a host set')
  if (network.length > 26) return at('name', 'is smaller than one block of /26')
  const { mode } = (spec['ipip'] ?? {}) as CalicoFields
  return mode === undefined || mode === null || mode === 'always' || mode === 'cross-subnet'
    ? undefined
    : { path: ['set', 'spec', 'ipip'], problem: 'has a mode that is neither always nor cross-subnet' }
}
