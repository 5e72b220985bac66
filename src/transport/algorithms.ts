import type { ConnectConfig } from 'ssh2'
import { listMatcher } from './ssh-patterns.js'

type Algorithms = NonNullable<ConnectConfig['algorithms']>

/** Lists of ssh_config as written, with their `+`, `-` or `^`. */
export interface AlgorithmLists {
  kexalgorithms?: string | undefined
  ciphers?: string | undefined
  macs?: string | undefined
  hostkeyalgorithms?: string | undefined
}

const kex = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group-exchange-sha256',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
]
const cipher = [
  ...['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr', 'chacha20-poly1305@openssh.com'],
]
const hmac = ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512']

/**
 * What we offer, cheapest for the CPU first: nothing with SHA-1, CBC or short groups, whatever ssh_config says. AES-GCM runs in OpenSSL on every
 * machine with AES instructions; chacha20 without ssh2's native part is several times slower than any of these.
 * @param serverHostKey those of known keys first; @param compressed as `ssh -C` has it: after the login, where sshd takes it
 * @throws {RangeError} a list of ssh_config has nothing that we have
 */
export const algorithms = (serverHostKey: readonly string[], lists: AlgorithmLists = {}, compressed = false): Algorithms =>
  ({
    kex: chosen('KexAlgorithms', lists.kexalgorithms, kex),
    cipher: chosen('Ciphers', lists.ciphers, cipher),
    hmac: chosen('MACs', lists.macs, hmac),
    compress: compressed ? ['zlib@openssh.com', 'zlib', 'none'] : ['none'],
    serverHostKey: chosen('HostKeyAlgorithms', lists.hostkeyalgorithms, serverHostKey),
  }) as Algorithms

function chosen(keyword: string, written: string | undefined, ours: readonly string[]): string[] {
  const list = listed(written, ours)
  if (list.length > 0) return list
  throw new RangeError(`${keyword} ${written} in ssh_config leaves none that netplay has: ${ours.join(', ')}`)
}

/** `a,b*` is these in this order, `+a` changes nothing that we have, `-a` takes away, `^a` puts in front. Source: ssh_config(5), Ciphers. */
export function listed(written: string | undefined, ours: readonly string[]): string[] {
  if (written === undefined) return [...ours]
  const sign = /^[-+^]/.exec(written)?.[0]
  const words = written.slice(sign === undefined ? 0 : 1).split(',')
  const named = words.flatMap(word => ours.filter(one => listMatcher([word])(one) === 'matched'))
  const first = [...new Set(named)]
  const rest = ours.filter(one => !first.includes(one))
  return { '-': rest, '+': [...ours], '^': [...first, ...rest], none: first }[sign ?? 'none']!
}
