// Source: ansible lib/ansible/parsing/utils/addresses.py; the shapes are kept as they are, quirks included.
const numeric = String.raw`\[[0-9]+:[0-9]+(?::[0-9]+)?\]`
const hexadecimal = String.raw`\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\]`
const alphanumeric = String.raw`\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]`
const six = `(?:[0-9a-f]{1,4}|${hexadecimal})`
const four = `(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5]|${numeric})`
const word = String.raw`[\p{L}\p{N}_]`
const label = String.raw`(?:${word}|${alphanumeric})(?:${word}|-|${alphanumeric})*(?<![_\-])`

const bracketedPort = /^\[(.+)\]:([0-9]+)$/
const barePort = /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/
const ipv4 = new RegExp(String.raw`^(?:${four}\.){3}${four}$`, 'i')
const ipv6 = new RegExp(`^(?:${shapesOfIpv6().join('|')})$`, 'i')
const hostname = new RegExp(String.raw`^${label}(?:\.${label})*$`, 'iu')

export interface Address {
  host: string
  /** Absent when none is written, and for `:0`. */
  port?: number
}

/**
 * A host name or address, perhaps with ranges and a port: `h:22`, `1.2.3.4:22`, `[::1]:22`, `web[1:3]`; a bare IPv6 address has no port.
 * `undefined` for anything else, which Ansible then takes as it stands.
 */
export function parseAddress(text: string): Address | undefined {
  let host = text
  let port: number | undefined
  // One after the other on purpose: `[h:22]:23` is h, port 22.
  for (const shape of [bracketedPort, barePort]) {
    const [, name, digits] = shape.exec(host) ?? []
    if (name === undefined) continue
    host = name
    port = Number(digits)
  }
  if (host === '' || ![ipv4, ipv6, hostname].some(shape => shape.test(host))) return undefined
  return port ? { host, port } : { host }
}

/** An IP address without ranges. */
export const isIpAddress = (text: string): boolean => !text.includes('[') && (ipv4.test(text) || ipv6.test(text))

function shapesOfIpv6(): string[] {
  const dotted = String.raw`(?:${six}\.){3}${six}`
  return [
    `(?:${six}:){7}${six}`,
    `(?:${six}:){1,6}:`,
    `${six}:(?::${six}){1,6}`,
    ...[2, 3, 4, 5].map(count => `(?:${six}:){${count}}(?::${six}){1,${7 - count}}`),
    `(?:${six}:){6}:${six}`,
    `:(?::${six}){1,6}`,
    `${six}?::`,
    `(?:0:){6}${dotted}`,
    `::(?:ffff:)?${dotted}`,
    `(?:0:){5}ffff:${dotted}`,
  ]
}
