import type { RunEvent } from '../events.js'
import { countOf, hostList } from './hosts.js'
import { judgedLines } from './judged.js'
import { openLive, type Live } from './live.js'
import { openLooking, type Looking } from './looking.js'
import { staleText } from './moved.js'
import { paintFor, wantsColour, type Paint } from './paint.js'
import { padBetween, playText } from './plan-text.js'
import type { PlannedItem } from './item-words.js'
import { plainLine } from './plain.js'
import { recapText } from './recap.js'
import type { Report, ReportOptions } from './report.js'
import { oneLine, seconds } from './shown.js'
import { countedText, summaryText } from './summary.js'
import { Times } from './times.js'
import { troubleOf, troubleText, type Trouble } from './trouble.js'
import { cut, wrap } from './width.js'

export interface Screen {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

/** Everything a person sees of a run: what is planned, how it goes, what went wrong, the recap. */
export function openScreen(options: ReportOptions, out: Screen): Report {
  const telling = new Telling(options, out, paintFor(wantsColour(options.color, out)))
  return { emit: event => telling.tell(event), close: () => telling.close() }
}

type Event<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>

class Telling {
  private readonly items: PlannedItem[] = []
  private readonly troubles = new Map<string, Trouble>()
  private readonly times = new Times()
  private plays: Event<'play-planned'>[] = []
  private begun: Event<'run-started'> | undefined
  private looking: Looking | undefined
  private live: Live | undefined
  private anyStage = false
  private stale = false
  private saved = false
  private anyLine = false

  constructor(
    private readonly options: ReportOptions,
    private readonly out: Screen,
    private readonly paint: Paint,
  ) {}

  async tell(event: RunEvent): Promise<void> {
    this.note(event)
    switch (event.type) {
      case 'run-started':
        return this.started(event)
      case 'warning':
        return this.lines([`${this.paint.changed('WARNING')} ${oneLine(event.message)}`], { whole: true })
      case 'plan-made':
        return this.planned()
      case 'plan-stale':
        this.stale = !event.partial
        return this.block(staleText(event, this.paint), { whole: true })
      case 'plan-saved':
        this.saved = true
        return this.lines([`Saved to ${oneLine(event.file)}. Next: netplay apply ${oneLine(event.file)}`])
      case 'check-judged':
        return this.lines(judgedLines(event, this.paint), { whole: true })
      case 'checks-judged':
        return this.judged(event)
      case 'run-finished':
        return this.finished(event)
      default:
        return this.progress(event)
    }
  }

  async close(): Promise<void> {
    this.looking?.close()
    this.looking = undefined
    await this.live?.close()
    this.live = undefined
  }

  private note(event: RunEvent) {
    if (event.type === 'play-planned') this.plays.push(event)
    if (event.type === 'item-planned') this.items.push(event)
    this.times.follow(event)
    this.looking?.follow(event)
    const trouble = troubleOf(event)
    // A failed item says more than the end of its host: the first word about a host stays. A moved host is told with its plan.
    if (trouble !== undefined && !this.troubles.has(trouble.host) && trouble.error.code !== 'MOVED')
      this.troubles.set(trouble.host, trouble)
  }

  private started(event: Event<'run-started'>) {
    this.begun = event
    if (this.out.isTTY === true) this.looking = openLooking(event, this.out)
  }

  /** Nothing to say is said in one line. */
  private planned() {
    const looked = new Set(this.plays.flatMap(({ hosts }) => hosts)).size - this.troubles.size
    const plays = this.plays.map(play => this.playLines(play)).filter(lines => lines.length > 0)
    if (plays.length > 0 || this.items.some(({ action }) => action !== 'none')) this.block([this.paint.bold(this.header())])
    for (const lines of plays) this.block(lines)
    // A host that cannot be planned ends an apply before its first write.
    const refused = [...this.troubles.values()].some(({ label }) => label === 'REFUSED')
    const would = this.begun?.mode !== 'apply' || refused
    const nobody = looked === 0 && this.troubles.size === 0
    this.block([nobody ? 'No hosts matched.' : summaryText(this.items, looked, would)], { whole: true })
    if (this.begun?.mode === 'plan' && this.items.some(({ action }) => action !== 'none')) this.lines([countedText(this.items)])
  }

  private header() {
    const tasks = new Set(this.items.map(({ play, role, task, key }) => JSON.stringify([play, role, task, key]))).size
    const { source = '', hosts = [] } = this.begun ?? {}
    return [oneLine(source), countOf(hosts.length, 'host'), countOf(this.plays.length, 'play'), countOf(tasks, 'task')].join(' · ')
  }

  /** Applying tells of each change when it is made: its listing comes before only where it is asked for. */
  private playLines({ play, name, hosts }: Event<'play-planned'>): string[] {
    const { diff, verbose } = this.options
    const width = Math.min(this.out.columns ?? 100, 120)
    const title = this.paint.bold(`PLAY ${play} ${oneLine(name)}`)
    if (hosts.length === 0) return [padBetween(title, this.paint.faint('skipping: no hosts matched'), width)]
    if (this.begun?.mode === 'apply' && !diff && verbose === 0) return []
    const items = this.items.filter(item => item.play === play)
    const lines = playText(items, hosts, { diff, unchanged: verbose > 0, origins: verbose > 1, paint: this.paint, width })
    return lines.length === 0 ? [] : [padBetween(title, this.paint.faint(this.where(hosts, items)), width), ...lines]
  }

  /** `n1 n2 n3`; `40 hosts, 39 as wanted`. */
  private where(hosts: readonly string[], items: readonly PlannedItem[]): string {
    const changing = new Set(items.filter(({ action }) => action !== 'none').map(({ host }) => host))
    const wanted = hosts.filter(host => !changing.has(host) && !this.troubles.has(host)).length
    if (wanted === 0) return hostList(hosts)
    return wanted === hosts.length ? `${hostList(hosts)}, as wanted` : `${countOf(hosts.length, 'host')}, ${wanted} as wanted`
  }

  private async progress(event: RunEvent) {
    if (event.type === 'stage-started') return this.stage(event)
    if (event.type === 'stage-ended') return this.close()
    if (this.live !== undefined) return this.live.tell(event)
    if (!this.anyStage && event.type !== 'interrupted') return
    const text = plainLine(event, this.options.verbose)
    if (text !== undefined) this.lines([text])
  }

  private async stage(event: Event<'stage-started'>) {
    await this.close()
    if (event.changes === 0) return
    this.anyStage = true
    if (this.out.isTTY !== true) return this.block([plainLine(event, this.options.verbose)!])
    const changing = this.items.filter(({ stage, action }) => stage === event.stage && action !== 'none')
    const planned = new Map<string, number>()
    for (const { host } of changing) planned.set(host, (planned.get(host) ?? 0) + 1)
    this.block([])
    this.live = openLive(event, planned, this.paint)
  }

  private judged({ held, judged, pending }: Event<'checks-judged'>) {
    this.block([`${held} of ${countOf(judged, 'check')} hold.${pending > 0 ? ` ${countOf(pending, 'item')} would change.` : ''}`])
  }

  private async finished({ recap, ends, requests, ms }: Event<'run-finished'>) {
    await this.close()
    this.lines(troubleText([...this.troubles.values()], this.begun?.hosts ?? [], this.paint), { whole: true })
    const stopped = Object.keys(ends).filter(host => ends[host] === 'stopped')
    if (stopped.length > 0 && !this.stale) this.block([stoppedText(stopped, this.anyStage)], { whole: true })
    if (this.options.verbose > 0)
      this.block(this.times.lines(this.begun?.hosts ?? [], requests, this.options.verbose).map(line => this.paint.faint(line)))
    const isPending = this.begun?.mode === 'plan' && this.items.some(({ action }) => action !== 'none')
    if (isPending && !this.saved)
      this.block(['Not saved: a later run plans anew, and may find something else. --out FILE keeps this plan for netplay apply.'])
    if (Object.keys(recap).length > 0) this.block(recapText(recap, this.paint, this.columns()))
    if (this.options.verbose > 0) this.lines([this.paint.faint(seconds(ms))])
  }

  /** Apart from what is above by an empty line. */
  private block(lines: readonly string[], options?: { whole: boolean }) {
    this.lines(this.anyLine ? ['', ...lines] : lines, options)
  }

  /** No line is longer than the terminal. @param whole texts that must be read to their end are broken, others cut */
  private lines(lines: readonly string[], { whole = false } = {}) {
    this.looking?.close()
    this.looking = undefined
    if (lines.length === 0) return
    const columns = this.columns()
    const fitting = lines.flatMap(line => (whole ? wrap(line, columns) : [cut(line, columns)]))
    this.anyLine = true
    this.out.write(`${fitting.join('\n')}\n`)
  }

  private columns(): number {
    return this.out.isTTY === true ? (this.out.columns ?? 80) : Infinity
  }
}

const stoppedText = (hosts: readonly string[], begun: boolean) =>
  begun
    ? `STOPPED ${hostList(hosts)}  not finished, because others failed or the run was interrupted; nothing is half done there.`
    : `STOPPED ${hostList(hosts)}  nothing was written there: the run ended before its first write.`
