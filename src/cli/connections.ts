import { InputError } from '../errors.js'
import type { Host, Variables } from '../inventory/model.js'
import { connectionOf, type Connection as HostConnection, type ConnectionDefaults } from '../inventory/connection.js'
import type { Become as PlayBecome } from '../playbook/model.js'
import { placeOf, type Settings } from '../settings/settings.js'
import { didYouMean } from '../suggest.js'
import { becomeMethods, type Connection } from '../transport/connection.js'
import { hostKeysAreChecked } from '../transport/ssh-config.js'
import type { RunOptions } from './options.js'
import { sshArgs } from './ssh-args.js'
import type { Passwords } from './passwords.js'

/** Options of the command line that say how hosts are reached. */
export type ConnectOptions = Pick<
  RunOptions,
  | 'user'
  | 'keyFile'
  | 'timeout'
  | 'become'
  | 'becomeUser'
  | 'becomeMethod'
  | 'connection'
  | 'sshCommonArgs'
  | 'sshExtraArgs'
  | 'sshAcceptNew'
  | 'settings'
>

/**
 * How to reach a host: its variables first, then the play, then the command line, as Ansible orders them.
 * @param warn told what is set and not obeyed, in the same words for every host
 * @throws {InputError} a variable has the wrong type, or asks for what netplay cannot do
 */
export function connectionFor(
  host: Host,
  variables: Variables,
  playBecomes: PlayBecome | undefined,
  options: ConnectOptions,
  passwords: Passwords,
  warn: (message: string) => void = () => undefined,
): Connection {
  const found = connectionOf(host, { variables, defaults: defaultsOf(playBecomes, options, passwords) })
  refuseUnknownWays(found)
  sayUnused(found, warn)
  sayHostKeys(options.settings, warn)
  const { address, port, user, privateKeyFile, password, connectTimeoutMs, retries, become } = found
  if (found.connection === 'local')
    return { host: host.name, local: true, connectTimeoutMs, ...(become.enabled ? { become: becomeOf(found) } : {}) }
  return {
    host: host.name,
    address,
    port,
    user,
    privateKeyFile,
    password,
    passphrase: passwords.passphrase,
    ...(options.sshAcceptNew ? { acceptNew: true } : {}),
    connectTimeoutMs,
    ...(retries === undefined ? {} : { retries }),
    ...sshArgs(host.name, [found.sshArgs, found.sshCommonArgs, found.sshExtraArgs], warn),
    ...(become.enabled ? { become: becomeOf(found) } : {}),
  }
}

const defaultsOf = (play: PlayBecome | undefined, options: ConnectOptions, passwords: Passwords) => ({
  user: options.user,
  privateKeyFile: options.keyFile,
  password: passwords.login,
  ...(options.timeout === undefined ? {} : { connectTimeoutMs: options.timeout * 1000 }),
  ...ofSettings(options.settings),
  ...(options.connection === undefined ? {} : { connection: options.connection }),
  ...(options.sshCommonArgs === undefined ? {} : { sshCommonArgs: options.sshCommonArgs }),
  ...(options.sshExtraArgs === undefined ? {} : { sshExtraArgs: options.sshExtraArgs }),
  become: {
    enabled: play?.enabled ?? options.become,
    user: play?.user ?? options.becomeUser,
    method: play?.method ?? options.becomeMethod,
    exe: play?.exe ?? options.settings?.values.becomeExe,
    flags: play?.flags ?? options.settings?.values.becomeFlags,
    password: passwords.become,
  },
})

/** What ansible.cfg and the environment say beyond the options of the command line. */
function ofSettings(settings: Settings | undefined): ConnectionDefaults {
  if (settings === undefined) return {}
  const { remotePort, sshRetries, sshArgs } = settings.values
  return { port: remotePort, retries: sshRetries, sshArgs }
}

/** @throws {InputError} a way that is not there */
function becomeOf({ name, become: { user, method, password, exe, flags } }: HostConnection): Connection['become'] {
  const known = becomeMethods.find(one => one === method.replace(/^(?:ansible\.builtin|community\.general)\./, ''))
  if (known === undefined)
    throw new InputError(
      `${name} becomes another user by ${method}; netplay knows ${becomeMethods.join(', ')}${didYouMean(method, becomeMethods)}`,
    )
  return { user, password, exe, flags, ...(known === 'sudo' ? {} : { method: known }) }
}

function refuseUnknownWays({ name, shellType }: HostConnection): void {
  if (shellType === 'powershell' || shellType === 'cmd')
    throw new InputError(`${name} has ansible_shell_type ${shellType}; netplay runs hosts with a POSIX sh`, {
      next: 'Leave it out with --limit.',
    })
}

function sayUnused({ unused, hostKeyChecking, shellExecutable }: HostConnection, warn: (message: string) => void): void {
  if (!hostKeyChecking) warn(hostKeysAreChecked('ansible_host_key_checking off'))
  const withoutUse = [
    ...unused,
    ...(shellExecutable === undefined || /(^|\/)sh$/.test(shellExecutable) ? [] : ['ansible_shell_executable']),
  ]
  for (const name of withoutUse) warn(`${name} is set and has no effect: hosts need an sh and no Python`)
}

function sayHostKeys(settings: Settings | undefined, warn: (message: string) => void): void {
  if (settings?.values.hostKeyChecking === false)
    warn(hostKeysAreChecked(`host_key_checking off (${placeOf(settings.sources.hostKeyChecking)})`))
}

/** A connection as a plan keeps it. */
export type KeptConnection = Omit<Connection, 'password' | 'passphrase'> & {
  /** secrets that were the host's own, by its variables: to be read from the inventory again */
  ownSecrets?: OwnSecret[]
}
export type OwnSecret = 'password' | 'becomePassword'

/** What a plan keeps of a connection: nothing secret. @param asked what was asked for all hosts, and will be again */
export function withoutSecrets(connection: Connection, asked: Passwords): KeptConnection & Record<string, unknown> {
  const { password, passphrase: _passphrase, become, ...rest } = connection
  const { password: becomePassword, ...becomeRest } = become ?? {}
  const ownSecrets: OwnSecret[] = [
    ...(password === undefined || password === asked.login ? [] : ['password' as const]),
    ...(becomePassword === undefined || becomePassword === asked.become ? [] : ['becomePassword' as const]),
  ]
  return { ...rest, ...(become === undefined ? {} : { become: becomeRest }), ...(ownSecrets.length === 0 ? {} : { ownSecrets }) }
}
