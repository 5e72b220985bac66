import { InputError } from '../errors.js'
import type { Host, Variables } from '../inventory/model.js'
import { connectionOf } from '../inventory/connection.js'
import type { Become as PlayBecome } from '../playbook/model.js'
import type { Connection } from '../transport/connection.js'
import type { RunOptions } from './options.js'
import { sshArgs } from './ssh-args.js'
import type { Passwords } from './passwords.js'

/** How to reach a host: its variables first, then the play, then the command line, as Ansible orders them. */
export function connectionFor(
  host: Host,
  variables: Variables,
  playBecomes: PlayBecome | undefined,
  options: RunOptions,
  passwords: Passwords,
): Connection {
  const {
    connection,
    address,
    port,
    user,
    privateKeyFile,
    password,
    connectTimeoutMs,
    become,
    sshCommonArgs,
    sshExtraArgs,
    sshArgs: ownArgs,
  } = connectionOf(host, {
    variables,
    defaults: {
      user: options.user,
      privateKeyFile: options.keyFile,
      password: passwords.login,
      connectTimeoutMs: options.timeout * 1000,
      become: {
        enabled: playBecomes?.enabled ?? options.become,
        user: playBecomes?.user ?? options.becomeUser,
        password: passwords.become,
      },
    },
  })
  if (connection === 'local')
    throw new InputError(`${host.name} has ansible_connection local, which comes with a later version`, {
      next: 'Reach it over ssh, or leave it out with --limit.',
    })
  if (become.enabled && become.method !== 'sudo')
    throw new InputError(`${host.name} becomes another user by ${become.method}; netplay knows sudo`)
  const { password: becomePassword, user: becomeUser, exe, flags } = become
  return {
    host: host.name,
    address,
    port,
    user,
    privateKeyFile,
    password,
    passphrase: passwords.passphrase,
    acceptNew: options.sshAcceptNew,
    connectTimeoutMs,
    ...sshArgs(host.name, [ownArgs, sshCommonArgs, sshExtraArgs]),
    ...(become.enabled ? { become: { user: becomeUser, password: becomePassword, exe, flags } } : {}),
  }
}

/** What a plan keeps of a connection: nothing secret. */
export function withoutSecrets(connection: Connection): Record<string, unknown> {
  const { password: _password, passphrase: _passphrase, become, ...rest } = connection
  const { password: _becomePassword, ...becomeRest } = become ?? {}
  return { ...rest, ...(become === undefined ? {} : { become: becomeRest }) }
}

/** Identity files that the connections name. */
export const keyFilesOf = (connections: readonly Pick<Connection, 'privateKeyFile'>[]): string[] =>
  connections.flatMap(({ privateKeyFile }) => privateKeyFile ?? [])

/** A connection as a plan keeps it, with what was asked for this run. */
export function withPasswords(kept: Record<string, unknown>, { login, become, passphrase }: Passwords): Connection {
  const connection = kept as unknown as Connection
  return {
    ...connection,
    ...(login === undefined ? {} : { password: login }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(connection.become === undefined ? {} : { become: { ...connection.become, ...(become === undefined ? {} : { password: become }) } }),
  }
}
