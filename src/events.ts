import type { Action, Change } from './change.js'

/** An error as data: what screens, the journal and JSON show. Built by `reportOf` alone. */
export interface ErrorReport {
  code: string
  message: string
  /** the other side's own words (last lines of stderr, sshd's answer), escaped by whoever shows them */
  words?: string
  /** how the host was left */
  leftAs?: string
  next: string
}

/** Counts of one host in the order of Ansible's recap. `ok` includes `changed`. */
export interface HostRecap {
  ok: number
  changed: number
  unreachable: number
  failed: number
  skipped: number
  rescued: number
  ignored: number
}

/** `unknown`: the connection was lost while something ran; whether it took effect is not known. */
export type HostEnd = 'done' | 'failed' | 'unreachable' | 'unknown' | 'stopped' | 'refused'

/** Request frames that a host was sent, by what for: `{ facts: 1, probes: 1 }` is a check. */
export type RequestCounts = Record<string, number>

/** Where an item belongs; `item` is unique in a plan: `s2.n1.5` is item 5 of host n1 in stage 2. */
interface OfItem {
  host: string
  item: string
}

/**
 * Everything a run can say, as data, one object an event; screens, journal and `--output json` know nothing else.
 * Times are milliseconds; `at` (ISO 8601) is added where events are written.
 */
export type RunEvent =
  | {
      type: 'run-started'
      run: string
      mode: 'check' | 'apply' | 'plan' | 'verify' | 'rollback' | 'doctor'
      source: string
      hosts: string[]
      plays: number
      /** the configuration file (ansible.cfg) that counts */
      config?: string
    }
  /** `hosts`: those that it is about, where it is not about the run */
  | { type: 'warning'; message: string; hosts?: string[] }
  | { type: 'host-connected'; host: string; ms: number }
  | { type: 'host-unreachable'; host: string; error: ErrorReport }
  | { type: 'host-facts'; host: string; ms: number }
  | { type: 'host-probed'; host: string; ms: number }
  /** a play that matched no hosts has `hosts: []` and no stages */
  | { type: 'play-planned'; play: number; name: string; hosts: string[] }
  | ({
      type: 'item-planned'
      play: number
      stage: number
      role: string
      task: string
      kind: string
      key: string
      action: Action
      changes: Change[]
      /** the user that it is done as, where that is another than the host's shell is of */
      as?: string
      origin?: string
    } & OfItem)
  /** a saved plan that hosts have moved away from; `hosts` of the plan; `partial`: it is applied to the others all the same */
  | {
      type: 'plan-stale'
      plan: string
      madeAt: string
      madeBy: string
      hosts: number
      moved: { host: string; key: string; planned: string; now: string }[]
      partial: boolean
    }
  /** the host cannot be planned: a requirement or precondition does not hold; nothing will be written on it */
  | { type: 'host-refused'; host: string; role?: string; task?: string; origin?: string; error: ErrorReport }
  | { type: 'plan-made'; plan: string; hosts: number; items: number; changes: number; restarts: number; ms: number }
  /** `netplay plan --out FILE` wrote it */
  | { type: 'plan-saved'; plan: string; file: string }
  /** `changes`: items to change in it; 0: the stage has nothing to do */
  | { type: 'stage-started'; play: number; stage: number; name: string; hosts: string[]; batch: number; batches: number; changes: number }
  | ({ type: 'item-started'; role: string; task: string; key: string; action: Action } & OfItem)
  /** bytes of an upload, seconds of a wait */
  | ({ type: 'item-progress'; text: string; done?: number; total?: number; unit?: 'bytes' | 'ms' } & OfItem)
  | ({ type: 'item-ok' | 'item-changed' | 'item-skipped'; role: string; task: string; key: string; ms: number } & OfItem)
  | ({ type: 'item-failed'; role: string; task: string; key: string; origin?: string; ms: number; error: ErrorReport } & OfItem)
  | { type: 'host-ended'; host: string; end: HostEnd; error?: ErrorReport }
  | { type: 'stage-ended'; play: number; stage: number; ms: number }
  | {
      type: 'check-judged'
      check: string
      host: string
      peer?: string
      holds: boolean
      detail?: string
      /** it holds, and something about it should be known */
      warning?: string
      reason?: string
      evidence?: string
      next?: string
      /** of a check between hosts: what `host` found of each other that it tried */
      reached?: { host: string; small: boolean; full: boolean; reason?: string }[]
    }
  /** after all checks; `pending`: items that a run would still change */
  | { type: 'checks-judged'; held: number; judged: number; pending: number }
  /** the doctor found a known cause; no `host`: it is the cluster's, seen in etcd. `command` would mend it */
  | {
      type: 'cause-found'
      id: string
      host?: string
      cause: string
      evidence: { text: string; where: string }[]
      fix: string
      role: string
      task?: string
      command: string
    }
  /** after all findings; `causes`: how many are known, `looked`: how many were looked for wherever they could be */
  | {
      type: 'causes-judged'
      findings: number
      hosts: number
      causes: number
      looked: number
      notLooked: { id: string; host?: string; needs: string }[]
    }
  /** the data path to other hosts' pods is held on these hosts; `routes`: of all of them together; `until`: then each lets go by itself */
  | { type: 'hold-armed'; hold: string; hosts: string[]; routes: number; until: string }
  /** what the plays of the hold did is put back, while it is still held */
  | { type: 'hold-undoing'; hold: string; hosts: string[]; reason?: string }
  /**
   * `released`: all is done. `undone`: what was done is put back, then released. `kept`: what was done may stay, nothing came after it, released.
   * `left`: still held, until then. `differing`: hosts where main is not as what is held
   */
  | {
      type: 'hold-ended'
      hold: string
      end: 'released' | 'undone' | 'kept' | 'left'
      hosts: string[]
      routes: number
      /** of `routes`: main leads the same way */
      equal: number
      differing: { host: string; words: string }[]
      reason?: string
      until?: string
    }
  | { type: 'interrupted'; times: number }
  /** the run ended by an error that is no host's: wrong input, a used plan, a bug of ours */
  | { type: 'run-failed'; error: ErrorReport; exit: number }
  | {
      type: 'run-finished'
      run: string
      recap: Record<string, HostRecap>
      ends: Record<string, HostEnd>
      /** hosts that the inventory declares away, with why and until when */
      absent?: Record<string, string>
      /** path of a file with the hosts that are not done, for `--limit @FILE` */
      retry?: string
      /** of each host that answered */
      requests: Record<string, RequestCounts>
      exit: number
      ms: number
    }

/** Awaited by whoever emits: the journal's line is on disk before the command leaves. */
export type Emit = (event: RunEvent) => void | Promise<void>
