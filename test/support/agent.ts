import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import ssh2, { type ParsedKey } from 'ssh2'

export interface FakeAgent {
  socket: string
  /** how often it was asked for its keys, and to sign */
  asked: { keys: number; signatures: number }
  close(): void
}

/** An ssh-agent on a Unix socket of this process. */
export async function startAgent(socket: string, privateKeys: string[], { refuseToSign = false } = {}): Promise<FakeAgent> {
  const keys = privateKeys.map(text => ssh2.utils.parseKey(text) as ParsedKey)
  const asked = { keys: 0, signatures: 0 }
  const open = new Set<Socket>()
  const server = createServer(connection => {
    open.add(connection)
    const protocol = new ssh2.AgentProtocol(false)
    protocol.on('identities', request => {
      asked.keys++
      protocol.getIdentitiesReply(request, keys)
    })
    protocol.on('sign', (request, publicKey, data, { hash }) => {
      asked.signatures++
      const key = keys.find(known => known.getPublicSSH().equals(publicKey.getPublicSSH()))
      if (refuseToSign || !key) return void protocol.failureReply(request)
      protocol.signReply(request, key.sign(data, hash))
    })
    connection.on('error', () => {})
    connection.pipe(protocol as never as NodeJS.ReadWriteStream).pipe(connection)
  })
  server.listen(socket)
  await once(server, 'listening')
  return { socket, asked, close: () => (server.close(), open.forEach(connection => connection.destroy())) }
}
