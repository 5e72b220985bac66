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
  return {
    hostName: value('hostname')?.replaceAll('%h', address).replaceAll('%%', '%'),
    port: value('port') === undefined ? undefined : Number(value('port')),
    user: value('user'),
    identityFiles: values('identityfile').filter(file => file.toLowerCase() !== 'none'),
    identitiesOnly: value('identitiesonly')?.toLowerCase() === 'yes',
    userKnownHostsFiles: settings.map(found => found.userknownhostsfile).find(found => found !== undefined),
  }
}

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
