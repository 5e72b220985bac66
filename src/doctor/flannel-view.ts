import { flagsOf, settingOf, type Flags, type Setting } from './flags.js'
import type { Snapshot } from './snapshot.js'
import { envFile, type EnvEntry, type Unit } from './unit.js'

/** flanneld as a unit of the host runs it. */
export interface Flannel {
  unit: Unit
  path: string
  /** e.g. [0, 28]; undefined: it did not say */
  version?: [major: number, minor: number]
  /** subnets come from etcd, not from Kubernetes */
  isOnEtcd: boolean
  /** etcd endpoints as one setting, where they are given */
  endpoints?: Setting
  caFile?: Setting
  certFile?: Setting
  keyFile?: Setting
  prefix: string
  /** interfaces as given, in the order they are tried */
  ifaces: Setting[]
  /** of subnet.env; empty where there is none */
  subnetEnv: EnvEntry[]
}

/** Options that are on or off. Source: flannel v0.28.10 main.go. */
const switches = new Set([
  ...['ip-masq', 'kube-subnet-mgr', 'iptables-forward-rules', 'version', 'set-node-network-unavailable', 'ip-blackhole-route'],
  ...[
    'ip-masq-fully-random-disable',
    'use-multi-cluster-cidr',
    'logtostderr',
    'alsologtostderr',
    'help',
    'h',
    'add_dir_header',
    'skip_headers',
  ],
])

export const isFlannel = ({ command }: Unit): boolean => /(^|\/)flanneld?$/.test(command[0]?.text ?? '')

export function flannelOf(unit: Unit, { versions, texts }: Snapshot): Flannel {
  const flags = flagsOf(unit.command.slice(1), switches)
  const path = unit.command[0]!.text
  const one = (name: string) => settingsOf(name, flags, unit.env).at(-1)
  const [, major, minor] = /v(\d+)\.(\d+)\.\d+/.exec(versions.get(path) ?? '') ?? []
  return {
    unit,
    path,
    ...(major === undefined || minor === undefined ? {} : { version: [Number(major), Number(minor)] }),
    isOnEtcd: one('kube-subnet-mgr')?.value !== 'true',
    ...given({
      endpoints: one('etcd-endpoints'),
      caFile: one('etcd-cafile'),
      certFile: one('etcd-certfile'),
      keyFile: one('etcd-keyfile'),
    }),
    prefix: one('etcd-prefix')?.value ?? '/coreos.com/network',
    ifaces: settingsOf('iface', flags, unit.env),
    subnetEnv: envFile(texts.get(one('subnet-file')?.value ?? '/run/flannel/subnet.env')),
  }
}

/** A flag, else its variable `FLANNELD_…`. Source: flannel's documentation, "Environment variables". */
function settingsOf(name: string, flags: Flags, env: readonly EnvEntry[]): Setting[] {
  const variable = `FLANNELD_${name.toUpperCase().replaceAll('-', '_')}`
  return flags.get(name) ?? env.filter(({ key }) => key === variable).map(settingOf)
}

const given = <T extends Record<string, Setting | undefined>>(fields: T): { [K in keyof T]?: Setting } =>
  Object.fromEntries(Object.entries(fields).filter(([, setting]) => setting !== undefined && setting.value !== '')) as {
    [K in keyof T]?: Setting
  }

/** The first flanneld that speaks etcd's v3 API, and no v2 any more: v0.18.0. */
export const apiOf = ({ version }: Flannel): 'v2' | 'v3' | undefined =>
  version === undefined ? undefined : version[0] > 0 || version[1] >= 18 ? 'v3' : 'v2'

export const subnetOf = ({ subnetEnv }: Flannel, key: string): Setting | undefined => {
  const entry = subnetEnv.find(each => each.key === key)
  return entry === undefined ? undefined : settingOf(entry)
}
