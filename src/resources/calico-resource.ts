import type { Calicoctl, CalicoFields, CalicoKindName, CalicoWrite } from '../calico.js'
import type { Change } from '../change.js'
import { printable } from '../errors.js'
import type { EtcdCluster } from '../etcd.js'
import { calicoForms } from './calico-kinds.js'
import { fieldsSeen } from './calico-judged.js'
import { calicoMistake } from './calico-mistake.js'
import { bare, fieldsOf, merged, sameFields, seenWith, without, type JsonObject } from './calico-patch.js'
import { calicoResourceSchema } from './calico-resource-schema.js'
import { fieldsText } from './calico-text.js'
import { RequirementError } from './errors.js'
import { differingPointers, type Json, valueAt, withDefaults } from './json-compare.js'
import type { ClusterKind } from './resource.js'
import { clusterTaskOf } from './task.js'

/**
 * A resource of calico, read from etcd once a run and written by calicoctl on the task's host, which checks it and keeps its revisions. Fields that
 * are not named are left as they are. Profile classic (`cluster.api: 'v2'`): the kinds ipPool (its name is the CIDR), bgpPeer (global; its name is
 * the address), and the settings asNumber and nodeToNodeMesh (name `global`, `set: { value: 64512 }`, `set: { value: 'off' }`).
 */
export interface CalicoResourceParams {
  cluster: EtcdCluster
  calicoctl: Calicoctl
  kind: CalicoKindName
  name: string
  /** merge patch (RFC 7386) over what is there: `{ spec: {…}, metadata: { labels: {…} } }`; `null` takes a field away. `set: null`: the resource is to be absent */
  set: { spec?: CalicoFields; metadata?: { labels?: Marks; annotations?: Marks }; value?: string | number } | null
  /** a resource that is there is left as it is; default false */
  createOnly?: boolean
  /** made by calico/node, never by us (Node): what is absent is made by a play before, and is written then; default false */
  mustExist?: boolean
  /** what the server fills in beside what is known of the kind: writing it or not is no difference */
  defaults?: CalicoFields
  /** JSON pointers of what must be so already where the resource is there, e.g. `['/spec/blockSize']`: a RequirementError when planning */
  immutable?: string[]
  immutableHint?: string
}
type Marks = Record<string, string | null>

export interface CalicoResourceState {
  /** as far as an admin sets it; `null`: absent */
  content: JsonObject | null
  /** what etcd holds is no resource of this kind: its text */
  foreign?: string
  /** a play before makes it; what else it holds is not known */
  isAwaited?: true
}

export const calicoResourceKind: ClusterKind<CalicoResourceParams, CalicoResourceState> = {
  kind: 'calico-resource',
  schema: calicoResourceSchema,
  mistake: calicoMistake,
  key: ({ kind, name }) => `calico:${kind}/${name}`,
  cluster: ({ cluster }) => cluster,
  onHost: ({ calicoctl: { path, config } }) => [path, config],
  reads: desired => [{ key: keyOf(desired) }],
  parse(values, desired) {
    const { content: contentOf, unset = null } = calicoForms[desired.kind]
    const text = values.find(({ key }) => key === keyOf(desired))?.value ?? null
    if (text === null) return { content: unset }
    const content = contentOf(text)
    return content === undefined ? { content: {}, foreign: text } : { content }
  },
  diff(desired, observed) {
    refuseForeign(desired, observed)
    const wanted = wantedOf(desired, observed)
    if (wanted === undefined) return []
    refuseImmutable(desired, observed)
    return [changeOf(desired, observed, wanted)]
  },
  after(desired, observed) {
    const wanted = wantedOf(desired, observed)
    if (wanted === undefined) return observed
    return { content: wanted, ...(isLater(desired, observed) ? { isAwaited: true as const } : {}) }
  },
  writes: (desired, observed) => (wantedOf(desired, observed) === undefined ? [] : [writeOf(desired, observed)]),
  undo(desired, observed) {
    const wanted = wantedOf(desired, observed)
    return wanted === undefined ? [] : [undoOf(desired, observed, wanted)]
  },
}

/** `calicoResource('Turn the mesh off', { …, kind: 'BGPConfiguration', name: 'default', set: { spec: { nodeToNodeMeshEnabled: false } } })` */
export const calicoResource = clusterTaskOf(calicoResourceKind)

const keyOf = ({ kind, name }: CalicoResourceParams) => calicoForms[kind].key(name)
const patchOf = ({ set }: CalicoResourceParams) => set as JsonObject | null
const defaultsOf = ({ kind, defaults = {} }: CalicoResourceParams) =>
  withDefaults(defaults as JsonObject, calicoForms[kind].defaults) as JsonObject

/** calico/node makes it between now and then. */
const isLater = ({ mustExist, set }: CalicoResourceParams, { content, isAwaited }: CalicoResourceState) =>
  isAwaited === true || (mustExist === true && content === null && set !== null)

/** What should be there; `undefined`: it is so already. */
function wantedOf(desired: CalicoResourceParams, { content }: CalicoResourceState): JsonObject | null | undefined {
  const set = patchOf(desired)
  if (set === null) return content === null ? undefined : null
  if (content !== null && desired.createOnly === true) return undefined
  const wanted = settled(desired, merged(content, set))
  if (content === null) return wanted
  const defaults = defaultsOf(desired)
  return sameFields(seenWith(content, defaults), seenWith(wanted, defaults)) ? undefined : wanted
}

/** calicoctl v1 keeps no more than it means: of a pool without a tunnel not the tunnel's mode. */
function settled({ kind, name }: CalicoResourceParams, content: JsonObject): JsonObject {
  const form = calicoForms[kind]
  return form.api === 'v3' ? content : (form.content(form.stored(name, form.document(name, content, null))) ?? content)
}

/** Of a change the fields that differ and no others, of a new or a leaving resource all. */
function changeOf(desired: CalicoResourceParams, observed: CalicoResourceState, wanted: JsonObject | null): Change {
  const { content } = observed
  const field = 'resource'
  if (wanted === null) return { field, before: { text: fieldsText(bare(content) as JsonObject) }, after: null }
  const set = patchOf(desired)!
  if (isLater(desired, observed)) return { field, before: { unknown: 'calico/node makes it' }, after: { text: fieldsText(set) } }
  if (content === null) return { field, before: null, after: { text: fieldsText(set) } }
  const [before, after] = [content, wanted].map(each => fieldsOf(set, seenWith(each, defaultsOf(desired))!))
  const differ = new Set(differingPointers(bare(before!), bare(after!)))
  const only = (fields: JsonObject) => ({ text: fieldsText(onlyAt(fields, differ, '') as JsonObject, set) })
  return { field, before: only(before!), after: only(after!) }
}

function onlyAt(fields: Json, pointers: ReadonlySet<string>, at: string): Json {
  if (pointers.has(at)) return fields
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return null
  const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, onlyAt(value, pointers, `${at}/${escaped(name)}`)]))
}

const shared = (desired: CalicoResourceParams): Pick<CalicoWrite, 'type' | 'key' | 'kind' | 'name' | 'calicoctl' | 'defaults'> => ({
  type: 'calico',
  key: keyOf(desired),
  kind: desired.kind,
  name: desired.name,
  calicoctl: desired.calicoctl,
  defaults: defaultsOf(desired),
})

function writeOf(desired: CalicoResourceParams, observed: CalicoResourceState): CalicoWrite {
  const write = { ...shared(desired), set: patchOf(desired), ...(desired.mustExist === true ? { mustExist: true as const } : {}) }
  return isLater(desired, observed) ? write : { ...write, before: fieldsSeen(write, observed.content) }
}

function undoOf(desired: CalicoResourceParams, { content }: CalicoResourceState, wanted: JsonObject | null): CalicoWrite {
  const common = shared(desired)
  const set = patchOf(desired)
  // What was deleted is made again as it was, while nobody else has.
  if (set === null || wanted === null) return { ...common, set: content, before: null }
  const isMade = content === null && desired.mustExist !== true
  const { isShared, api } = calicoForms[desired.kind]
  const reverse = content === null ? without(set) : api === 'v2' ? content : fieldsOf(set, content)
  const undo = { ...common, set: isMade ? null : reverse }
  return { ...undo, before: fieldsSeen(undo, wanted), ...(isMade && isShared === true ? { keepOthers: reverse } : {}) }
}

/** @throws RequirementError */
function refuseForeign(desired: CalicoResourceParams, { foreign }: CalicoResourceState) {
  if (foreign === undefined) return
  throw new RequirementError(
    `${keyOf(desired)} in etcd is no ${desired.kind} of calico; it is left as it is`,
    `See who wrote it, and take it away or write it again with calicoctl.`,
    printable(foreign.slice(0, 2000)),
  )
}

/** @throws RequirementError what can never change is not as wanted */
function refuseImmutable(desired: CalicoResourceParams, { content }: CalicoResourceState) {
  const set = patchOf(desired)
  if (content === null || set === null) return
  const { immutable = [], kind, name, immutableHint } = desired
  const [found, wanted] = [content, merged(content, set)].map(each => seenWith(each, defaultsOf(desired))!)
  const differing = [...new Set([...immutable, ...calicoForms[kind].immutable])].flatMap(pointer => {
    const [is, wish] = [valueAt(found!, pointer), valueAt(wanted!, pointer)]
    return sameFields(is ?? null, wish ?? null) ? [] : [`${pointer.slice(1).replaceAll('/', '.')} is ${told(is)}, wanted ${told(wish)}`]
  })
  if (differing.length === 0) return
  throw new RequirementError(
    `calico's ${kind} ${name} cannot be changed like this: ${differing.join('; ')}`,
    immutableHint ?? `Wish for what ${kind} ${name} has, or make another one under another name; nothing was changed.`,
  )
}

const told = (value: Json | undefined) => (value === undefined ? 'not set' : printable(JSON.stringify(value)))
