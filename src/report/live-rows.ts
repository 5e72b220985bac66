import type { RunEvent } from '../events.js'
import { countOf, hostList } from './hosts.js'
import type { Paint } from './paint.js'
import { clock, oneLine, partOf } from './shown.js'

type Stage = Extract<RunEvent, { type: 'stage-started' }>

/** What one host of a stage is doing. */
interface Row {
  host: string
  state: 'waiting' | 'working' | 'done' | 'failed' | 'stopped'
  task: string
  /** how far the task is: bytes, seconds, what it waits for */
  progress: string
  changed: number
  /** changes that the plan has for this host in this stage */
  planned: number
  startedMs: number
  endedMs: number
}

/** Above this many hosts the lines fold: those at work, those in trouble, and one line for all that are done and all that wait. */
const foldAbove = 30
/** lines of a folded stage for hosts at work and hosts in trouble */
const shownAtWork = 8
const shownInTrouble = 5

/** The lines of one stage, made of its events alone. */
export class LiveRows {
  private readonly rows: Map<string, Row>
  private interrupted = false

  /** @param planned changes of each host in this stage; @param nowMs clock of the times shown */
  constructor(
    private readonly stage: Stage,
    planned: ReadonlyMap<string, number>,
    private readonly startedMs: number,
  ) {
    const row = (host: string): Row => ({
      host,
      state: 'waiting',
      task: '',
      progress: '',
      changed: 0,
      planned: planned.get(host) ?? 0,
      startedMs,
      endedMs: startedMs,
    })
    this.rows = new Map(stage.hosts.map(host => [host, row(host)]))
  }

  follow(event: RunEvent, nowMs: number): void {
    if (event.type === 'interrupted') this.interrupted = true
    const row = 'host' in event && event.host !== undefined ? this.rows.get(event.host) : undefined
    if (row === undefined) return
    if (event.type === 'item-started') begin(row, event.task, nowMs)
    else if (event.type === 'item-progress') row.progress = progressText(event)
    else if (event.type === 'item-changed') row.changed++
    else if (event.type === 'item-failed') end(row, 'failed', nowMs, `${event.task}: ${event.error.message.split('\n')[0]!}`)
    else if (event.type === 'host-ended' && row.state !== 'failed')
      end(row, event.end === 'done' ? 'done' : 'failed', nowMs, event.error?.message.split('\n')[0] ?? event.end)
    if (event.type === 'item-changed' || event.type === 'item-ok') row.progress = ''
    if (isOver(row, event)) end(row, 'done', nowMs, '')
  }

  /** The stage is over: whoever is not in trouble is done, or was stopped before it was. */
  end(nowMs: number): void {
    for (const row of this.rows.values())
      if (row.state === 'waiting' || row.state === 'working') end(row, row.changed >= row.planned ? 'done' : 'stopped', nowMs, '')
  }

  /** @param spinner the glyph before hosts at work; @param rowsOnScreen height of the terminal */
  lines(nowMs: number, { paint, spinner, rowsOnScreen }: { paint: Paint; spinner: string; rowsOnScreen: number }): string[] {
    const rows = [...this.rows.values()]
    const folded = rows.length > Math.min(foldAbove, rowsOnScreen - 3)
    const told = (row: Row) => `  ${glyph(row, paint, spinner)} ${oneLine(row.host)}   ${textOf(row, nowMs)}`
    return [this.head(rows, nowMs, paint), ...(folded ? foldedLines(rows, told, paint) : rows.map(told))]
  }

  private head(rows: readonly Row[], nowMs: number, paint: Paint) {
    const { play, name, batch, batches } = this.stage
    const done = rows.filter(({ state }) => state === 'done' || state === 'failed').length
    const filled = Math.round((done / Math.max(1, rows.length)) * 20)
    const part = batches > 1 ? `  batch ${batch} of ${batches}` : ''
    const bar = `▕${'█'.repeat(filled)}${'░'.repeat(20 - filled)}▏`
    const stopping = this.interrupted ? '   interrupted, stopping' : ''
    return `${paint.bold(`PLAY ${play} ${oneLine(name)}`)}${part}  ${bar} ${done} of ${countOf(rows.length, 'host')}   ${clock(nowMs - this.startedMs)}${stopping}`
  }
}

function begin(row: Row, task: string, nowMs: number) {
  if (row.state === 'waiting') row.startedMs = nowMs
  Object.assign(row, { state: 'working', task, progress: '' })
}

const end = (row: Row, state: Row['state'], endedMs: number, task: string) => Object.assign(row, { state, endedMs, task, progress: '' })

/** The last change is made and no gate of this host is under way; a gate after it starts it again. */
const isOver = (row: Row, event: RunEvent) =>
  (event.type === 'item-changed' || event.type === 'item-ok') && row.state === 'working' && row.changed >= row.planned

function foldedLines(rows: readonly Row[], told: (row: Row) => string, paint: Paint): string[] {
  const of = (state: Row['state']) => rows.filter(row => row.state === state)
  const [done, failed, working, waiting, stopped] = [of('done'), of('failed'), of('working'), of('waiting'), of('stopped')]
  const names = (some: readonly Row[]) => hostList(some.map(({ host }) => host))
  const changed = done.reduce((sum, row) => sum + row.changed, 0)
  return [
    ...(done.length > 0 ? [`  ${paint.good('✔')} ${names(done)}   ${changed} changed`] : []),
    ...failed.slice(0, shownInTrouble).map(told),
    ...(failed.length > shownInTrouble ? [`  ${paint.bad('✖')} ${names(failed.slice(shownInTrouble))}`] : []),
    ...working.slice(0, shownAtWork).map(told),
    ...(working.length > shownAtWork ? [`    ${names(working.slice(shownAtWork))}   at work`] : []),
    ...(waiting.length > 0 ? [`  ${paint.faint('·')} ${names(waiting)}   waiting`] : []),
    ...(stopped.length > 0 ? [`  ${paint.faint('·')} ${names(stopped)}   stopped`] : []),
  ]
}

const glyph = ({ state }: Row, paint: Paint, spinner: string) =>
  ({
    waiting: paint.faint('·'),
    stopped: paint.faint('·'),
    working: paint.changed(spinner),
    done: paint.good('✔'),
    failed: paint.bad('✖'),
  })[state]

function textOf({ state, task, progress, changed, planned, startedMs, endedMs }: Row, nowMs: number): string {
  if (state === 'waiting') return 'waiting'
  if (state === 'failed') return oneLine(task)
  if (state === 'stopped') return `stopped, ${changed} of ${planned} changed`
  if (state === 'done') return changed === 0 ? 'as wanted' : `${changed} changed   ${clock(endedMs - startedMs)}`
  const doing = [oneLine(task), ...(progress === '' ? [] : [progress])].join('  ')
  return `${Math.min(changed + 1, Math.max(planned, 1))}/${Math.max(planned, 1)}  ${doing}   ${clock(nowMs - startedMs)}`
}

/** `38 of 51 MB`; `no lease yet (12 s of 60)`. */
function progressText({ text, done, total, unit }: Extract<RunEvent, { type: 'item-progress' }>): string {
  if (done === undefined || total === undefined) return oneLine(text)
  if (unit === 'bytes') return partOf(done, total)
  return `${oneLine(text)} (${Math.round(done / 1000)} s of ${Math.round(total / 1000)})`
}
