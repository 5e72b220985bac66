import type { Lab } from './model.js'

/** The users every lab host has; `pass` logs in with a password only. */
export const labUsers = ['root', 'ops', 'auto', 'pass'] as const
export type LabUser = (typeof labUsers)[number]

export interface IniOptions {
  /** who logs in; default root. `ops` needs its password for sudo, `auto` none, `pass` has no key. */
  user?: LabUser
  /** groups of host names, in order; default none */
  groups?: Record<string, string[]>
  /** more variables of all hosts; the text after `=` is taken as it is */
  vars?: Record<string, string>
}

/** Inventory text of a lab, in Ansible's INI. */
export function hostsIni(
  lab: Pick<Lab, 'hosts' | 'keyFile' | 'knownHostsFile'>,
  { user = 'root', groups = {}, vars = {} }: IniOptions = {},
): string {
  const hosts = lab.hosts.map(({ name, address }) => `${name} ansible_host=${address}`)
  const sections = Object.entries(groups).map(([group, names]) => [`[${group}]`, ...names, ''])
  const all = {
    ansible_user: user,
    ...(user === 'pass' ? {} : { ansible_private_key_file: lab.keyFile }),
    ansible_ssh_common_args: `-o UserKnownHostsFile=${lab.knownHostsFile}`,
    ...vars,
  }
  return [...hosts, '', ...sections.flat(), '[all:vars]', ...Object.entries(all).map(([key, text]) => `${key}=${text}`), ''].join('\n')
}
