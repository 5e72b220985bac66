import { isIPv4, isIPv6 } from 'node:net'
import { text } from './arguments.js'
import type { Filter } from './filters.js'
import { TemplateProblem } from './problem.js'
import type { Jinja } from './values.js'

/**
 * The plainest of `ansible.utils.ipaddr` and its like, for IPv4: is it an address or network, and its parts. Of IPv6 only whether it is one.
 * Like there, what is none gives False.
 */
export const networkFilters: Readonly<Record<string, Filter>> = {
  ipaddr: (value, { list: [query = ''] }) => ipaddr(value, query),
  ipv4: (value, { list: [query = ''] }) => (typeof value === 'string' && isIPv4(value.split('/')[0]!) ? ipaddr(value, query) : false),
  ipv6: value => (typeof value === 'string' && isIPv6(value.split('/')[0]!) ? value : false),
  'ansible.utils.ipaddr': (value, { list: [query = ''] }) => ipaddr(value, query),
  'ansible.utils.ipv4': (value, { list: [query = ''] }) =>
    typeof value === 'string' && isIPv4(value.split('/')[0]!) ? ipaddr(value, query) : false,
  'ansible.utils.ipv6': value => (typeof value === 'string' && isIPv6(value.split('/')[0]!) ? value : false),
}

function ipaddr(value: Jinja, query: Jinja): Jinja {
  const [address = '', bits, ...more] = typeof value === 'string' ? value.split('/') : []
  if (more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false
  if (isIPv6(address) && query === '' && Number(bits ?? 128) <= 128) return value
  if (!isIPv4(address) || Number(bits ?? 32) > 32) return false
  const prefix = Number(bits ?? 32)
  const size = 2 ** (32 - prefix)
  const network = Math.floor(numberOfAddress(address) / size) * size
  if (typeof query === 'number') {
    const at = query < 0 ? size + query : query
    return at < 0 || at >= size ? false : `${addressOf(network + at)}/${prefix}`
  }
  const part = parts[text('ipaddr query', query)]
  if (!part)
    throw new TemplateProblem(
      `ipaddr: netplay has no query "${query as string}"; it has ${Object.keys(parts).filter(Boolean).join(', ')} and numbers`,
    )
  return part({ value: value as string, address, prefix, network, size, hasPrefix: bits !== undefined })
}

interface Network {
  value: string
  address: string
  prefix: number
  network: number
  size: number
  hasPrefix: boolean
}

const parts: Record<string, (of: Network) => Jinja> = {
  '': ({ value }) => value,
  address: ({ address }) => address,
  host: ({ address, prefix }) => `${address}/${prefix}`,
  prefix: ({ prefix }) => prefix,
  netmask: ({ size }) => addressOf(2 ** 32 - size),
  network: ({ network }) => addressOf(network),
  broadcast: ({ network, size, prefix }) => (prefix > 30 ? '' : addressOf(network + size - 1)),
  subnet: ({ network, prefix }) => `${addressOf(network)}/${prefix}`,
  'network/prefix': ({ network, prefix }) => `${addressOf(network)}/${prefix}`,
  net: ({ value, address, network, hasPrefix }) => (hasPrefix && addressOf(network) === address ? value : false),
  size: ({ size }) => size,
  version: () => 4,
}

const numberOfAddress = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
const addressOf = (number: number) => [24, 16, 8, 0].map(shift => Math.floor(number / 2 ** shift) % 256).join('.')
