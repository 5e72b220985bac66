import type { Client } from 'ssh2'

type Extensions = { name: string; algs?: string[] }[]
interface Protocol {
  _handlers: { EXT_INFO: (protocol: object, extensions: Extensions) => void }
}

/**
 * What sshd says of the signatures that it takes (RFC 8308, server-sig-algs), which ssh2 keeps for itself (docs/decisions/certificates.md).
 * To be called before the login. @returns what it has said by now
 */
export function takenSignatures(client: Client): () => readonly string[] | undefined {
  const { _handlers: handlers } = (client as unknown as { _protocol: Protocol })._protocol
  const plain = handlers.EXT_INFO
  let taken: readonly string[] | undefined
  handlers.EXT_INFO = (protocol, extensions) => {
    taken ??= extensions.find(({ name }) => name === 'server-sig-algs')?.algs
    plain(protocol, extensions)
  }
  return () => taken
}
