import SSHConfig from 'ssh-config'
import { SshConfigError } from './errors.js'
import { expandHome, type LocalFiles } from './local-files.js'

/** What ssh_config says about one host. */
export interface SshSettings {
  hostName?: string
  port?: number
  user?: string
  identityFiles: string[]
  identitiesOnly: boolean
  userKnownHostsFiles?: string[]
  connectTimeoutMs?: number
  /** ServerAliveInterval; 0, which is never, is left out: a host that falls silent has to be noticed */
  keepaliveMs?: number
  /** ServerAliveCountMax */
  keepaliveCount?: number
  /** StrictHostKeyChecking accept-new */
  acceptNew: boolean
  /** sentences for the admin about what is not obeyed */
  warnings: string[]
}

const defaultFiles = ['~/.ssh/config', '/etc/ssh/ssh_config']

/**
 * Reads the user's file, then the system's; the first value of a keyword wins, identity files accumulate (ssh_config(5)).
 * @param address the name that Host patterns are matched with
 * @param files default the user's and the system's
 * @throws {SshConfigError} the file cannot be read, or says that the host is reached through another
 */
export async function sshSettings(
  host: string,
  address: string,
  files: readonly string[] = defaultFiles,
  local: LocalFiles,
): Promise<SshSettings> {
  const settings = await Promise.all(files.map(file => computed(host, address, expandHome(file), local)))
  const values = (keyword: string) => settings.flatMap(found => found[keyword] ?? [])
  const value = (keyword: string): string | undefined => values(keyword)[0]
  for (const keyword of ['ProxyJump', 'ProxyCommand']) {
    const through = value(keyword.toLowerCase())
    if (through === undefined || through.toLowerCase() === 'none') continue
    throw new SshConfigError(host, `ssh_config reaches ${address} through ${keyword} ${through}, which netplay does not do yet`)
  }
  const strict = value('stricthostkeychecking')?.toLowerCase()
  return {
    hostName: value('hostname')?.replaceAll('%h', address).replaceAll('%%', '%'),
    port: value('port') === undefined ? undefined : Number(value('port')),
    user: value('user'),
    identityFiles: values('identityfile').filter(file => file.toLowerCase() !== 'none'),
    identitiesOnly: value('identitiesonly')?.toLowerCase() === 'yes',
    userKnownHostsFiles: settings.map(found => found.userknownhostsfile).find(found => found !== undefined),
    connectTimeoutMs: milliseconds(value('connecttimeout')),
    keepaliveMs: milliseconds(value('serveraliveinterval')),
    keepaliveCount: count(value('serveralivecountmax')),
    acceptNew: strict === 'accept-new',
    warnings: strict === 'no' || strict === 'off' ? [hostKeysAreChecked(`StrictHostKeyChecking ${strict} in ssh_config`)] : [],
  }
}

/** The one sentence about it, whoever asked for host keys to go unchecked. */
export const hostKeysAreChecked = (what: string): string =>
  `${what} is not obeyed: host keys are always checked; --ssh-accept-new adds those of hosts that known_hosts does not have yet`

/** A time as sshd_config(5), "TIME FORMATS": `90`, `1m30s`. Undefined: not set, `none`, no time, or 0. */
function milliseconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d+[smhdw]?)+$/i.test(text)) return undefined
  const parts = [...text.matchAll(/(\d+)([smhdw]?)/gi)]
  const total = parts.reduce(
    (sum, [, number, unit]) => sum + Number(number) * unitMs[(unit || 's').toLowerCase() as keyof typeof unitMs],
    0,
  )
  return total > 0 ? total : undefined
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

const count = (text: string | undefined): number | undefined => (text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : undefined)

/** Keywords in lower case, each with its words. */
async function computed(host: string, address: string, file: string, local: LocalFiles): Promise<Record<string, string[]>> {
  try {
    const config = await local.once(`ssh_config ${file}`, async () => SSHConfig.parse((await local.text(file)) ?? ''))
    if (config.length === 0) return {}
    // `Match exec` would hand names from the inventory to a shell.
    const found = config.compute(address, { ignoreCase: true, matchExec: false })
    return Object.fromEntries(Object.entries(found).map(([keyword, words]) => [keyword, wordsOf(keyword, words)]))
  } catch (error) {
    throw new SshConfigError(host, `cannot use ${file}: ${(error as Error).message}`, { cause: error })
  }
}

const wordsOf = (keyword: string, words: string | string[]): string[] => {
  const list = Array.isArray(words) ? words : [words]
  return keyword === 'userknownhostsfile' ? list.flatMap(word => word.split(/\s+/)) : list
}
