import type { Etcd3, ICompare, IKeyValue, IOptions, IRequestOp, IStatusResponse } from 'etcd3'
import type { PeerCertificate } from 'node:tls'
import type { EtcdRead, EtcdValue, EtcdWrite } from '../etcd.js'
import type { EtcdConnection, EtcdDial, EtcdWritten } from './etcd-connection.js'
import { stands } from './etcd-connection.js'
import { EtcdApiMissingError, EndpointError } from './etcd-errors.js'
import { EtcdHttp } from './etcd-http.js'
import { secondOpinion } from './etcd-second-opinion.js'
import { serverNameOf } from './etcd-server-name.js'
import { openTunnel, type EtcdTunnel } from './etcd-tunnel.js'
import { grpcTroubleOf } from './etcd-v3-trouble.js'
import { versionOf } from './etcd-version.js'

/** Its import takes 0.15 s, which runs without etcd should not pay. */
export const loadEtcd3 = () => import('etcd3')

/** etcd takes 128 operations a transaction by default. */
const MOST_OPERATIONS = 100

/**
 * The v3 API of one endpoint, by etcd3's gRPC client.
 * The version is asked by HTTPS first: that tells exactly what is wrong where something is (gRPC says "unavailable"),
 * verifies the certificate against the endpoint's address, and gives the name that gRPC can verify it by.
 */
export async function connectV3(dial: EtcdDial): Promise<EtcdConnection & { status(): Promise<IStatusResponse> }> {
  const { certificate } = await greet(dial)
  const tunnel = await openTunnel(dial.forward)
  const client = await clientOf(dial, tunnel, certificate).catch(async (error: unknown) => {
    await tunnel.close()
    throw error
  })
  const { url } = dial.endpoint
  const call = async <T>(run: (options: { deadline: number }) => Promise<T>): Promise<T> =>
    run({ deadline: Date.now() + dial.timeoutMs }).catch((error: unknown) => {
      throw grpcTroubleOf(error, url, tunnel.failure())
    })
  const status = () => call(options => client.maintenance.status(options))
  // Answered by the member alone, so it tells at once what a read would find out by waiting.
  const led = status().then(async ({ leader }) => {
    await tunnel.seal()
    if (leader === '0') throw new EndpointError('no-leader', 'it answers, but knows of no leader')
  })
  led.catch(() => {})

  return {
    status,
    ready: () => led,
    read: async reads => (await Promise.all([rangesOf(reads), led]))[0],
    write: async writes => (await Promise.all([swap(writes), led]))[0],
    async close() {
      client.close()
      await tunnel.close()
    },
  }

  /** One transaction, so one revision of everything, but for more than a hundred reads. */
  async function rangesOf(reads: readonly EtcdRead[]): Promise<EtcdValue[]> {
    const parts = Array.from({ length: Math.ceil(reads.length / MOST_OPERATIONS) }, (_, i) =>
      reads.slice(i * MOST_OPERATIONS, (i + 1) * MOST_OPERATIONS),
    )
    const values = await Promise.all(parts.map(readPart))
    return values.flat()
  }
  async function readPart(reads: readonly EtcdRead[]): Promise<EtcdValue[]> {
    const { responses } = await call(options => client.kv.txn({ success: reads.map(rangeOf) }, options))
    return reads.flatMap((read, i) => valuesOf(read, responses[i]!.response_range.kvs))
  }
  async function swap(writes: readonly EtcdWrite[]): Promise<EtcdWritten> {
    const request = { compare: writes.flatMap(comparesOf), success: writes.map(changeOf), failure: writes.map(rangeOf) }
    const { succeeded, responses } = await call(options => client.kv.txn(request, options))
    if (succeeded) return { done: true }
    const found = writes.map(({ key }, i) => valuesOf({ key }, responses[i]!.response_range.kvs)[0]!)
    return { done: false, moved: found.filter((value, i) => !stands(writes[i]!, value)) }
  }
}

/** @throws EndpointError it is no etcd that we can speak to; EtcdApiMissingError one of the time before v3 */
async function greet(dial: EtcdDial): Promise<{ certificate: PeerCertificate | undefined }> {
  const http = new EtcdHttp(dial.endpoint, dial.forward, dial.credentials)
  try {
    const version = await versionOf(http, dial.timeoutMs)
    if (/^[012]\./.test(version)) throw new EtcdApiMissingError(dial.endpoint.url, 'v3', version)
    return { certificate: http.certificate }
  } catch (error) {
    throw await secondOpinion(error, dial)
  } finally {
    http.close()
  }
}

async function clientOf({ endpoint, credentials }: EtcdDial, tunnel: EtcdTunnel, certificate: PeerCertificate | undefined): Promise<Etcd3> {
  const { Etcd3 } = await loadEtcd3()
  return new Etcd3({
    hosts: `${credentials ? 'https' : 'http'}://unix:${tunnel.path}`,
    grpcOptions: {
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
      'grpc.max_receive_message_length': 64 * 1024 * 1024,
      ...(certificate ? { 'grpc.ssl_target_name_override': serverNameOf(certificate, endpoint.address) } : {}),
    },
    ...(credentials ? { credentials: { rootCertificate: credentials.ca, privateKey: credentials.key, certChain: credentials.cert } } : {}),
    // One try: which endpoint is next, and whether a write may be repeated, is decided by whoever knows all of them.
    faultHandling: { host: () => once, global: once },
  })
}

const once = {
  execute: async (run: (context: { signal: AbortSignal }) => unknown) => run({ signal: new AbortController().signal }),
} as unknown as NonNullable<NonNullable<IOptions['faultHandling']>['global']>

const rangeOf = ({ key, prefix }: EtcdRead): IRequestOp => ({
  request_range: { key: Buffer.from(key), ...(prefix ? { range_end: endOfPrefix(Buffer.from(key)) } : {}) },
})

/** The first key after all that begin with these bytes. */
function endOfPrefix(prefix: Buffer): Buffer {
  const last = prefix.findLastIndex(byte => byte < 0xff)
  return last < 0 ? Buffer.from([0]) : Buffer.concat([prefix.subarray(0, last), Buffer.from([prefix[last]! + 1])])
}

function valuesOf({ key, prefix }: EtcdRead, found: IKeyValue[]): EtcdValue[] {
  if (found.length === 0 && !prefix) return [{ key, value: null, revision: 0 }]
  return found.map(kv => ({ key: kv.key.toString(), value: kv.value.toString(), revision: Number(kv.mod_revision) }))
}

/** A key that is absent has version 0, and no value that could be compared. */
function comparesOf({ key, ifRevision, ifValue }: EtcdWrite): ICompare[] {
  if (ifRevision === undefined && ifValue === undefined) throw new RangeError(`a write of ${key} must say what it replaces`)
  const of = { key: Buffer.from(key), result: 'Equal' as const }
  return [
    ...(ifRevision === undefined ? [] : [{ ...of, target: 'Mod' as const, mod_revision: ifRevision }]),
    ...(ifValue === undefined
      ? []
      : [
          ifValue === null
            ? { ...of, target: 'Version' as const, version: 0 }
            : { ...of, target: 'Value' as const, value: Buffer.from(ifValue) },
        ]),
  ]
}

const changeOf = ({ key, value }: EtcdWrite): IRequestOp =>
  value === null
    ? { request_delete_range: { key: Buffer.from(key) } }
    : { request_put: { key: Buffer.from(key), value: Buffer.from(value) } }
