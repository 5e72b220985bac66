import { EndpointError } from './etcd-errors.js'
import type { EtcdHttp } from './etcd-http.js'
import { plainToTls } from './etcd-trouble.js'

/** The server's version, e.g. `3.4.23`: served by every etcd since 2.0, to whoever it lets in, whatever its cluster does. */
export async function versionOf(http: EtcdHttp, timeoutMs: number): Promise<string> {
  const { status, body } = await http.call('/version', { timeoutMs })
  refuseGoTlsPort(status, body)
  const version = status === 200 ? serverVersion(body) : undefined
  if (version === undefined) throw new EndpointError('not-etcd', `what answers there is not etcd (HTTP status ${status})`)
  return version
}

/** Go's HTTPS servers answer plain http in plain http. */
export function refuseGoTlsPort(status: number, body: string) {
  if (status === 400 && body.includes('HTTP request to an HTTPS server')) throw new EndpointError('http-to-tls', plainToTls)
}

function serverVersion(body: string): string | undefined {
  try {
    const { etcdserver } = JSON.parse(body) as { etcdserver?: unknown }
    return typeof etcdserver === 'string' ? etcdserver : undefined
  } catch {
    return undefined
  }
}
