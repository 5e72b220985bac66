import { isObject } from './json.js'

export interface Pool {
  key: string
  cidr: string
  blockSize: number
  encapsulation: 'none' | 'always' | 'cross-subnet'
  isDisabled: boolean
}

export interface CalicoNodeData {
  key: string
  name: string
  /** with its prefix, `198.18.0.11/24`; empty: not told */
  network: string
  asNumber?: number
  isReflector: boolean
}

export interface Peer {
  key: string
  /** empty: chosen by a selector */
  ip: string
  asNumber?: number
}

/** What calico keeps in one of etcd's stores. */
export interface CalicoData {
  api: 'v2' | 'v3'
  pools: Pool[]
  nodes: CalicoNodeData[]
  peers: Peer[]
  /** full mesh of sessions between nodes; on unless it is switched off */
  isMesh: boolean
  meshKey: string
  asNumber: number
  asKey: string
  /** v2: records of reflectors that run beside calico/node */
  reflectors: { key: string; ip: string; value: string }[]
  blocks: { node: string; cidr: string }[]
}

export const defaultAs = 64512

/** `a.b.c` of nested objects. */
export const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value)

export const textAt = (value: unknown, path: string): string => {
  const found = at(value, path)
  return typeof found === 'string' ? found : ''
}

/** AS numbers come as numbers, and as text (`64512`, `1.10` for 4 bytes, which is left out). */
export const numberOf = (value: unknown): number | undefined => {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined
}
