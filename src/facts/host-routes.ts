import { address, count, deviceName, prefix } from './fact-lines.js'

export interface HostRoute {
  /** prefix, address, or `default` */
  to: string
  via?: string
  /** empty for routes without one (blackhole, several next hops) */
  dev: string
  metric: number
  /** who made it, where it is not the default: `kernel`, `dhcp`, `bird` */
  proto?: string
}

const types = new Set(['unicast', 'blackhole', 'unreachable', 'prohibit', 'throw', 'local', 'broadcast', 'multicast', 'anycast', 'nat'])

/** What `ip route show` prints; of several next hops the first counts. */
export function routesFromIp(lines: readonly string[]): HostRoute[] {
  const found: HostRoute[] = []
  for (const line of lines) {
    const words = line.trim().split(/\s+/)
    const last = found.at(-1)
    if (words[0] === 'nexthop') {
      if (last?.dev === '') Object.assign(last, hopOf(words))
      continue
    }
    const to = types.has(words[0]!) ? words[1] : words[0]
    if (to === undefined || !prefix(to)) continue
    const proto = after(words, 'proto')
    found.push({
      to,
      dev: '',
      ...hopOf(words),
      metric: count(after(words, 'metric') ?? ''),
      ...(proto !== undefined && /^[a-z0-9]{1,20}$/.test(proto) ? { proto } : {}),
    })
  }
  return found
}

const hopOf = (words: readonly string[]): { via?: string; dev?: string } => {
  const via = after(words, 'via') === 'inet6' ? after(words, 'inet6') : after(words, 'via')
  const dev = after(words, 'dev')
  return { ...(address(via) ? { via } : {}), ...(dev !== undefined && deviceName(dev) ? { dev } : {}) }
}

const after = (words: readonly string[], name: string): string | undefined => {
  const at = words.indexOf(name)
  return at < 0 ? undefined : words[at + 1]
}

/** /proc/net/route: addresses are hexadecimal, lowest byte first (on the little-endian machines that Linux servers are today). */
export const routesFromProc = (lines: readonly string[]): HostRoute[] =>
  lines.flatMap(line => {
    const match = /^(\S+)\s+([0-9A-F]{8})\s+([0-9A-F]{8})\s+[0-9A-F]+\s+\d+\s+\d+\s+(\d{1,10})\s+([0-9A-F]{8})/.exec(line)
    if (match === null) return []
    const [, dev, to, via, metric, mask] = match as unknown as [string, string, string, string, string, string]
    const length = [...BigInt(`0x${mask}`).toString(2)].filter(bit => bit === '1').length
    if (!deviceName(dev)) return []
    const destination = length === 0 ? 'default' : `${dotted(to)}/${length}`
    return [{ to: destination, ...(via === '00000000' ? {} : { via: dotted(via) }), dev, metric: Number(metric) }]
  })

const dotted = (hex: string) => [6, 4, 2, 0].map(at => parseInt(hex.slice(at, at + 2), 16)).join('.')
