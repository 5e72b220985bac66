import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { KeyPrint } from './host-key-errors.js'
import { listMatcher } from './ssh-patterns.js'

/** One line of a known_hosts file. Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export interface KnownHost {
  marker?: 'cert-authority' | 'revoked'
  type: string
  /** the key as it goes over the wire */
  key: Buffer
  file: string
  line: number
}

interface Pattern {
  entry: KnownHost
  matches(name: string): boolean
}

/** The lines of known_hosts files; plain names are looked up, only hashed names and wildcards are tried one by one. */
export class KnownHosts {
  private readonly plain = new Map<string, KnownHost[]>()
  private readonly patterns: Pattern[] = []

  /** Adds what a file says, from its line `first` on. Lines that are none are skipped, as OpenSSH does. */
  addText(text: string, file: string, first = 1): this {
    text.split('\n').forEach((line, i) => this.addLine(line, file, first + i))
    return this
  }

  /** Every entry for the name as it stands in the files, e.g. `[10.0.0.1]:2222`; revoked ones are for any host they match. */
  find(name: string): KnownHost[] {
    const matched = this.patterns.filter(pattern => pattern.matches(name)).map(({ entry }) => entry)
    return [...(this.plain.get(name) ?? []), ...matched]
  }

  private addLine(text: string, file: string, line: number) {
    const words = text.trim().split(/[ \t]+/)
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined
    const [names, type, base64] = words
    if (!names || names.startsWith('#') || !type || !base64) return
    if (marker !== undefined && marker !== '@cert-authority' && marker !== '@revoked') return
    const key = Buffer.from(base64, 'base64')
    if (keyType(key) !== type) return
    this.addEntry(names, { marker: marker?.slice(1) as KnownHost['marker'], type, key, file, line })
  }

  private addEntry(names: string, entry: KnownHost) {
    if (names.startsWith('|1|')) return void this.patterns.push({ entry, matches: hashedName(names) })
    const list = [...new Set(names.toLowerCase().split(','))]
    if (list.some(name => /[*?!]/.test(name))) {
      const match = listMatcher(list)
      return void this.patterns.push({ entry, matches: name => match(name) === 'matched' })
    }
    for (const name of list) {
      const entries = this.plain.get(name)
      if (entries) entries.push(entry)
      else this.plain.set(name, [entry])
    }
  }
}

/** A host as known_hosts may name it. */
export interface HostNames {
  /** lower case, with the port unless it is 22; a HostKeyAlias as it is */
  name: string
  /** without the port, where `name` has one: a line with it may vouch for the key too, but not against it (OpenSSH, `check_host_key`) */
  plain?: string
}

export function hostNames(address: string, port: number, alias?: string): HostNames {
  const plain = address.toLowerCase()
  if (alias !== undefined) return { name: alias.toLowerCase() }
  return port === 22 ? { name: plain } : { name: `[${plain}]:${port}`, plain }
}

/** A name as HashKnownHosts writes it. */
export function hashHostName(name: string): string {
  const salt = randomBytes(20)
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}

export type HostKeyVerdict =
  | { verdict: 'known' }
  | { verdict: 'unknown'; byAuthority: boolean }
  | { verdict: 'changed'; known: KnownHost[] }
  | { verdict: 'revoked'; by: KnownHost }

/** What known_hosts says to a key that a host shows. */
export function judgeHostKey(hosts: KnownHosts, { name, plain }: HostNames, key: Buffer): HostKeyVerdict {
  const named = hosts.find(name)
  const all = plain === undefined ? named : [...named, ...hosts.find(plain)]
  const same = (entry: KnownHost) => entry.key.equals(key)
  const revoked = all.find(entry => entry.marker === 'revoked' && same(entry))
  if (revoked) return { verdict: 'revoked', by: revoked }
  if (all.some(entry => entry.marker === undefined && same(entry))) return { verdict: 'known' }
  const known = named.filter(entry => entry.marker === undefined)
  if (known.length > 0) return { verdict: 'changed', known }
  return { verdict: 'unknown', byAuthority: named.some(entry => entry.marker === 'cert-authority') }
}

/** `@cert-authority` lines for a host. */
export const authoritiesOf = (hosts: KnownHosts, { name, plain }: HostNames): KnownHost[] =>
  [name, ...(plain === undefined ? [] : [plain])].flatMap(each => hosts.find(each)).filter(({ marker }) => marker === 'cert-authority')

/** The types of key that known_hosts has for a host: those are asked for first, so that a host is not refused for showing another. */
export function knownKeyTypes(hosts: KnownHosts, { name, plain }: HostNames): string[] {
  const named = hosts.find(name)
  const entries = named.length > 0 || plain === undefined ? named : hosts.find(plain)
  return [...new Set(entries.filter(entry => entry.marker === undefined).map(({ type }) => type))]
}

/** `SHA256:…` without padding, as `ssh-keygen -l` prints it. */
export const keyPrint = (key: Buffer): KeyPrint => ({
  type: keyType(key) ?? 'unknown',
  fingerprint: `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`,
})

/** The first string of a key blob. Source: RFC 4253, section 6.6. */
export function keyType(key: Buffer): string | undefined {
  if (key.length < 4) return undefined
  const length = key.readUInt32BE(0)
  return length > 0 && length <= key.length - 4 ? key.toString('latin1', 4, 4 + length) : undefined
}

const hashedName = (word: string) => {
  const [, , salt = '', digest = ''] = word.split('|')
  const [key, wanted] = [Buffer.from(salt, 'base64'), Buffer.from(digest, 'base64')]
  return (name: string) => createHmac('sha1', key).update(name).digest().equals(wanted)
}
