import { reportOf, type NetplayError } from '../errors.js'
import type { RunEvent } from '../events.js'
import type { HostItem } from '../plan/plan.js'
import type { ApplyInput, HostOutcome } from './apply.js'
import { ProgramLostError } from './errors.js'
import type { ProgramLine } from './program-line.js'

/** Turns what a program tells into events, in order, and counts what is done. */
export class Telling {
  private readonly done = new Set<string>()
  private readonly started = new Map<string, number>()
  private queue: Promise<void> = Promise.resolve()

  constructor(
    private readonly input: ApplyInput,
    private readonly host: string,
    private readonly items: readonly HostItem[],
    private readonly outcome: HostOutcome,
  ) {}

  say(event: RunEvent): void {
    this.queue = this.queue.then(() => this.input.emit(event))
  }

  flushed(): Promise<void> {
    return this.queue
  }

  starting(item: HostItem): void {
    if (this.started.has(item.id)) return
    this.passUnchangedBefore(item)
    this.started.set(item.id, performance.now())
    this.say({ type: 'item-started', ...this.named(item), action: item.action })
  }

  follow(line: ProgramLine): void {
    if (line.type !== 'step' && line.type !== 'done') return
    const item = this.items.find(({ id }) => id === line.item)
    if (item === undefined) return
    if (line.type === 'step') this.starting(item)
    else if (line.step === item.steps.length - 1) this.ended(item)
  }

  async failed(item: HostItem, error: NetplayError): Promise<void> {
    this.starting(item)
    this.say({
      type: 'item-failed',
      ...this.named(item),
      ...(item.origin === undefined ? {} : { origin: item.origin }),
      ms: this.ms(item),
      error: reportOf(error),
    })
    await this.flushed()
  }

  /** The connection or the program went: what is known, and what is not. @param hasEnded the host said that the program is gone */
  async lost(lines: readonly ProgramLine[], hasEnded: boolean, cause: unknown): Promise<ProgramLostError> {
    const changing = this.items.filter(({ action }) => action !== 'none')
    const at = lines.findLast((line): line is Extract<ProgramLine, { type: 'step' | 'done' }> => line.type === 'step')
    const item = changing.find(({ id }) => id === at?.item)
    const unknown = item !== undefined && !this.done.has(item.id)
    const count = changing.filter(({ id }) => this.done.has(id)).length
    const known = `${count} of ${changing.length} changes are made`
    const goesOn = hasEnded
      ? 'The program on the host has ended.'
      : 'The program on the host ends by itself between two steps, as soon as the host notices that nobody listens.'
    const leftAs = unknown ? `${known}; whether "${item.task}" was is not known. ${goesOn}` : `${known}. ${goesOn}`
    const during = item === undefined ? 'before its first step' : `during "${item.task}" (${item.key})`
    const error = new ProgramLostError(this.host, during, leftAs, this.input.run, { cause })
    if (item !== undefined) await this.failed(item, error)
    return error
  }

  /** Nothing of the steps was begun; the new content lies beside, or not at all. */
  lostWhileBringing({ task, key }: HostItem, cause: NetplayError): ProgramLostError {
    const leftAs = 'Nothing of this part was begun: contents are brought before the first step.'
    return new ProgramLostError(this.host, `while bringing what "${task}" needs (${key})`, leftAs, this.input.run, { cause })
  }

  async finish(): Promise<void> {
    for (const item of this.items) if (item.action === 'none') this.ended(item)
    await this.flushed()
  }

  private passUnchangedBefore(item: HostItem) {
    for (const earlier of this.items.slice(0, this.items.indexOf(item))) if (earlier.action === 'none') this.ended(earlier)
  }

  private ended(item: HostItem) {
    if (this.done.has(item.id)) return
    this.done.add(item.id)
    this.outcome.ok++
    if (item.action !== 'none') this.outcome.changed++
    this.say({ type: item.action === 'none' ? 'item-ok' : 'item-changed', ...this.named(item), ms: this.ms(item) })
  }

  private ms(item: HostItem) {
    const started = this.started.get(item.id)
    return started === undefined ? 0 : performance.now() - started
  }

  private named({ id, role, task, key }: HostItem) {
    return { host: this.host, item: id, role, task, key }
  }
}
