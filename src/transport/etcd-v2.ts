import type { EtcdRead, EtcdValue, EtcdWrite } from '../etcd.js'
import { printable } from '../errors.js'
import type { EtcdConnection, EtcdDial, EtcdWritten } from './etcd-connection.js'
import { stands } from './etcd-connection.js'
import { EndpointError, EtcdApiMissingError, EtcdRefusedError } from './etcd-errors.js'
import { EtcdHttp, type HttpCall, type HttpReply } from './etcd-http.js'
import { secondOpinion } from './etcd-second-opinion.js'
import { refuseGoTlsPort, versionOf } from './etcd-version.js'

interface Node {
  key: string
  value?: string
  dir?: boolean
  nodes?: Node[]
  modifiedIndex: number
  ttl?: number
}
interface Answer {
  node?: Node
  errorCode?: number
  message?: string
  cause?: string
}

// https://etcd.io/docs/v2.3/errorcode/
const [NOT_FOUND, COMPARE_FAILED, NOT_A_FILE, NODE_EXISTS, RAFT_INTERNAL, DURING_ELECTION] = [100, 101, 102, 105, 300, 301] as const

/** After this long without an answer the member is asked whether its cluster can answer at all. */
const PATIENCE_MS = 1500

/**
 * The v2 API of one endpoint. It has no transactions: all keys are compared before the first is written, then each is written by
 * compare-and-swap of its own (prevIndex, prevExist). Who writes one of the later keys in between leaves the earlier ones written.
 * Reads go through the leader (`quorum=true`): without, a member cut off answers with what once was.
 */
export async function connectV2(dial: EtcdDial): Promise<EtcdConnection> {
  const { endpoint, forward, credentials, timeoutMs } = dial
  const http = new EtcdHttp(endpoint, forward, credentials)
  await ask('/v2/stats/self').catch(async (error: unknown) => {
    http.close()
    throw await secondOpinion(error, dial)
  })
  return {
    async ready() {},
    async read(reads) {
      return (await Promise.all(reads.map(readOne))).flat()
    },
    async write(writes): Promise<EtcdWritten> {
      const found = await Promise.all(writes.map(async ({ key }) => (await readOne({ key }))[0]!))
      const moved = found.filter((value, i) => !stands(writes[i]!, value))
      if (moved.length > 0) return { done: false, moved }
      for (const [i, write] of writes.entries()) {
        if (!(await swap(write, found[i]!))) return { done: false, moved: await readOne({ key: write.key }) }
      }
      return { done: true }
    },
    async close() {
      http.close()
    },
  }

  async function readOne({ key, prefix }: EtcdRead): Promise<EtcdValue[]> {
    const answer = await ask(`${pathOf(key)}?quorum=true${prefix ? '&recursive=true&sorted=true' : ''}`)
    if (answer.errorCode === NOT_FOUND) return prefix ? [] : [{ key, value: null, revision: 0 }]
    const node = nodeOf(answer)
    if (node.dir && !prefix) throw new EtcdRefusedError(endpoint.url, `${key} is a directory`)
    return leaves(node).map(({ key, value = '', modifiedIndex, ttl }) => ({
      key,
      value,
      revision: modifiedIndex,
      ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
    }))
  }

  /** @returns whether it was written */
  async function swap({ key, value }: EtcdWrite, { revision }: EtcdValue): Promise<boolean> {
    if (value === null && revision === 0) return true
    const condition = revision === 0 ? 'prevExist=false' : `prevIndex=${revision}`
    const call = value === null ? { method: 'DELETE' as const } : { method: 'PUT' as const, form: { value } }
    const answer = await ask(`${pathOf(key)}?${condition}`, call)
    if ([COMPARE_FAILED, NODE_EXISTS, NOT_FOUND].includes(answer.errorCode as never)) return false
    nodeOf(answer)
    return true
  }

  async function ask(path: string, call: Omit<HttpCall, 'timeoutMs'> = {}): Promise<Answer> {
    const reply = await withPatience(() => http.call(path, { ...call, timeoutMs }), call.method === undefined)
    refuseGoTlsPort(reply.status, reply.body)
    const answer = parsed(reply)
    if (answer === undefined && reply.status === 404) throw new EtcdApiMissingError(endpoint.url, 'v2', await versionOf(http, timeoutMs))
    if (reply.status === 401 || reply.status === 403)
      throw new EtcdRefusedError(endpoint.url, printable(answer?.message ?? 'insufficient credentials'))
    if (answer === undefined) throw new EndpointError('not-etcd', `what answers there is not etcd (HTTP status ${reply.status})`)
    const { errorCode, message = '', cause = '' } = answer
    if (errorCode === RAFT_INTERNAL || errorCode === DURING_ELECTION)
      throw new EndpointError('no-leader', printable(`${message}: ${cause}`))
    return answer
  }

  /** A cluster without a leader lets requests wait, longer than our deadline; and those it got during an election are never answered. */
  async function withPatience(send: () => Promise<HttpReply>, repeatable: boolean): Promise<HttpReply> {
    const first = send()
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<'over'>(resolve => (timer = setTimeout(() => resolve('over'), PATIENCE_MS)))
    const reply = await Promise.race([first, patience]).finally(() => clearTimeout(timer))
    if (reply !== 'over') return reply
    const leaderless = isLeaderless().then(yes => {
      if (yes) throw new EndpointError('no-leader', 'it answers, but its cluster is not healthy')
      return repeatable ? send() : first
    })
    return Promise.race([first, leaderless])
  }

  async function isLeaderless(): Promise<boolean> {
    try {
      const { body } = await http.call('/health', { timeoutMs })
      return (JSON.parse(body) as { health?: unknown }).health === 'false'
    } catch {
      // It says nothing of its health: the deadline decides.
      return false
    }
  }

  function nodeOf({ node, errorCode, message = '', cause = '' }: Answer): Node {
    if (node) return node
    const words = errorCode === NOT_A_FILE ? `${cause} is a directory` : `${message}${cause ? `: ${cause}` : ''}`
    throw new EtcdRefusedError(endpoint.url, printable(words))
  }
}

const pathOf = (key: string) => `/v2/keys/${key.split('/').filter(Boolean).map(encodeURIComponent).join('/')}`

const leaves = (node: Node): Node[] => (node.dir ? (node.nodes ?? []).flatMap(leaves) : [node])

/** `undefined`: not JSON, so not of the v2 API. */
function parsed({ body }: HttpReply): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(body)
    return typeof answer === 'object' && answer !== null ? answer : undefined
  } catch {
    return undefined
  }
}
