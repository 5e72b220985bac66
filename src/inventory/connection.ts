import { homedir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import { Secret } from '../secret.js'
import type { Host, Value, Variables } from './model.js'
import { refuseTemplate } from './template.js'
import { asBoolean, asNumber, asText } from './typed-value.js'

/** How to reach a host and become another user there; what is absent is left to ssh_config. */
export interface Connection {
  name: string
  /** `ansible_host`, default the inventory name. */
  address: string
  connection: 'ssh' | 'local'
  port?: number
  user?: string
  password?: Secret
  /** `~` expanded. */
  privateKeyFile?: string
  hostKeyChecking: boolean
  /** Absent where nothing sets it: ssh_config, then 10 000. */
  connectTimeoutMs?: number
  /** Tries after a failed connect, a whole number. Absent where nothing sets it: none, but for sshd throttling. */
  retries?: number
  /** Texts as written; absent where no variable sets them. */
  sshArgs?: string
  sshCommonArgs?: string
  sshExtraArgs?: string
  become: Become
  shellType?: string
  shellExecutable?: string
  /** Variables that are set but that netplay has no use for, to be told once. */
  unused: string[]
}

export interface Become {
  enabled: boolean
  /** Default `sudo`. */
  method: string
  /** Default `root`. */
  user: string
  password?: Secret
  exe?: string
  flags?: string
}

/** What play keywords, command line and environment say; a variable wins over each of them, as in Ansible. */
export type ConnectionDefaults = Partial<Omit<Connection, 'name' | 'address' | 'become' | 'unused'>> & { become?: Partial<Become> }

/** Of several names for one thing the last that is set wins, as in Ansible's plugins. */
const names = {
  address: ['ansible_host', 'ansible_ssh_host'],
  port: ['ansible_port', 'ansible_ssh_port'],
  user: ['ansible_user', 'ansible_ssh_user'],
  password: ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password'],
  privateKeyFile: ['ansible_private_key_file', 'ansible_ssh_private_key_file'],
  connection: ['ansible_connection'],
  sshArgs: ['ansible_ssh_args'],
  sshCommonArgs: ['ansible_ssh_common_args'],
  sshExtraArgs: ['ansible_ssh_extra_args'],
  hostKeyChecking: ['ansible_host_key_checking', 'ansible_ssh_host_key_checking'],
  timeout: ['ansible_timeout', 'ansible_ssh_timeout'],
  retries: ['ansible_ssh_retries'],
  become: ['ansible_become'],
  becomeMethod: ['ansible_become_method'],
  becomeUser: ['ansible_become_user', 'ansible_sudo_user'],
  becomePassword: ['ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass'],
  becomeExe: ['ansible_become_exe', 'ansible_sudo_exe'],
  becomeFlags: ['ansible_become_flags', 'ansible_sudo_flags'],
  shellType: ['ansible_shell_type'],
  shellExecutable: ['ansible_shell_executable'],
}

/** Variables that say how a host is reached; in a play they would hold for that play alone. */
export const connectionVariables: ReadonlySet<string> = new Set(Object.values(names).flat())

const unused = ['ansible_python_interpreter', 'ansible_pipelining', 'ansible_ssh_pipelining']

/** Variables whose values are secrets: never print one. */
export const secretVariables: ReadonlySet<string> = new Set([
  ...names.password,
  ...names.becomePassword,
  'ansible_private_key',
  'ansible_ssh_private_key',
  'ansible_private_key_passphrase',
  'ansible_ssh_private_key_passphrase',
])

/**
 * The connection of a host from its variables.
 * @param options.variables all variables that hold for the host, extra vars included; default those of the inventory
 * @param options.defaults for what no variable sets
 * @throws InputError with the variable's origin when a value has the wrong type or is a template
 */
export function connectionOf(host: Host, options: { variables?: Variables; defaults?: ConnectionDefaults } = {}): Connection {
  const { variables = host.vars, defaults = {} } = options
  const read = <T>(what: keyof typeof names, convert: (value: Value, name: string) => T): T | undefined => {
    const name = names[what].findLast(candidate => isSet(variables.get(candidate)))
    if (name === undefined) return undefined
    const value = variables.get(name)!
    refuseTemplate(value, name)
    return convert(value, name)
  }
  const timeout = read('timeout', asPositive)
  const connection: Connection = {
    ...defaults,
    name: host.name,
    address: read('address', asText) ?? host.name,
    connection: read('connection', asConnection) ?? defaults.connection ?? 'ssh',
    port: read('port', asPort) ?? defaults.port,
    user: read('user', asText) ?? defaults.user,
    password: read('password', asSecret) ?? defaults.password,
    privateKeyFile: expandHome(read('privateKeyFile', asText) ?? defaults.privateKeyFile),
    hostKeyChecking: read('hostKeyChecking', asBoolean) ?? defaults.hostKeyChecking ?? true,
    connectTimeoutMs: timeout === undefined ? defaults.connectTimeoutMs : timeout * 1000,
    retries: read('retries', asCount) ?? defaults.retries,
    sshArgs: read('sshArgs', asText) ?? defaults.sshArgs,
    sshCommonArgs: read('sshCommonArgs', asText) ?? defaults.sshCommonArgs,
    sshExtraArgs: read('sshExtraArgs', asText) ?? defaults.sshExtraArgs,
    shellType: read('shellType', asText) ?? defaults.shellType,
    shellExecutable: read('shellExecutable', asText) ?? defaults.shellExecutable,
    unused: unused.filter(name => variables.has(name)),
    become: {
      enabled: read('become', asBoolean) ?? defaults.become?.enabled ?? false,
      method: read('becomeMethod', asText) ?? defaults.become?.method ?? 'sudo',
      user: read('becomeUser', asText) ?? defaults.become?.user ?? 'root',
      password: read('becomePassword', asSecret) ?? defaults.become?.password,
      exe: read('becomeExe', asText) ?? defaults.become?.exe,
      flags: read('becomeFlags', asText) ?? defaults.become?.flags,
    },
  }
  openPasswords(connection)
  return connection
}

/** What is encrypted and cannot be opened is told before any host is asked. */
function openPasswords({ password, become }: Connection): void {
  password?.reveal()
  if (become.enabled) become.password?.reveal()
}

const isSet = (value: Value | undefined) => value !== undefined && value.value !== null
const asSecret = (value: Value, name: string) => (value.value instanceof Secret ? value.value : new Secret(asText(value, name)))
const expandHome = (path: string | undefined) => (path?.startsWith('~/') ? join(homedir(), path.slice(2)) : path)

function asPort(value: Value, name: string): number {
  const port = asNumber(value, name)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new InputError(`${name} is a port from 1 to 65535, not ${port}`, { origin: value.origin })
}

function asCount(value: Value, name: string): number {
  const count = asNumber(value, name)
  if (Number.isInteger(count) && count >= 0) return count
  throw new InputError(`${name} is a whole number of at least 0, not ${count}`, { origin: value.origin })
}

function asPositive(value: Value, name: string): number {
  const number = asNumber(value, name)
  if (number > 0) return number
  throw new InputError(`${name} is more than 0, not ${number}`, { origin: value.origin })
}

function asConnection(value: Value, name: string): 'ssh' | 'local' {
  const kind = asText(value, name).replace(/^ansible\.(?:builtin|legacy)\./, '')
  if (kind === 'local') return 'local'
  if (['ssh', 'smart', 'paramiko', 'paramiko_ssh'].includes(kind)) return 'ssh'
  throw new InputError(`${name} "${kind}" is not known; netplay knows ssh and local`, { origin: value.origin })
}
