import { printable, reportOf, type NetplayError } from '../errors.js'
import type { RunEvent } from '../events.js'
import type { HostItem } from '../plan/plan.js'
import type { ApplyInput, HostOutcome } from './apply.js'
import { MovedError, ProgramLostError, StepFailedError } from './errors.js'
import { parseProgramLine, programOf, runFolder, type ProgramLine } from './program.js'
import { uploadSlots } from './upload.js'
import type { Session } from '../transport/session.js'

/** A step may be quiet for this long (a daemon's start, a slow disk) before the host is given up as unknown. */
const quietMs = 300_000

/**
 * The items of one host between two barriers: contents first, then one program that reports as it goes.
 * @throws {StepFailedError} a step failed; {@link MovedError} the host is not as planned; {@link ProgramLostError} its end is unknown
 */
export async function runProgram(input: ApplyInput, host: string, items: readonly HostItem[], outcome: HostOutcome): Promise<void> {
  const telling = new Telling(input, host, items, outcome)
  const changing = items.filter(({ action }) => action !== 'none')
  const session = input.sessions.get(host)!
  if (changing.length > 0) {
    await bringSlots(input, session, host, changing, telling)
    await run(input, session, host, changing, telling)
  }
  await telling.finish()
}

async function bringSlots({ plan, sources }: ApplyInput, session: Session, host: string, changing: HostItem[], telling: Telling) {
  const wanted = new Set(changing.flatMap(({ slots }) => slots))
  const slots = plan.hosts[host]!.slots.filter(({ name }) => wanted.has(name))
  const itemOf = (name: string) => changing.find(item => item.slots.includes(name))!
  try {
    await uploadSlots(session, slots, sources, (slot, done) => {
      const item = itemOf(slot.name)
      telling.starting(item)
      telling.say({ type: 'item-progress', host, item: item.id, text: item.key, done, total: slot.sizeBytes, unit: 'bytes' })
    })
  } catch (error) {
    await telling.failed(itemOf(slots[0]!.name), error as NetplayError)
    throw error
  }
}

async function run({ plan, run: id, stop }: ApplyInput, session: Session, host: string, changing: HostItem[], telling: Telling) {
  const { text, nonce } = programOf(changing, plan.hosts[host]!, id, plan.salt)
  const lines: ProgramLine[] = []
  let rest = ''
  stop.onRaised(() => void askToStop(session, id))
  const onStdout = (chunk: Buffer) => {
    const parts = (rest + chunk.toString('latin1')).split('\n')
    rest = parts.pop()!
    for (const part of parts) {
      const line = parseProgramLine(part, nonce)
      if (line === undefined) continue
      lines.push(line)
      telling.follow(line)
    }
  }
  try {
    const { stderr } = await session.request(text, { purpose: 'program', timeoutMs: 0, quietMs, onStdout })
    await judgeEnd(host, changing, lines, printable(stderr.toString().slice(-2000)), telling)
  } catch (error) {
    await telling.flushed()
    if (error instanceof StepFailedError || error instanceof MovedError || error instanceof ProgramLostError) throw error
    throw await telling.lost(lines, error)
  }
}

async function judgeEnd(host: string, changing: HostItem[], lines: ProgramLine[], words: string, telling: Telling) {
  await telling.flushed()
  const moved = lines.filter((line): line is Extract<ProgramLine, { type: 'moved' }> => line.type === 'moved')
  if (moved.length > 0) {
    const items = moved.map(({ item, now }) => ({ item: changing.find(({ id }) => id === item)!, now }))
    const error = new MovedError(
      host,
      items.map(({ item: { key, expects }, now }) => ({ key, planned: expects, now: printable(now) })),
    )
    await telling.failed(items[0]!.item, error)
    throw error
  }
  const failed = lines.find(line => line.type === 'failed')
  if (failed !== undefined) {
    const item = changing.find(({ id }) => id === failed.item) ?? changing[0]!
    const error = new StepFailedError(host, item.key, failed.exit, printable(failed.words.trim()), leftAs(changing, item))
    await telling.failed(item, error)
    throw error
  }
  const last = lines.at(-1)
  if (last?.type === 'stopped' && last.why === 'store') {
    const error = new StepFailedError(
      host,
      changing[0]!.key,
      1,
      words,
      'Nothing was written: there is no place to keep what would be replaced.',
    )
    await telling.failed(changing[0]!, error)
    throw error
  }
  if (last?.type !== 'end' && last?.type !== 'stopped')
    throw await telling.lost(lines, new Error(words || 'the program was ended on the host'))
}

const leftAs = (changing: HostItem[], item: HostItem) => {
  const done = changing.indexOf(item)
  const after = changing.length - done - 1
  return `${done === 0 ? 'Nothing before it was to do' : `The ${done} changes before it are made`}; ${after === 0 ? 'it was the last one here' : `the ${after} after it were not begun`}.`
}

/** The program looks for this file before each step. */
const askToStop = (session: Session, id: string) => session.aside(`: >${runFolder}/stop-${id}`).catch(() => undefined)

/** Turns what a program tells into events, in order, and counts what is done. */
class Telling {
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

  /** The connection or the program went: what is known, and what is not. */
  async lost(lines: readonly ProgramLine[], cause: unknown): Promise<ProgramLostError> {
    const changing = this.items.filter(({ action }) => action !== 'none')
    const at = lines.findLast((line): line is Extract<ProgramLine, { type: 'step' | 'done' }> => line.type === 'step')
    const item = changing.find(({ id }) => id === at?.item)
    const unknown = item !== undefined && !this.done.has(item.id)
    const count = changing.filter(({ id }) => this.done.has(id)).length
    const known = `${count} of ${changing.length} changes are made`
    const leftAs = unknown
      ? `${known}; whether "${item.task}" was is not known. The program on the host ends by itself before its next step.`
      : `${known}. The program on the host ends by itself before its next step.`
    const during = item === undefined ? 'before its first step' : `during "${item.task}" (${item.key})`
    const error = new ProgramLostError(this.host, during, leftAs, { cause })
    if (item !== undefined) await this.failed(item, error)
    return error
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
    return performance.now() - (this.started.get(item.id) ?? performance.now())
  }

  private named({ id, role, task, key }: HostItem) {
    return { host: this.host, item: id, role, task, key }
  }
}
