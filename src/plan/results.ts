import type { Registered, TaskResult } from '../playbook/conditions.js'
import type { DraftTask, HostDraft, SkippedTask } from './draft.js'

const none: Omit<TaskResult, 'changed' | 'skipped'> = { failed: false, unreachable: false }

/** What tasks of plays register, host by host, as the plan predicts it; and which of them `when` leaves out. */
export class Results {
  private readonly registered = new Map<string, Map<string, TaskResult>>()
  /** which task of a loop a result is of so far, by host and name */
  private readonly loops = new Map<string, string>()
  /** tasks of a host, by play and place in it: did anything of it run? */
  private readonly ran = new Map<string, Map<string, boolean>>()

  of(host: string): Registered {
    const known = this.registered.get(host) ?? new Map<string, TaskResult>()
    this.registered.set(host, known)
    return known
  }

  /** @param hosts whose result it is: all of the batch for a task that runs once */
  run(play: number, hosts: readonly string[], { register, at }: SkippedTask, changed: boolean) {
    this.note(play, hosts, at, true)
    this.set(`${play} ${at}`, hosts, register, { ...none, changed, skipped: false })
  }

  skip(play: number, hosts: readonly string[], { register, at }: SkippedTask) {
    this.note(play, hosts, at, false)
    this.set(`${play} ${at}`, hosts, register, { ...none, changed: false, skipped: true })
  }

  /** Tasks of which nothing ran. */
  skippedOn(host: string): number {
    return [...(this.ran.get(host)?.values() ?? [])].filter(ran => !ran).length
  }

  private note(play: number, hosts: readonly string[], at: number, ran: boolean) {
    for (const host of hosts) {
      const own = this.ran.get(host) ?? new Map<string, boolean>()
      const name = `${play} ${at}`
      this.ran.set(host, own.set(name, ran || (own.get(name) ?? false)))
    }
  }

  /** A loop's result is that of its items together, as in Ansible: changed where one is, skipped where all are. */
  private set(task: string, hosts: readonly string[], register: SkippedTask['register'], one: TaskResult) {
    if (register === undefined) return
    for (const host of hosts) {
      const own = this.of(host) as Map<string, TaskResult>
      const loop = `${host} ${register.name}`
      const before = register.isItem && this.loops.get(loop) === task ? (own.get(register.name)?.results ?? []) : []
      this.loops.set(loop, task)
      const results = [...before, one]
      const changed = results.some(each => each.changed)
      own.set(register.name, register.isItem ? { ...none, changed, skipped: results.every(each => each.skipped), results } : one)
    }
  }
}

/** Tasks and those left out, in the order of the play: what a task registers is known to those after it. */
export function inOrder({ tasks, skipped }: HostDraft): (DraftTask | SkippedTask)[] {
  const left = [...skipped]
  const before = (at: number) => left.splice(0, left.filter(one => one.at < at).length)
  return [...tasks.flatMap(task => [...before(task.control?.at ?? Infinity), task]), ...left]
}
