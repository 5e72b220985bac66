import { NetplayError, printable } from '../errors.js'
import { becomeTold, type BecomeProblem } from './become-problem.js'
import type { Become } from './connection.js'

/** Something between the controller and one host went wrong. */
export abstract class HostError extends NetplayError {
  constructor(
    readonly host: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** The host could not be reached, or not as the user of the play: nothing was done there, unless `ConnectionLostError` says otherwise. */
export abstract class UnreachableError extends HostError {}

/** What `withSessions` gives in place of a session. */
export type ConnectError = UnreachableError

export class ConnectionRefusedError extends UnreachableError {
  readonly code = 'CONNECTION_REFUSED'
  constructor(host: string, where: string, options?: ErrorOptions) {
    super(host, `${host}: nothing listens on ${where}`, options)
  }
  get next() {
    return `See that sshd runs on ${this.host} and that the address and ansible_port are right.`
  }
}

/** No route, no such name, dropped before login and the like; `cause` has the system's own words. */
export class ConnectionFailedError extends UnreachableError {
  readonly code = 'CONNECTION_FAILED'
  /** @param dropped closed by the other side before any login was refused, as sshd does over MaxStartups: worth another try */
  constructor(
    host: string,
    where: string,
    readonly reason: string,
    readonly dropped: boolean,
    options?: ErrorOptions,
  ) {
    super(host, `${host}: no connection to ${where}: ${printable(reason)}`, options)
  }
  get next() {
    return this.dropped
      ? `See sshd's log on ${this.host}: MaxStartups, hosts.deny or a penalty for this address; fewer --forks ask it for less at once.`
      : `Try \`ssh\` to ${this.host} from here: its name, the route and the address.`
  }
}

/** TCP, or sshd behind it, or the shell, did not answer in time. */
export class ConnectTimeoutError extends UnreachableError {
  readonly code = 'CONNECT_TIMEOUT'
  constructor(host: string, where: string, waitedFor: string, timeoutMs: number) {
    super(host, `${host}: ${where} ${waitedFor} within ${timeoutMs / 1000} s`)
  }
  get next() {
    return `See that ${this.host} is up and not overloaded, and that no firewall is in between; ansible_timeout sets the deadline.`
  }
}

/** sshd refused every way of logging in that we have. */
export class AuthenticationFailedError extends UnreachableError {
  readonly code = 'AUTHENTICATION_FAILED'
  /** @param tried e.g. `['publickey ~/.ssh/id_ed25519', 'password']`, in order; @param notes what is wrong with certificates, and keys that are not shown */
  constructor(
    host: string,
    readonly user: string,
    readonly tried: readonly string[],
    readonly offered: readonly string[],
    readonly notes: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(
      host,
      `${host}: sshd refused user ${printable(user)}; tried: ${tried.join(', ') || `nothing${notes.length > 0 ? '' : ', there is no key and no password'}`}` +
        [...(offered.length > 0 ? [`sshd takes: ${printable(offered.join(', '))}`] : []), ...notes].map(note => `; ${note}`).join(''),
      options,
    )
  }
  get next() {
    if (this.notes.some(note => note.startsWith('certificate ') && !note.includes('PubkeyAcceptedAlgorithms')))
      return 'Get a new certificate from your authority (`ssh-keygen -Lf FILE` shows what one says), or give the password with -k.'
    if (this.notes.length > 0)
      return 'Let PubkeyAcceptedAlgorithms of ssh_config take the key (`ssh -G` prints the whole list), use another key, or give the password with -k.'
    return 'See that the user and the key are the right ones (ansible_user, --private-key), or give the password with -k.'
  }
}

export class PassphraseNeededError extends UnreachableError {
  readonly code = 'PASSPHRASE_NEEDED'
  constructor(
    host: string,
    readonly file: string,
    readonly wrong: boolean,
    options?: ErrorOptions,
  ) {
    super(
      host,
      `${host}: the private key ${file} is encrypted and ${wrong ? 'the passphrase given is not its own' : 'no passphrase was given'}`,
      options,
    )
  }
  get next() {
    return `Add it to the agent (\`ssh-add ${this.file}\`), or give its passphrase with --key-passphrase-file; on a terminal it is asked for.`
  }
}

/** The key file that was named is missing, unreadable or no private key. */
export class IdentityFileError extends UnreachableError {
  readonly code = 'IDENTITY_FILE'
  constructor(
    host: string,
    readonly file: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(host, `${host}: cannot use the private key ${file}: ${reason}`, options)
  }
  get next() {
    return 'Name a private key in OpenSSH or PEM form that you may read (ansible_ssh_private_key_file, --private-key).'
  }
}

export class KnownHostsFileError extends UnreachableError {
  readonly code = 'KNOWN_HOSTS_FILE'
  constructor(host: string, doing: 'read' | 'write', reason: string, options?: ErrorOptions) {
    super(host, `${host}: cannot ${doing} known_hosts: ${reason}`, options)
  }
  get next() {
    return 'See that the file and its folder are yours to read and write.'
  }
}

/** The way to a host leads through another, and ends there. */
export class JumpHostError extends UnreachableError {
  readonly code = 'JUMP_HOST'
  constructor(
    host: string,
    readonly jumpHost: string,
    override readonly cause: HostError,
  ) {
    super(host, `${host}: not through jump host ${jumpHost}: ${cause.message}`, { cause })
  }
  get next() {
    return this.cause.next
  }
}

/** ssh_config cannot be read or understood: going on could connect to another place. */
export class SshConfigError extends UnreachableError {
  readonly code = 'SSH_CONFIG'
  constructor(host: string, problem: string, options?: ErrorOptions) {
    super(host, `${host}: ${problem}`, options)
  }
  get next() {
    return `Mend the line, and see what \`ssh -G ${this.host}\` says to it.`
  }
}

/** sudo, su or doas did not give a shell. */
export class BecomeFailedError extends UnreachableError {
  readonly code: string
  readonly next: string
  /** @param words the host's own; @param timeoutMs of `no answer` */
  constructor(
    host: string,
    become: Pick<Become, 'method' | 'user'>,
    readonly problem: BecomeProblem,
    readonly words: string,
    timeoutMs = 0,
  ) {
    const { user = 'root', method = 'sudo' } = become
    const { code, message, next } = becomeTold(problem, { method, user: printable(user), host, timeoutMs })
    super(host, `${host}: cannot become ${printable(user)}: ${message}${words === '' ? '' : `: ${printable(words)}`}`)
    this.code = code
    this.next = next
  }
}

/** Login worked and no POSIX shell came of it: a nologin account, a forced command, a broken profile. */
export class NoShellError extends UnreachableError {
  readonly code = 'NO_SHELL'
  constructor(
    host: string,
    readonly words: string,
  ) {
    super(host, `${host}: login worked but no shell answered${words === '' ? '' : `: ${printable(words)}`}`)
  }
  get next() {
    return `Run \`ssh HOST sh -c 'echo ok'\` as the same user and mend what it shows: the login shell, its rc files, a forced command.`
  }
}

/** The line went while the session was open. */
export class ConnectionLostError extends UnreachableError {
  readonly code = 'CONNECTION_LOST'
  /**
   * @param purpose of the request, e.g. `program`
   * @param sent whether any of the request had been sent: if not, it has certainly not run
   */
  constructor(
    host: string,
    readonly purpose: string,
    readonly sent: boolean,
    options?: ErrorOptions,
  ) {
    super(
      host,
      sent ? `Lost ${host} during ${purpose}; whether it took effect is unknown` : `Lost ${host} before ${purpose}, which was not sent`,
      options,
    )
  }
  get next() {
    return `See that ${this.host} is up and run again: netplay probes it afresh and repeats nothing that is done.`
  }
}

/** sshd on the host would not open a stream to an address. */
export class ForwardFailedError extends HostError {
  readonly code = 'FORWARD_FAILED'
  constructor(
    host: string,
    readonly target: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(host, `${host} cannot open a connection to ${target}: ${printable(reason)}`, options)
  }
  get next() {
    return `See that ${this.target} answers from ${this.host}, and that sshd there has AllowTcpForwarding yes.`
  }
}
