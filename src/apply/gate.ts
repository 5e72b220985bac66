import { setTimeout as sleep } from 'node:timers/promises'
import { NetplayError, printable } from '../errors.js'
import type { EtcdPool } from '../plan/etcd-pool.js'
import type { EtcdValue } from '../etcd.js'
import { preludeFor } from '../resources/prelude-for.js'
import type { CheckKind, Seen, Verdict } from '../resources/resource.js'
import type { ShellText } from '../shell.js'
import { eachHost } from '../transport/each-host.js'
import type { Session } from '../transport/session.js'

export interface JudgeInput {
  title: string
  kind: CheckKind<unknown>
  /** parameters of the check, by host that it is judged on */
  params: ReadonlyMap<string, unknown>
  sessions: ReadonlyMap<string, Session>
  etcd: EtcdPool
  forks: number
  timeoutMs: number
  /** told after every look that did not hold */
  onWaiting?(host: string, reason: string, elapsedMs: number): void
  /** no further looks: the run is to end */
  stopped?(): boolean
}

const firstPauseMs = 200
const longestPauseMs = 2_000

/** Look until the check holds on every host or its time is over. @returns the last verdict by host */
export async function judge(input: JudgeInput): Promise<Map<string, Verdict>> {
  const { kind, params, timeoutMs } = input
  const started = performance.now()
  const verdicts = new Map<string, Verdict>()
  const setups: Record<string, string> = {}
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      await setUp(input, setups, verdicts)
      const open = [...params.keys()].filter(host => verdicts.get(host)?.holds !== true)
      await look(
        input,
        open.filter(host => kind.setup === undefined || setups[host] !== undefined),
        setups,
        verdicts,
      )
      const waiting = open.filter(host => verdicts.get(host)?.holds !== true)
      const elapsedMs = performance.now() - started
      for (const host of waiting) input.onWaiting?.(host, reasonOf(verdicts.get(host)), elapsedMs)
      if (waiting.length === 0 || elapsedMs + pauseMs > timeoutMs || input.stopped?.() === true) return verdicts
      await sleep(pauseMs)
    }
  } finally {
    if (kind.teardown !== undefined)
      await eachHost([...params.keys()], input.forks, async host => {
        await run(input.sessions.get(host)!, kind.teardown!(params.get(host)), 'gate').catch(() => undefined)
      })
  }
}

/** What a host could not set up is tried again at the next look. */
async function setUp(input: JudgeInput, setups: Record<string, string>, verdicts: Map<string, Verdict>) {
  const { kind, params } = input
  if (kind.setup === undefined) return
  await each(
    input,
    [...params.keys()].filter(host => setups[host] === undefined),
    verdicts,
    async host => {
      const { output, stderr, exit } = await run(input.sessions.get(host)!, kind.setup!(params.get(host)), 'gate')
      if (exit === 0) setups[host] = output
      else
        verdicts.set(host, {
          holds: false,
          reason: 'it could not be set up on this host',
          evidence: printable((stderr + output).trim().slice(-1000)),
        })
    },
  )
}

async function look(input: JudgeInput, hosts: string[], setups: Record<string, string>, verdicts: Map<string, Verdict>) {
  const { kind, params } = input
  const read = onceAQuestion(input)
  await each(input, hosts, verdicts, async host => {
    const own = params.get(host)
    const seen: Seen = { host, hosts: [...params.keys()], setups, etcd: await read(host) }
    const probe = kind.probe?.(own, seen)
    const reply = probe === undefined ? { output: '', exit: 0 } : await run(input.sessions.get(host)!, probe, 'gate')
    verdicts.set(host, kind.verdict(own, seen, reply))
  })
}

/** Etcd is read once a look, not once a host: all hosts that ask the same get the same answer. */
function onceAQuestion({ kind, params, etcd }: JudgeInput): (host: string) => Promise<EtcdValue[]> {
  const answers = new Map<string, Promise<EtcdValue[]>>()
  return async host => {
    const wanted = kind.clusterReads?.(params.get(host)) ?? []
    const values = wanted.map(({ cluster, reads }) => {
      const question = JSON.stringify([cluster, reads])
      const answer = answers.get(question) ?? etcd.get(cluster, [host, ...params.keys()]).then(opened => opened.read(reads))
      answers.set(question, answer)
      return answer
    })
    return (await Promise.all(values)).flat()
  }
}

/** On every host at once; what goes wrong on one is that host's verdict. */
const each = ({ forks }: JudgeInput, hosts: string[], verdicts: Map<string, Verdict>, body: (host: string) => Promise<void>) =>
  eachHost(hosts, forks, async host => {
    try {
      await body(host)
    } catch (error) {
      if (!(error instanceof NetplayError)) throw error
      verdicts.set(host, { holds: false, reason: error.message, next: error.next })
    }
  })

async function run(session: Session, text: ShellText, purpose: string) {
  // Without the lock's descriptor: what a check leaves running must not hold the host.
  const { stdout, stderr, ending } = await session.request(`${preludeFor(text.text)}\n(\n${text.text}\n) 9>&-\n`, {
    purpose,
    timeoutMs: 120_000,
  })
  return { output: stdout.toString(), stderr: stderr.toString(), exit: 'exit' in ending ? ending.exit : 255 }
}

const reasonOf = (verdict: Verdict | undefined) => (verdict === undefined || verdict.holds ? '' : verdict.reason)
