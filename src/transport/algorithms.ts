import type { ConnectConfig } from 'ssh2'

type Algorithms = NonNullable<ConnectConfig['algorithms']>

/**
 * What we offer, cheapest for the CPU first: nothing with SHA-1, CBC or short groups. AES-GCM runs in OpenSSL on every
 * machine with AES instructions; chacha20 without ssh2's native part is several times slower than any of these.
 * @param serverHostKey those of known keys first
 */
export const algorithms = (serverHostKey: readonly string[]): Algorithms => ({
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
  ],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr', 'chacha20-poly1305@openssh.com'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
  serverHostKey: [...serverHostKey] as Algorithms['serverHostKey'],
})
