import type { CalicoKindName } from '../calico.js'
import type { CalicoForm } from './calico-form.js'
import type { JsonObject } from './calico-patch.js'
import { isObject } from './json-compare.js'

const apiVersion = 'projectcalico.org/v3'

/** A resource of calico v3: in etcd as JSON, whose revision is the key's. Source: networking.md 2.3, recorded/calicoctl-v3.31.txt. */
export const formV3 = (kind: CalicoKindName, plural: string, rest: Partial<CalicoForm> = {}): CalicoForm => ({
  api: 'v3',
  key: name => `/calico/resources/v3/${apiVersion.split('/')[0]!}/${plural}/${name}`,
  content: text => contentOf(parsedObject(text), kind),
  document: (name, content, stored) => documentOf(kind, name, content, stored === null ? {} : (parsedObject(stored) ?? {})),
  stored: (_, document) => JSON.stringify(document),
  defaults: {},
  immutable: [],
  ...rest,
})

/** `undefined`: it is no JSON, or no object. */
export function parsedObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function contentOf(resource: JsonObject | undefined, kind: CalicoKindName): JsonObject | undefined {
  if (resource?.['kind'] !== kind) return undefined
  const { spec, metadata } = resource
  const { labels, annotations } = isObject(metadata) ? metadata : ({} as JsonObject)
  const marks = { ...(isObject(labels) ? { labels } : {}), ...(isObject(annotations) ? { annotations } : {}) }
  return { spec: isObject(spec) ? spec : {}, ...(Object.keys(marks).length === 0 ? {} : { metadata: marks }) }
}

/** Everything that is there goes along. */
function documentOf(kind: CalicoKindName, name: string, content: JsonObject, { metadata, ...rest }: JsonObject): JsonObject {
  const { labels: _labels, annotations: _annotations, ...kept } = isObject(metadata) ? metadata : ({} as JsonObject)
  const { metadata: marks, ...fields } = content
  return { ...rest, kind, apiVersion, metadata: { ...kept, name, ...(isObject(marks) ? marks : {}) }, ...fields }
}
