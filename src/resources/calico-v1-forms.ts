import type { CalicoForm } from './calico-form.js'
import type { JsonObject } from './calico-patch.js'
import { parsedObject } from './calico-v3-form.js'
import { type Json, valueAt } from './json-compare.js'

/** Resources and settings of calicoctl v1, in etcd's v2 store. Source: networking.md 1.6, 1.7, 1.9. */
const settings = '/calico/bgp/v1/global'

export const ipPoolV1: CalicoForm = {
  api: 'v2',
  key: cidr => `/calico/v1/ipam/v4/pool/${cidr.replace('/', '-')}`,
  content: text => poolOf(parsedObject(text)),
  document: (cidr, content) => ({ apiVersion: 'v1', kind: 'ipPool', metadata: { cidr }, ...content }),
  stored: (cidr, document) => JSON.stringify(storedPool(cidr, document)),
  defaults: { spec: { ipip: { enabled: false, mode: 'always' }, 'nat-outgoing': false, disabled: false } },
  immutable: [],
}

export const bgpPeerV1: CalicoForm = {
  api: 'v2',
  key: address => `${settings}/peer_v4/${address}`,
  content: text => peerOf(parsedObject(text)),
  document: (peerIP, content) => ({ apiVersion: 'v1', kind: 'bgpPeer', metadata: { peerIP, scope: 'global' }, ...content }),
  // calico writes the number as a string.
  stored: (ip, document) => JSON.stringify({ ip, as_num: word(valueAt(document, '/spec/asNumber')) }),
  defaults: {},
  immutable: [],
}

export const asNumberV1 = setting(
  'as_num',
  { value: 64512 },
  {
    read: text => (/^"?\d{1,10}"?$/.test(text) ? Number(text.replaceAll('"', '')) : undefined),
    written: word,
  },
)

export const nodeToNodeMeshV1 = setting(
  'node_mesh',
  { value: 'on' },
  {
    read: text => {
      const enabled = valueAt(parsedObject(text) ?? {}, '/enabled')
      return typeof enabled === 'boolean' ? (enabled ? 'on' : 'off') : undefined
    },
    written: value => JSON.stringify({ enabled: value === 'on' }),
  },
)

/** A number or a text as calicoctl takes and keeps it. */
export function word(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

interface SettingWords {
  read: (text: string) => string | number | undefined
  written: (value: Json | undefined) => string
}

/** `calicoctl config set NAME VALUE`; v1 has no word that takes a setting away. */
function setting(name: string, unset: JsonObject, { read, written }: SettingWords): CalicoForm {
  return {
    api: 'v2',
    key: () => `${settings}/${name}`,
    content: text => {
      const value = read(text.trim())
      return value === undefined ? undefined : { value }
    },
    document: (_, content) => content,
    stored: (_, document) => written(document['value']),
    unset,
    defaults: {},
    immutable: [],
  }
}

function poolOf(pool: JsonObject | undefined): JsonObject | undefined {
  if (pool === undefined || typeof pool['cidr'] !== 'string') return undefined
  const isTunnelled = typeof pool['ipip'] === 'string' && pool['ipip'] !== ''
  const mode = typeof pool['ipip_mode'] === 'string' && pool['ipip_mode'] !== '' ? pool['ipip_mode'] : 'always'
  return {
    spec: {
      ipip: isTunnelled ? { enabled: true, mode } : { enabled: false },
      'nat-outgoing': pool['masquerade'] === true,
      disabled: pool['disabled'] === true,
    },
  }
}

function storedPool(cidr: string, document: JsonObject): JsonObject {
  const at = (pointer: string) => valueAt(document, `/spec/${pointer}`)
  const isTunnelled = at('ipip/enabled') === true
  const disabled = at('disabled') === true
  return {
    cidr,
    ipip: isTunnelled ? 'tunl0' : '',
    ipip_mode: isTunnelled ? (at('ipip/mode') ?? 'always') : '',
    masquerade: at('nat-outgoing') === true,
    ipam: !disabled,
    disabled,
  }
}

function peerOf(peer: JsonObject | undefined): JsonObject | undefined {
  const asNumber = Number(peer?.['as_num'] ?? Number.NaN)
  return Number.isInteger(asNumber) ? { spec: { asNumber } } : undefined
}
