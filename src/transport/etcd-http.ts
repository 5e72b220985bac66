import { Agent, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect, type PeerCertificate } from 'node:tls'
import type { EtcdCredentials } from './etcd-credentials.js'
import type { EtcdEndpoint } from './etcd-endpoint.js'
import { EndpointError } from './etcd-errors.js'
import { troubleOf, within } from './etcd-trouble.js'

export interface HttpReply {
  status: number
  headers: IncomingHttpHeaders
  body: string
}
export interface HttpCall {
  method?: 'GET' | 'PUT' | 'DELETE'
  form?: Record<string, string>
  timeoutMs: number
}

const MOST_BYTES = 64 * 1024 * 1024

/** HTTP to one endpoint over streams that `forward` opens; connections are kept until `close`. */
export class EtcdHttp {
  /** the server's certificate, verified against CA and address; known after the first answer over TLS */
  certificate: PeerCertificate | undefined
  private readonly agent: Agent
  private readonly sockets = new Set<Duplex>()
  private closed = false

  constructor(
    readonly endpoint: EtcdEndpoint,
    private readonly forward: () => Promise<Duplex>,
    private readonly credentials: Partial<EtcdCredentials> | undefined,
  ) {
    this.agent = new StreamAgent({ keepAlive: true, maxSockets: 4 })
    const createConnection = (_options: object, done: (error: unknown, socket?: Duplex) => void) => {
      this.connect().then(socket => done(null, socket), done)
    }
    Object.assign(this.agent, { createConnection })
  }

  /** @throws EndpointError no answer in time, or none that is HTTP over verified TLS */
  async call(path: string, { method = 'GET', form, timeoutMs }: HttpCall): Promise<HttpReply> {
    const body = form === undefined ? undefined : new URLSearchParams(form).toString()
    const { url, address, port } = this.endpoint
    const headers =
      body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body) }
    let asked: ClientRequest | undefined
    const answer = new Promise<HttpReply>((resolve, reject) => {
      asked = request({ agent: this.agent, host: address, port, path, method, headers })
      asked.on('response', response => void collected(response).then(resolve, reject)).on('error', reject)
      asked.end(body)
    })
    // A request that waits for its socket does not end when it is destroyed: the deadline must not depend on it.
    return within(answer, timeoutMs).catch((error: unknown) => {
      asked?.destroy()
      throw troubleOf(error, url)
    })
  }

  /** Connects, says nothing, and gives what the server has against it within `waitMs`; `undefined`: nothing. */
  async refusal(waitMs: number): Promise<unknown> {
    try {
      const socket = await within(this.connect(), waitMs)
      return await within(
        new Promise<unknown>(resolve =>
          socket
            .once('error', resolve)
            .once('close', () => resolve(undefined))
            .resume(),
        ),
        waitMs,
      )
    } catch (error) {
      return error
    }
  }

  close() {
    this.closed = true
    this.agent.destroy()
    for (const socket of this.sockets) socket.destroy()
  }

  private async connect(): Promise<Duplex> {
    const stream = this.kept(await this.forward())
    const { credentials, endpoint } = this
    if (!credentials) return stream
    // An IP must not be sent as server name (RFC 6066): `host` alone is what the certificate is verified against.
    const servername = isIP(endpoint.address) ? {} : { servername: endpoint.address }
    const socket = this.kept(
      connect({ socket: stream, ...credentials, host: endpoint.address, ...servername, ALPNProtocols: ['http/1.1'] }),
    )
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve).once('error', reject)
      socket.once('close', () => reject(new Error('the connection was closed while TLS was set up')))
    })
    this.certificate = socket.getPeerCertificate()
    return socket
  }

  private kept<S extends Duplex>(socket: S): S {
    this.sockets.add(socket)
    // Also after the answer: an error nobody listens for would end the process.
    socket.on('error', () => {}).once('close', () => this.sockets.delete(socket))
    if (this.closed) socket.destroy()
    return socket
  }
}

/** A stream through SSH is no TCP socket: it has no keepalive to set and holds no handle of its own. */
class StreamAgent extends Agent {
  override keepSocketAlive() {
    return true
  }
  override reuseSocket(socket: Duplex & { ref?: () => unknown }, request: ClientRequest) {
    socket.ref ??= () => socket
    super.reuseSocket(socket, request)
  }
}

async function collected(response: IncomingMessage): Promise<HttpReply> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if ((size += chunk.length) > MOST_BYTES) throw new EndpointError('not-etcd', `answered with more than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }
}
