import { userInfo } from 'node:os'
import type { Connection } from './connection.js'
import { SshConfigError } from './errors.js'
import { expandHome, type LocalFiles } from './local-files.js'
import { atPlace, readConfig, type ConfigFile, type FoundLines } from './ssh-config-read.js'
import { configLine, type ConfigLine } from './ssh-config-text.js'
import { patternMatcher } from './ssh-patterns.js'
import { parseTime } from './ssh-time.js'
import { expandCommand, expandEnvironment, expandTokens, type TokenValues } from './ssh-tokens.js'
import { parseJumps, type Jump } from './ssh-jump.js'

/** What variables, command line and ssh_config say about one host, tokens and `~` replaced. */
export interface SshSettings {
  /** the name that Host patterns are matched with, as given */
  originalHost: string
  /** to connect to */
  hostName: string
  port: number
  user: string
  /** how the host is reached, if not directly; a list is dialled from its first to its last */
  through?: { jumps: Jump[] } | { command: string }
  /** undefined: OpenSSH's defaults; empty: none */
  identityFiles?: string[]
  certificateFiles: string[]
  identitiesOnly: boolean
  /** socket, `SSH_AUTH_SOCK`, or `none` */
  identityAgent?: string
  forwardAgent: boolean | string
  preferredAuthentications?: string[]
  /** the name that known_hosts has the key by */
  hostKeyAlias?: string
  userKnownHostsFiles: string[]
  globalKnownHostsFiles: string[]
  hashKnownHosts: boolean
  /** StrictHostKeyChecking accept-new */
  acceptNew: boolean
  /** lists as written, with their `+`, `-` or `^` */
  algorithms: Record<'kexalgorithms' | 'ciphers' | 'macs' | 'hostkeyalgorithms' | 'pubkeyacceptedalgorithms', string | undefined>
  compression: boolean
  addressFamily?: 4 | 6
  bindAddress?: string
  connectTimeoutMs?: number
  /** ConnectionAttempts, at least 1 */
  connectionAttempts?: number
  /** ServerAliveInterval; 0, which is never, is left out: a host that falls silent has to be noticed */
  keepaliveMs?: number
  /** ServerAliveCountMax */
  keepaliveCount?: number
  /** SetEnv, and what SendEnv picks from this process */
  environment: Record<string, string>
  /** sentences for the admin about what is not obeyed */
  warnings: string[]
}

const defaultFiles = (): ConfigFile[] => [
  { path: expandHome('~/.ssh/config'), folder: expandHome('~/.ssh'), checked: true },
  { path: '/etc/ssh/ssh_config', folder: '/etc/ssh', checked: false },
]

export type SettingsOf = Pick<Connection, 'host' | 'address' | 'user' | 'port' | 'sshConfigFiles' | 'sshOptions'>

/**
 * Variables, then `sshOptions`, then the user's file, then the system's: the first value of a keyword wins (ssh_config(5)).
 * @throws {SshConfigError} a file cannot be read or understood
 */
export async function sshSettings(connection: SettingsOf, local: LocalFiles): Promise<SshSettings> {
  const { host, address = host, sshConfigFiles } = connection
  const files = sshConfigFiles?.map(file => ({ path: expandHome(file), folder: expandHome('~/.ssh'), checked: false })) ?? defaultFiles()
  try {
    return settingsFrom(address, await readConfig(address, givenLines(connection), files, local))
  } catch (error) {
    throw new SshConfigError(host, `cannot use ssh_config: ${(error as Error).message}`, { cause: error })
  }
}

function givenLines({ user, port, sshOptions = [] }: SettingsOf): ConfigLine[] {
  const variable = (keyword: string, value: string | number | undefined): ConfigLine[] =>
    value === undefined ? [] : [{ keyword, words: [String(value)], rest: String(value), file: `ansible_${keyword}`, line: 0 }]
  const options = sshOptions.flatMap(text => configLine(text, { file: `-o ${text}`, line: 0 }))
  return [...variable('user', user), ...variable('port', port), ...options]
}

function settingsFrom(originalHost: string, found: FoundLines): SshSettings {
  const read = new Reader(found)
  const tokens: TokenValues = {
    originalHost,
    hostName: (read.word('hostname') ?? originalHost).toLowerCase(),
    port: read.port(),
    user: read.word('user') ?? userInfo().username,
    hostKeyAlias: read.word('hostkeyalias')?.toLowerCase(),
  }
  const path = (text: string) => expandTokens(expandEnvironment(expandHome(text)), tokens)
  const paths = (keyword: string) => read.every(keyword).map(line => atPlace(line, () => path(line.words[0]!)))
  const identityFiles = paths('identityfile')
  const forwardAgent = read.word('forwardagent') ?? 'no'
  const strict = read.word('stricthostkeychecking')?.toLowerCase()
  return {
    originalHost,
    hostName: tokens.hostName,
    port: tokens.port,
    user: tokens.user,
    through: read.through(tokens),
    ...(identityFiles.length > 0 ? { identityFiles: usable(identityFiles) } : {}),
    certificateFiles: usable(paths('certificatefile')),
    identitiesOnly: read.isYes('identitiesonly'),
    identityAgent: read.one('identityagent', word => (word.startsWith('$') && !word.startsWith('${') ? fromVariable(word) : path(word))),
    forwardAgent: /^(yes|true)$/i.test(forwardAgent) || (/^(no|false)$/i.test(forwardAgent) ? false : forwardAgent),
    preferredAuthentications: read.word('preferredauthentications')?.split(','),
    hostKeyAlias: tokens.hostKeyAlias,
    userKnownHostsFiles: read.list('userknownhostsfile', path) ?? ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'].map(expandHome),
    globalKnownHostsFiles: read.list('globalknownhostsfile', word => word) ?? systemKnownHosts,
    hashKnownHosts: read.isYes('hashknownhosts'),
    acceptNew: strict === 'accept-new',
    algorithms: {
      kexalgorithms: read.word('kexalgorithms'),
      ciphers: read.word('ciphers'),
      macs: read.word('macs'),
      hostkeyalgorithms: read.word('hostkeyalgorithms'),
      pubkeyacceptedalgorithms: read.word('pubkeyacceptedalgorithms'),
    },
    compression: read.isYes('compression'),
    addressFamily: ({ inet: 4, inet6: 6 } as const)[read.word('addressfamily')?.toLowerCase() ?? ''],
    bindAddress: read.word('bindaddress'),
    connectTimeoutMs: read.time('connecttimeout'),
    connectionAttempts: read.count('connectionattempts'),
    keepaliveMs: read.time('serveraliveinterval'),
    keepaliveCount: read.count('serveralivecountmax'),
    environment: environmentOf(read),
    warnings: [
      ...(strict === 'no' || strict === 'off' ? [hostKeysAreChecked(`StrictHostKeyChecking ${strict} in ssh_config`)] : []),
      ...notObeyed.filter(keyword => isSet(read.word(keyword.toLowerCase()))).map(keyword => `${keyword} in ssh_config is not obeyed`),
    ],
  }
}

const systemKnownHosts = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']

/** Those whose absence could surprise; all else that is not known has no meaning for a session without a terminal. */
const notObeyed = ['CanonicalizeHostname', 'RevokedHostKeys', 'KnownHostsCommand', 'PKCS11Provider']

/** The one sentence about it, whoever asked for host keys to go unchecked. */
export const hostKeysAreChecked = (what: string): string =>
  `${what} is not obeyed: host keys are always checked; --ssh-accept-new adds those of hosts that known_hosts does not have yet`

const isSet = (word: string | undefined) => word !== undefined && !/^(no|none|false)$/i.test(word)

/** `none` among them only keeps the defaults away. */
const usable = (files: readonly string[]) => [...new Set(files)].filter(file => file.toLowerCase() !== 'none')

/** `$NAME` whole: the socket that the variable names. */
const fromVariable = (word: string) => process.env[word.slice(1)] ?? 'none'

/** Values by keyword, with the place in every error. */
class Reader {
  constructor(private readonly found: FoundLines) {}

  every = (keyword: string) => this.found.get(keyword) ?? []

  word = (keyword: string): string | undefined => this.every(keyword)[0]?.words[0]

  one<Result>(keyword: string, convert: (word: string) => Result): Result | undefined {
    const [line] = this.every(keyword)
    return line && atPlace(line, () => convert(line.words[0]!))
  }

  /** The words of the first line; `none` is the empty list. */
  list(keyword: string, convert: (word: string) => string): string[] | undefined {
    const [line] = this.every(keyword)
    return line && atPlace(line, () => line.words.filter(word => word.toLowerCase() !== 'none').map(convert))
  }

  isYes = (keyword: string) => /^(yes|true)$/i.test(this.word(keyword) ?? '')

  /** In ms. `none` sets nothing: a later line can. */
  time(keyword: string): number | undefined {
    const line = this.every(keyword).find(({ words }) => words[0]!.toLowerCase() !== 'none')
    return line && parseTime(line.words[0]!)
  }

  count(keyword: string): number | undefined {
    const word = this.word(keyword)
    return word !== undefined && /^[1-9]\d*$/.test(word) ? Number(word) : undefined
  }

  port(): number {
    return (
      this.one('port', word => {
        const port = Number(word)
        if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
        throw new Error(`Port is a number from 1 to 65535, not ${word}`)
      }) ?? 22
    )
  }

  through(tokens: TokenValues): SshSettings['through'] {
    const [first, ...others] = this.every('proxy')
    // After `ProxyJump none` a ProxyCommand still counts (`ssh -G`).
    const noJump = first?.keyword === 'proxyjump' && first.rest.toLowerCase() === 'none'
    const line = noJump ? others.find(({ keyword }) => keyword === 'proxycommand') : first
    if (line === undefined) return undefined
    return atPlace(line, () => {
      if (line.keyword === 'proxycommand')
        return line.rest.toLowerCase() === 'none' ? undefined : { command: expandCommand(line.rest, tokens, 'hnpr') }
      const jumps = parseJumps(line.rest, tokens)
      return jumps === undefined ? undefined : { jumps }
    })
  }
}

/** SetEnv's first line, over what SendEnv picks. Source: ssh_config(5). */
function environmentOf(read: Reader): Record<string, string> {
  const patterns = read.every('sendenv').flatMap(({ words }) => words)
  const removed = patterns.filter(word => word.startsWith('-')).map(word => patternMatcher(word.slice(1)))
  const sent = patterns.filter(word => !word.startsWith('-')).map(patternMatcher)
  const picked = Object.entries(process.env).filter(([name]) => sent.some(is => is(name)) && !removed.some(is => is(name)))
  const set = (read.every('setenv')[0]?.words ?? []).map(word => /^([^=]+)=(.*)$/s.exec(word)?.slice(1, 3) ?? [word, ''])
  return Object.fromEntries([...picked, ...set]) as Record<string, string>
}
