import { found, type Cause, type Evidence, blind } from '../cause.js'
import { accessesOf } from '../etcd-access.js'
import { isObject } from '../json.js'
import { quotedLine, type TextFile } from '../text-file.js'
import { entryOf, parseYamlDocuments, toPlain, type YamlNode } from '../../yaml.js'

export const noPort: Cause = {
  id: 'P04',
  title: 'An etcd endpoint without scheme or port',
  looksAt: 'every endpoint in the CNI configuration, calico.env, calicoctl.cfg, the units of flanneld and calico/node, and reflectors',
  role: 'calico-node',
  of: 'host',
  detect: host => {
    const bad = accessesOf(host).filter(({ endpoints }) => endpoints.some(endpoint => !isWhole(endpoint)))
    if (bad.length === 0) return undefined
    const [first] = bad
    const endpoint = first!.endpoints.find(each => !isWhole(each))!
    return found(
      `${first!.who} has an etcd endpoint without ${/:\/\//.test(endpoint) ? 'a port' : 'a scheme'}: ${endpoint}. Whenever that one is asked, it asks a port where no etcd listens`,
      bad.map(({ evidence }) => evidence),
      'Write every endpoint as https://address:2379.',
      first!.who === 'flannel' ? 'flannel' : first!.who === 'route reflector' ? 'route-reflector' : 'calico-node',
    )
  },
}

const isWhole = (endpoint: string) => /^https?:\/\/(\[[0-9A-Fa-f:.]+\]|[^\s/:@?#[\]]+):\d{1,5}\/?$/.test(endpoint)

/** Fields that belong under metadata or spec. Source: networking.md 1.6–1.8, 2.3. */
const inside =
  /^(cidr|peerIP|scope|node|ipip|nat-outgoing|natOutgoing|ipipMode|vxlanMode|blockSize|asNumber|etcd[A-Z]\w*|datastoreType|name|peerSelector|nodeSelector)$/

export const flatYaml: Cause = {
  id: 'P08',
  title: 'YAML of calico lost its indentation',
  looksAt: 'calicoctl.cfg, *.yaml and *.yml in /etc/calico: each document parsed, its fields under metadata and spec',
  unseen: 'files elsewhere, and what was piped into calicoctl',
  role: 'calico-node',
  of: 'host',
  detect: ({ snapshot }) => {
    const bad = calicoFiles(snapshot.texts).flatMap(file => mistakesIn(file).map(mistake => ({ file, ...mistake })))
    if (bad.length === 0) return undefined
    return found(
      `${bad[0]!.file.path} ${bad[0]!.what}${bad[0]!.file.path.endsWith('calicoctl.cfg') ? ': calicoctl silently asks etcd at 127.0.0.1, or refuses the file' : ''}`,
      bad.slice(0, 4).map(({ evidence }) => evidence),
      'Make the YAML from data; metadata: and spec: hold their fields indented.',
    )
  },
}

const calicoFiles = (texts: ReadonlyMap<string, TextFile>): TextFile[] =>
  [...texts.values()].filter(({ path }) => /^\/etc\/calico\/[^/]+\.(cfg|ya?ml)$/.test(path))

interface Mistake {
  what: string
  evidence: Evidence
}

function mistakesIn(file: TextFile): Mistake[] {
  let documents: YamlNode[]
  try {
    documents = parseYamlDocuments(file.lines.join('\n'), file.path)
  } catch (error) {
    const { message } = error as Error
    const line = Number(/:(\d+):\d+:/.exec(message)?.[1] ?? 1)
    return [{ what: 'is no YAML', evidence: { text: (file.lines[line - 1] ?? '').trim(), where: `${file.path}:${line}` } }]
  }
  return documents.flatMap(document => mistakeOf(file, document))
}

function mistakeOf(file: TextFile, document: YamlNode): Mistake[] {
  const kind = entryOf(document, 'kind')?.value
  if (document.kind !== 'mapping' || kind?.kind !== 'scalar') return []
  const stray = document.entries.find(({ key }) => inside.test(key))
  const at = (line: number) => ({ text: (file.lines[line - 1] ?? '').trim(), where: `${file.path}:${line}` })
  if (stray !== undefined)
    return [
      {
        what: `has ${stray.key} beside ${entryOf(document, 'spec') === undefined ? 'kind' : 'spec'}, not under it`,
        evidence: at(stray.keyOrigin.line),
      },
    ]
  const spec = entryOf(document, 'spec')
  if (/^calicoapiconfig$/i.test(String(kind.value)) && !namesDatastore(spec?.value))
    return [{ what: 'names no etcd', evidence: at(spec?.keyOrigin.line ?? kind.origin.line) }]
  return spec !== undefined && spec.value.kind !== 'mapping' ? [{ what: 'has an empty spec', evidence: at(spec.keyOrigin.line) }] : []
}

function namesDatastore(spec: YamlNode | undefined): boolean {
  const said = spec === undefined ? undefined : toPlain(spec)
  if (!isObject(said)) return false
  return (
    ['etcdEndpoints', 'etcdDiscoverySrv', 'kubeconfig'].some(key => typeof said[key] === 'string' && said[key] !== '') ||
    said['datastoreType'] === 'kubernetes'
  )
}

export const otherConfigVersion: Cause = {
  id: 'P39',
  title: 'calicoctl.cfg is of another generation than calicoctl',
  looksAt: 'apiVersion of the file against `calicoctl version --client`',
  role: 'calico-node',
  of: 'host',
  detect: ({ calico, name }) => {
    const file = calico?.calicoctlConfig
    if (file === undefined || calico?.calicoctlMajor === undefined) return undefined
    const evidence = quotedLine(file, /^\s*apiVersion:/)
    const isV1 = /apiVersion:\s*["']?v1["']?\s*(#.*)?$/.test(evidence?.text ?? '')
    if (evidence === undefined) return undefined
    if (calico.calicoctlMajor === 0) return blind(`the version of calicoctl, which ${name}'s does not tell`)
    if (isV1 === calico.calicoctlMajor < 3) return undefined
    return found(
      `${file.path} is written for calicoctl ${isV1 ? 'v1' : 'v3'}, and calicoctl here is v${calico.calicoctlMajor}: it refuses the file`,
      [evidence, { text: `v${calico.calicoctlMajor}`, where: 'calicoctl version --client' }],
      `Write it with apiVersion ${isV1 ? 'projectcalico.org/v3 and kind CalicoAPIConfig' : 'v1 and kind calicoApiConfig'}.`,
    )
  },
}
