import { isIP } from 'node:net'
import { address, count, deviceName, word } from './fact-lines.js'

export interface InterfaceAddress {
  address: string
  prefixLength: number
  family: 4 | 6
  /** `global`, `link`, `host` */
  scope: string
}
export interface NetworkInterface {
  name: string
  mtu: number
  /** set up by the admin; `hasLink`: and the other end is there */
  isUp: boolean
  hasLink: boolean
  /** empty where it has none, e.g. tunnels */
  mac: string
  addresses: InterfaceAddress[]
}

const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/

/** What `ip addr show` prints: a line a link, then indented lines for it. */
export function interfacesFromIp(lines: readonly string[]): NetworkInterface[] {
  const found: NetworkInterface[] = []
  let current: NetworkInterface | undefined
  for (const line of lines) {
    if (/^\d/.test(line)) {
      current = linkFrom(line)
      if (current !== undefined) found.push(current)
    } else if (current !== undefined) addTo(current, line.trim().split(/\s+/))
  }
  return found
}

function linkFrom(line: string): NetworkInterface | undefined {
  const [, shown = '', flags = '', rest = ''] = /^\d{1,10}: (\S+): <([A-Z0-9_,-]*)> (.*)$/.exec(line) ?? []
  // `eth0@if5`: what it is stacked on or paired with
  const name = shown.replace(/@[^@]*$/, '')
  if (!deviceName(name)) return undefined
  const set = flags.split(',')
  return {
    name,
    mtu: count(/\bmtu (\d+)/.exec(rest)?.[1] ?? ''),
    isUp: set.includes('UP'),
    hasLink: set.includes('LOWER_UP'),
    mac: '',
    addresses: [],
  }
}

function addTo(link: NetworkInterface, words: readonly string[]): void {
  const [first = '', second = ''] = words
  if (first === 'link/ether') link.mac = word(second, macPattern)
  if (first !== 'inet' && first !== 'inet6') return
  // `10.0.0.1 peer 10.0.0.2/32`: the length stands with the peer
  const [own = '', ownLength] = second.split('/')
  const [, peerLength] = words[2] === 'peer' ? (words[3] ?? '').split('/') : []
  const family = isIP(own)
  if (family !== 4 && family !== 6) return
  const full = family === 4 ? 32 : 128
  const length = ownLength ?? peerLength ?? String(full)
  if (!/^\d{1,3}$/.test(length) || Number(length) > full) return
  const scope = word(words[words.indexOf('scope') + 1] ?? '', /^[a-z0-9]{1,20}$/)
  link.addresses.push({ address: own, prefixLength: Number(length), family, scope })
}

/** `NAME MTU MAC STATE`, of a host without `ip`. */
export const interfacesFromSys = (lines: readonly string[]): NetworkInterface[] =>
  lines.flatMap(line => {
    const [name = '', mtu = '', mac = '', state = ''] = line.split(' ')
    if (!deviceName(name) || address(name)) return []
    const isUp = state === 'up' || state === 'unknown'
    return [{ name, mtu: count(mtu), isUp, hasLink: isUp, mac: mac === '00:00:00:00:00:00' ? '' : word(mac, macPattern), addresses: [] }]
  })
