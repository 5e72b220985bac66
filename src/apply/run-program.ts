import { NetplayError, printable } from '../errors.js'
import { isChange, itemsOf, type HostItem, type Plan } from '../plan/plan.js'
import type { ApplyInput, HostOutcome } from './apply.js'
import { LockedError, MovedError, ProgramLostError, StepFailedError, UploadFailedError } from './errors.js'
import { stopFile } from './host-folders.js'
import { ProgramLines, type ProgramLine } from './program-line.js'
import { programOf } from './program.js'
import { Telling } from './telling.js'
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
    // Contents take their time: who was asked to stop meanwhile begins nothing.
    if (!input.stop.raised) await run(input, session, host, changing, telling)
  }
  await telling.finish()
}

async function bringSlots({ plan, sources }: ApplyInput, session: Session, host: string, changing: HostItem[], telling: Telling) {
  const wanted = new Set(changing.flatMap(({ slots }) => slots))
  const slots = plan.hosts[host]!.slots.filter(({ name }) => wanted.has(name))
  for (const slot of slots) {
    const item = changing.find(candidate => candidate.slots.includes(slot.name))!
    try {
      await uploadSlots(session, [slot], sources, (_slot, done) => {
        telling.starting(item)
        telling.say({ type: 'item-progress', host, item: item.id, text: item.key, done, total: slot.sizeBytes, unit: 'bytes' })
      })
    } catch (cause) {
      if (!(cause instanceof NetplayError)) throw cause
      const error = cause instanceof UploadFailedError ? cause : telling.lostWhileBringing(item, cause)
      await telling.failed(item, error)
      throw error
    }
  }
}

async function run({ plan, run: id, stop }: ApplyInput, session: Session, host: string, changing: HostItem[], telling: Telling) {
  const { text, nonce } = programOf(changing, plan.hosts[host]!, id, plan.salt)
  const lines = new ProgramLines(nonce, line => telling.follow(line))
  let asking: Promise<unknown> | undefined
  let isOver = false
  stop.onRaised(() => {
    if (!isOver) asking = askToStop(session, id)
  })
  try {
    const { stderr } = await session.request(text, { purpose: 'program', timeoutMs: 0, quietMs, onStdout: lines.push })
    await telling.flushed()
    const words = printable(stderr.toString().slice(-2000)).trim()
    const error = endOf(plan, host, changing, lines.all, words)
    if (error === 'died') throw await telling.lost(lines.all, true, new Error(words || 'the program was ended on the host'))
    if (error === undefined) return
    await telling.failed(error.item, error.error)
    throw error.error
  } catch (error) {
    await telling.flushed()
    if (ends.some(end => error instanceof end)) throw error
    throw await telling.lost(lines.all, false, error)
  } finally {
    isOver = true
    await asking
  }
}

const ends = [StepFailedError, MovedError, LockedError, ProgramLostError]

/** What a program's last words mean. @returns undefined when all is well, or it was asked to stop; `died`: it has no last words */
function endOf(
  plan: Plan,
  host: string,
  changing: HostItem[],
  lines: readonly ProgramLine[],
  words: string,
): { item: HostItem; error: NetplayError } | 'died' | undefined {
  const first = changing[0]!
  const itemOf = (id: string) => changing.find(item => item.id === id) ?? first
  const moved = lines.flatMap(line => (line.type === 'moved' ? [{ item: itemOf(line.item), now: printable(line.now) }] : []))
  if (moved.length > 0)
    return {
      item: moved[0]!.item,
      error: new MovedError(
        host,
        moved.map(({ item: { key, expects }, now }) => ({ key, planned: expects, now })),
      ),
    }
  const failed = lines.find(line => line.type === 'failed')
  if (failed !== undefined) {
    const item = itemOf(failed.item)
    return { item, error: new StepFailedError(host, item.key, failed.exit, printable(failed.words.trim()), leftAs(plan, host, item)) }
  }
  const last = lines.at(-1)
  if (last?.type === 'end') return undefined
  if (last?.type !== 'stopped') return 'died'
  if (last.why === 'locked') return { item: first, error: new LockedError(host, printable(last.words.trim())) }
  if (last.why === 'store') return { item: first, error: new StepFailedError(host, first.key, 1, words, noStore) }
  return undefined
}

const noStore = 'Nothing was written: there is no place to keep what would be replaced.'

/** How far the host got, counted over the whole plan. */
function leftAs(plan: Plan, host: string, { id, kind, steps }: HostItem): string {
  const changing = itemsOf(plan).filter(({ host: of, item }) => of === host && isChange(item))
  const before = changing.findIndex(({ item }) => item.id === id)
  const after = changing.length - before - 1
  const count = (number: number) => `${number} change${number === 1 ? '' : 's'}`
  // A file is written beside and renamed.
  const whole = ['file', 'binary'].includes(kind) && steps.length === 1 ? ' The file is as it was: it is written whole or not at all.' : ''
  const made = before === 0 ? 'It was the first change on this host' : `${count(before)} before it ${before === 1 ? 'is' : 'are'} made`
  return `${made}; ${after === 0 ? 'it was the last' : `${count(after)} after it ${after === 1 ? 'was' : 'were'} not begun`}.${whole}`
}

/** The program looks for this file before each step. */
const askToStop = (session: Session, id: string) => session.aside(`: >${stopFile(id)}`).catch(() => undefined)
