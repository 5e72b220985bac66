import type { Secret } from '../secret.js'

export const becomeMethods = ['sudo', 'su', 'doas'] as const
export type BecomeMethod = (typeof becomeMethods)[number]

/** Who the requests run as, when not as the login user. */
export interface Become {
  /** default root */
  user?: string
  /** default sudo */
  method?: BecomeMethod
  /** the login user's for sudo and doas, the other user's for su. Given once, to a prompt; without it nothing may ask */
  password?: Secret
  /** default: the method's name */
  exe?: string
  /** words put before netplay's own, as in `ansible_become_flags`; default `-H` for sudo, none for the others */
  flags?: string
}

/**
 * How to reach one host. What is left out comes from ssh_config, then from OpenSSH's defaults.
 * `~` in file names is the controller's home folder.
 */
export interface Connection {
  /** the inventory's name: what errors and events call it */
  host: string
  /** no connection: the host is the machine that netplay runs on, and the user who runs it. Only `become` and `connectTimeoutMs` count */
  local?: boolean
  /** name or address to connect to; Host patterns of ssh_config are matched with it. Default: `host` */
  address?: string
  port?: number
  user?: string
  privateKeyFile?: string
  /** of the private key files that are encrypted */
  passphrase?: Secret
  /** its presence turns password login on */
  password?: Secret
  /** socket of an ssh-agent; default $SSH_AUTH_SOCK; `false`: none */
  agent?: string | false
  /** the user's files, first one is written to; default ~/.ssh/known_hosts and known_hosts2. The system's are read too. */
  knownHostsFiles?: string[]
  /** add the key of a host that is not known yet; a changed one is refused all the same. Default: what ssh_config says, else false */
  acceptNew?: boolean
  /** default ssh_config's, else 10 000; for each of: TCP, key exchange, login, shell */
  connectTimeoutMs?: number
  become?: Become
  /** default ssh_config's, else 15 000 and 3: a dead host is noticed after a minute */
  keepalive?: { intervalMs: number; count: number }
  /** tries after a connection that failed, of any kind but a refused login or host key; default: none, but 4 after sshd closed the line before login (MaxStartups) */
  retries?: number
  /** default ~/.ssh/config and /etc/ssh/ssh_config; [] reads none */
  sshConfigFiles?: string[]
  /** lines of ssh_config that are read before the files, as ssh's `-o` gives them: `ServerAliveInterval 20` */
  sshOptions?: string[]
}
