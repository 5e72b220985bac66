import type { EtcdDial } from './etcd-connection.js'
import { EndpointError } from './etcd-errors.js'
import { EtcdHttp } from './etcd-http.js'
import { plainToTls, tlsToPlain, troubleOf } from './etcd-trouble.js'
import { versionOf } from './etcd-version.js'

/** TLS 1.3 tells after the handshake that our certificate is refused. */
const REFUSAL_MS = 500

/**
 * etcd closes a connection without a word where TLS meets plain http, and what it says of our certificate can be lost when we are speaking already.
 * So an endpoint that closed is asked once more in other ways; only to tell what is wrong, what it answers is not used.
 * @returns the error to throw in place of `error`
 */
export async function secondOpinion(error: unknown, dial: EtcdDial): Promise<unknown> {
  if (!(error instanceof EndpointError) || error.kind !== 'lost') return error
  try {
    const opinion = dial.credentials ? ((await refusedBy(dial)) ?? (await plainAt(dial))) : await tlsAt(dial)
    return opinion === undefined ? error : new EndpointError(opinion.kind, opinion.reason, { cause: error })
  } catch {
    return error
  }
}

type Opinion = Pick<EndpointError, 'kind' | 'reason'> | undefined

/** Connects, says nothing and listens. */
async function refusedBy(dial: EtcdDial): Promise<Opinion> {
  const http = new EtcdHttp(dial.endpoint, dial.forward, dial.credentials)
  try {
    const heard = await http.refusal(Math.min(dial.timeoutMs, REFUSAL_MS))
    if (heard === undefined) return undefined
    const refusal = troubleOf(heard, dial.endpoint.url)
    return refusal instanceof EndpointError && refusal.kind === 'client-certificate' ? refusal : undefined
  } finally {
    http.close()
  }
}

async function plainAt(dial: EtcdDial): Promise<Opinion> {
  const http = new EtcdHttp(dial.endpoint, dial.forward, undefined)
  try {
    await versionOf(http, dial.timeoutMs)
    return { kind: 'tls-to-http', reason: tlsToPlain }
  } finally {
    http.close()
  }
}

/** Without a CA no certificate verifies: that TLS gets as far as to say so is the proof. */
async function tlsAt(dial: EtcdDial): Promise<Opinion> {
  const http = new EtcdHttp(dial.endpoint, dial.forward, {})
  try {
    await versionOf(http, dial.timeoutMs)
    return undefined
  } catch (error) {
    const spokeTls = error instanceof EndpointError && ['server-certificate', 'client-certificate'].includes(error.kind)
    return spokeTls ? { kind: 'http-to-tls', reason: plainToTls } : undefined
  } finally {
    http.close()
  }
}
