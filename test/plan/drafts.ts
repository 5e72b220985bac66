import { RequirementError } from '../../src/resources/errors.js'
import type { CheckKind, ResourceKind, Sources, Task } from '../../src/resources/resource.js'
import { clusterTaskOf, taskOf } from '../../src/resources/task.js'
import { sh } from '../../src/shell.js'
import type { EtcdCluster, EtcdValue } from '../../src/etcd.js'
import type { DraftCheck, StageDraft } from '../../src/plan/draft.js'
import { clusterName } from '../../src/plan/etcd-pool.js'
import type { ClusterView } from '../../src/plan/observe.js'
import { thereProbe } from '../../src/plan/on-host.js'
import { Predictions } from '../../src/plan/predict.js'
import type { LoadedRole, Play } from '../../src/playbook/model.js'

/** A note under a name: a kind of thing in its smallest form. Its probe prints the text, or nothing where there is none. */
export interface Note {
  name: string
  text: string | null
  /** another note that must be there, on the host or in the plan */
  needs?: string
}
interface NoteState {
  text: string | null
}
const noteKey = (name: string) => `note:${name}` as const

export const noteKind: ResourceKind<Note, NoteState> = {
  kind: 'note',
  schema: { type: 'object' },
  thing: {
    fingerprint: ({ text }) => `text=${text ?? 'absent'}`,
    fingerprintText: key => sh`show ${key}`,
    save: key => sh`save ${key}`,
    undo: (key, { text }) => ({ restore: sh`restore ${key} ${text ?? 'absent'}` }),
  },
  key: ({ name }) => noteKey(name),
  probe: ({ name }) => sh`read ${name}`,
  parse: output => ({ text: output.length === 0 ? null : output.toString() }),
  diff: ({ name, text, needs }, observed, world) => {
    if (needs !== undefined && (world.state<NoteState>(noteKey(needs))?.text ?? null) === null)
      throw new RequirementError(`${name} needs ${needs}`, `Write ${needs} before.`)
    return text === observed.text ? [] : [{ field: 'text', before: observed.text, after: text }]
  },
  after: ({ text }) => ({ text }),
  steps: ({ name, text }) => [sh`write ${name} ${text ?? 'absent'}`],
}
export const note = taskOf(noteKind)

/** A daemon that reads a note when it starts, and was started with `with`. */
const daemonKind: ResourceKind<{ name: string; reads: string }, { with: string }> = {
  kind: 'daemon',
  schema: { type: 'object' },
  thing: { fingerprint: state => `with=${state.with}`, fingerprintText: key => sh`show ${key}`, undo: () => ({}) },
  key: ({ name }) => `daemon:${name}`,
  probe: ({ name }) => sh`daemon ${name}`,
  parse: output => ({ with: output.toString() }),
  diff: ({ reads }, observed, world) => {
    const text = world.state<NoteState>(noteKey(reads))?.text ?? ''
    return text === observed.with ? [] : [{ field: 'restart', before: null, after: `${reads} changed` }]
  },
  action: () => 'restart',
  after: ({ reads }, _observed, world) => ({ with: world.state<NoteState>(noteKey(reads))?.text ?? '' }),
  steps: ({ name }) => [sh`restart ${name}`],
}
export const daemon = taskOf(daemonKind)

/** What something else writes once the plan is carried out. */
const awaitedKind: ResourceKind<{ name: string }, { there: boolean }> = {
  kind: 'awaited',
  schema: { type: 'object' },
  thing: { fingerprint: ({ there }) => `there=${there}`, fingerprintText: key => sh`show ${key}`, undo: () => ({}) },
  key: ({ name }) => `awaited:${name}`,
  probe: ({ name }) => sh`there ${name}`,
  parse: output => ({ there: output.length > 0 }),
  diff: (_desired, { there }) => (there ? [] : [{ field: 'content', before: null, after: { unknown: 'the daemon writes it' } }]),
  after: () => ({ there: true }),
  steps: ({ name }) => [sh`wait_for ${name}`],
}
export const awaited = taskOf(awaitedKind)
export { clusterTaskOf }

export const holds: CheckKind<{ reason?: string }> = {
  kind: 'holds',
  scope: 'host',
  verdict: ({ reason }) => (reason === undefined ? { holds: true } : { holds: false, reason, evidence: 'seen', next: 'Mend it.' }),
}
export const cluster: EtcdCluster = { api: 'v3', endpoints: ['http://127.0.0.1:2379'] }

export const role = { name: 'web' } as LoadedRole
export const play = (index: number) => ({ index, name: `play ${index}`, anyErrorsFatal: false, peers: [], absent: [] }) as unknown as Play

export interface DraftOptions {
  preconditions?: DraftCheck['check'][]
  error?: unknown
}

/** A stage in which these hosts have these tasks. */
export const stageOf = (tasks: Record<string, Task[]>, index = 1, { preconditions = [], error }: DraftOptions = {}): StageDraft => ({
  play: play(index),
  batch: 1,
  batches: 1,
  hosts: Object.keys(tasks),
  work: new Map(
    Object.entries(tasks).map(([host, own]) => [
      host,
      {
        tasks: own.map(task => ({ role, task })),
        preconditions: preconditions.map(check => ({ role, check })),
        checks: [],
        skipped: [],
        ...(error === undefined ? {} : { error: { role: 'web', cause: error } }),
      },
    ]),
  ),
})

const sources: Sources = {
  salt: 'a1b2',
  source: () => {
    throw new RangeError('no sources here')
  },
}

/** @param answers of each host by the probe's text: `{ n1: { 'read motd': 'hello' } }`; what is not said is empty */
export function predict(stages: StageDraft[], answers: Record<string, Record<string, string>> = {}, etcd: EtcdValue[] | Error = []) {
  const hosts = [...new Set(stages.flatMap(stage => stage.hosts))]
  const texts = stages.flatMap(({ work }) =>
    [...work.values()].flatMap(({ tasks }) =>
      tasks.flatMap(({ task }) => {
        if (task.type === 'resource') return [task.kind.probe(task.desired, sources).text]
        return task.type === 'cluster' ? (task.kind.onHost?.(task.desired) ?? []).map(path => thereProbe(path).text) : []
      }),
    ),
  )
  const view: ClusterView = { cluster, values: etcd instanceof Error ? [] : etcd, ...(etcd instanceof Error ? { error: etcd } : {}) }
  const predictions = new Predictions({
    facts: new Map(),
    answers: new Map(
      hosts.map(host => [host, new Map(texts.map(text => [text, { output: Buffer.from(answers[host]?.[text] ?? ''), exit: 0 }]))]),
    ),
    clusters: new Map([[clusterName(cluster), view]]),
    sources,
  })
  return { stages: stages.map((stage, i) => predictions.stage(stage, i + 1)), predictions }
}
