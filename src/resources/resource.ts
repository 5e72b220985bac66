import type { Action, Change, ThingKey } from '../change.js'
import type { ClusterWrite } from '../calico.js'
import type { EtcdCluster, EtcdRead, EtcdValue } from '../etcd.js'
import type { Origin } from '../errors.js'
import type { Secret } from '../secret.js'
import type { ShellText } from '../shell.js'

/** JSON Schema (draft 7) of a kind's or a role's parameters. */
export type ParamsSchema = Record<string, unknown>

/** What is known before any host was asked. */
export interface Sources {
  /** salt of this plan: a secret's digest is sha256(salt + hex(sha256(bytes))) */
  readonly salt: string
  /** what a source on the controller holds, read once a run before the probes */
  source(source: SlotSource): ResolvedSource
}
export interface ResolvedSource {
  /** sha256 of the bytes in hex, not salted */
  digest: string
  sizeBytes: number
  /** the content, where it is UTF-8 text without NUL of at most 64 KiB */
  text?: string
  /** the file is encrypted: its content is a secret, whatever the task says */
  isVaulted?: true
}

/** What a task may ask about other things: observed, overlaid with what earlier tasks of the plan are predicted to do. */
export interface World extends Sources {
  /** predicted state of a thing at this point of the plan; `undefined`: no task of the plan is about it */
  state<S>(key: ThingKey): S | undefined
}

/** Content that travels apart from the plan: large or secret. `digest` is sha256 of the bytes in hex, salted when secret. */
export interface Slot {
  /** name of the file in the slot folder of the host: "$NP_SLOTS/<name>" */
  name: string
  source: SlotSource
  digest: string
  sizeBytes: number
  secret: boolean
}
export type SlotSource =
  /** a file on the controller */
  | { type: 'path'; path: string }
  /** downloaded once by the controller into its cache, found there by sha256 */
  | { type: 'url'; url: string; sha256: string; member?: string }
  | { type: 'archive'; path: string; member: string }
  /** large content of a role, not secret */
  | { type: 'inline'; text: string }
  /** given by value: lives in memory only; in a saved plan it is `vaulted`, or the plan cannot be saved */
  | { type: 'secret'; value: Secret }
  /** places of encrypted values, and the words between them */
  | { type: 'vaulted'; parts: (string | Origin)[] }

/**
 * What lives on a host under one type of key, whatever tasks are about it: how the host itself fingerprints it, keeps it, puts it back.
 * A fingerprint is blank-separated `field=value` words; two fingerprints with the same fields are compared word by word by the undo guard.
 */
export interface ThingKind<S> {
  /** equal, byte for byte, to what `fingerprintText` prints on a host in this state */
  fingerprint(state: S): string
  /** prints the fingerprint and a newline; only reads */
  fingerprintText(key: ThingKey, state: S): ShellText
  /** copy of the pre-image into the root-only folder "$NP_STORE", before the first write; undefined: the plan itself knows enough */
  save?(key: ThingKey, first: S): ShellText | undefined
  /** texts that put `first` back, whichever state of `chain` (or between) the host is in. Run by the engine under its guard. */
  undo(key: ThingKey, first: S, chain: S[]): Undo
  /** its steps look for themselves: what came to be as planned in the meantime (because of an earlier task, say) is no surprise to a program */
  readonly looksItself?: true
}
/** Order over all things: every `before` (stop, disable), then every `restore` in reverse order, then every `after` (enable, start) forward. */
export interface Undo {
  before?: ShellText
  restore?: ShellText
  after?: ShellText
}

/** A kind of task about a thing on a host. All functions are pure; the engine alone touches hosts. */
export interface ResourceKind<D = never, S = unknown> {
  readonly kind: string
  /** validated (by playbook/) before anything else sees the parameters */
  readonly schema: ParamsSchema
  readonly thing: ThingKind<S>
  key(desired: D): ThingKey
  /** only reads and prints; may use the prelude; answers for what the task needs too (parent folder, owner, …) */
  probe(desired: D, sources: Sources): ShellText
  /** @throws ProbeError when the output is not what the probe prints */
  parse(output: Buffer, desired: D): S
  /** [] when as wanted. For people. @throws RequirementError when neither the host nor the plan provides what the task needs */
  diff(desired: D, observed: S, world: World): Change[]
  /** default: `create` when observed is absent, else `change` */
  action?(desired: D, observed: S, changes: Change[]): Action
  after(desired: D, observed: S, world: World): S
  /** each text is one step, under `set -eu` in a subshell; twice is once */
  steps(desired: D, observed: S, world: World): ShellText[]
  /** sources that `world.source` must know */
  sources?(desired: D): SlotSource[]
  /** contents that the steps find as "$NP_SLOTS/<name>", streamed there and verified before the program runs; asked only when the diff is not empty */
  slots?(desired: D, world: World): Slot[]
  /** etcd keys whose values `world.state('etcd3:/key')` must know (e.g. inputs of a daemon) */
  clusterReads?(desired: D): { cluster: EtcdCluster; reads: EtcdRead[] }[]
  /** run on the host before the first write of a run, e.g. to record what is judged fresh; must not change what any probe of a role reads */
  adopt?(desired: D, observed: S, world: World): ShellText | undefined
}

/** What is wrong with parameters that their schema lets through. */
export interface KindMistake {
  /** keys down to the value at fault */
  path: string[]
  /** `must be a number from 20 to 32`; never a secret */
  problem: string
}

/** A kind of task about a thing of the cluster: read once a run, written by compare-and-swap from the controller, or by a program on the task's host. */
export interface ClusterKind<D = never, S = unknown, W extends ClusterWrite = ClusterWrite> {
  readonly kind: string
  readonly schema: ParamsSchema
  /** asked once the schema lets the parameters through, before any host is asked */
  mistake?(desired: D): KindMistake | undefined
  key(desired: D): ThingKey
  cluster(desired: D): EtcdCluster
  /** absolute paths on the task's host of what writes: the host has them, or a task before brings them */
  onHost?(desired: D): string[]
  reads(desired: D): EtcdRead[]
  parse(values: EtcdValue[], desired: D): S
  diff(desired: D, observed: S, world: World): Change[]
  after(desired: D, observed: S, world: World): S
  /** compare-and-swap on what was read */
  writes(desired: D, observed: S, world: World): W[]
  /** the writes that put back what was read, valid only while our value stands */
  undo(desired: D, observed: S, world: World): W[]
}

export interface ResourceTask<D = unknown, S = unknown> {
  type: 'resource'
  title: string
  kind: ResourceKind<D, S>
  desired: D
  tags: string[]
  /** where the role called the factory: file:line:column */
  origin: Origin
  /** the user that it is done as, where that is another than the host's shell is of */
  as?: string
}
export interface ClusterTask<D = unknown, S = unknown> {
  type: 'cluster'
  title: string
  kind: ClusterKind<D, S>
  desired: D
  tags: string[]
  origin: Origin
}
export interface GateTask<P = unknown> {
  type: 'gate'
  title: string
  check: Check<P>
  timeoutMs: number
  tags: string[]
  origin: Origin
}
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Task = ResourceTask<any, any> | ClusterTask<any, any> | GateTask<any>

/** A probe with a verdict: a precondition at plan time, a gate with a deadline during apply, a health check in verify. */
export interface CheckKind<P = never> {
  /** unique in its role; a saved plan names checks by role and kind */
  readonly kind: string
  /** `host`: judged for each host alone. `play`: waits for all hosts of the batch, and every host sees every host's `setup` output */
  readonly scope: 'host' | 'play'
  clusterReads?(params: P): { cluster: EtcdCluster; reads: EtcdRead[] }[]
  /** the only part that may write, e.g. makes a test pod and prints its address; `teardown` always follows, and clears leftovers of a killed run too */
  setup?(params: P): ShellText
  teardown?(params: P): ShellText
  /** only reads, e.g. pings; every line of it ends by itself within seconds */
  probe?(params: P, seen: Seen): ShellText
  verdict(params: P, seen: Seen, reply: { output: string; exit: number }): Verdict
}
export interface Check<P = unknown> {
  kind: CheckKind<P>
  title: string
  params: P
}
/** What a check may look at besides its own probe. */
export interface Seen {
  host: string
  /** hosts of the play that are done in this run plus this batch (or all, in verify) */
  hosts: string[]
  /** stdout of `setup` by host */
  setups: Record<string, string>
  /** values read from etcd, by key; a prefix read gives every key under it */
  etcd: EtcdValue[]
}
/**
 * `warning`: it holds, and something about it should be known. The same words on all hosts that it is about: they are told once.
 * `stops`: what was done so far is right and may stay, but nothing after it: within a hold nothing is put back for it.
 * `reached`: of a check between hosts, what this one found of each other that it tried.
 */
export type Verdict = { reached?: Reached[] } & (
  { holds: true; detail?: string; warning?: string } | { holds: false; reason: string; evidence?: string; next?: string; stops?: true }
)
/** From one host to another: small packets, and those of full size that must not be cut up; `reason` why one of them was not answered. */
export interface Reached {
  host: string
  small: boolean
  full: boolean
  reason?: string
}
