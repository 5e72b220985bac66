import type { RunEvent } from '../events.js'
import { countOf, hostList } from './hosts.js'
import { holdText, isHoldEvent } from './hold-words.js'
import { judgedLines, type Judgement } from './judged.js'
import { causesJudgedText, foundLines, type CauseFound, type CausesJudged } from './found.js'
import type { Live } from './live.js'
import { openLooking, type Looking } from './looking.js'
import { staleText } from './moved.js'
import { Page, type Screen } from './page.js'
import { paintFor, wantsColour, type Paint } from './paint.js'
import { plainLine } from './plain.js'
import { PlanPages } from './plan-pages.js'
import { recapText } from './recap.js'
import type { Report, ReportOptions } from './report.js'
import { oneLine, seconds } from './shown.js'
import { Times } from './times.js'
import { troubleOf, troubleText, type Trouble } from './trouble.js'

/** Everything a person sees of a run: what is planned, how it goes, what went wrong, the recap. */
export function openScreen(options: ReportOptions, out: Screen): Report {
  const telling = new Telling(options, new Page(out), paintFor(wantsColour(options.color, out)))
  return { emit: event => telling.tell(event), close: () => telling.close() }
}

type Event<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>

class Telling {
  private readonly plan: PlanPages
  private readonly troubles = new Map<string, Trouble>()
  private readonly times = new Times()
  private readonly judgements: Judgement[] = []
  private readonly findings: CauseFound[] = []
  private begun: Event<'run-started'> = { type: 'run-started', run: '', mode: 'check', source: '', hosts: [], plays: 0 }
  private looking: Looking | undefined
  private live: Live | undefined
  private readonly seen = new Set<RunEvent['type']>()
  private hasStages = false

  constructor(
    private readonly options: ReportOptions,
    private readonly page: Page,
    private readonly paint: Paint,
  ) {
    this.plan = new PlanPages(page, options, paint)
    page.beforeWriting = () => this.looked()
  }

  async tell(event: RunEvent): Promise<void> {
    this.note(event)
    switch (event.type) {
      case 'run-started':
        this.begun = event
        if (this.options.verbose > 0 && event.config !== undefined) this.page.text([`Using ${oneLine(event.config)} as config file`])
        if (this.page.isTerminal) this.looking = openLooking(event, this.page.out)
        return
      case 'warning':
        return this.page.text([warningText(event, this.paint)])
      case 'plan-made':
        return this.planned()
      case 'plan-saved':
        return this.page.text([`Saved to ${oneLine(event.file)}. Next: netplay apply ${oneLine(event.file)}`])
      case 'plan-stale':
        return this.page.text(staleText(event, this.paint))
      case 'check-judged':
        return this.judging(event)
      case 'checks-judged':
        return this.judged(event)
      case 'cause-found':
        return void this.findings.push(event)
      case 'causes-judged':
        return this.diagnosed(event)
      case 'run-finished':
        return this.finished(event)
      default:
        return this.progress(event)
    }
  }

  async close(): Promise<void> {
    this.looked()
    await this.live?.close()
    this.live = undefined
  }

  private looked() {
    this.looking?.close()
    this.looking = undefined
  }

  private note(event: RunEvent) {
    this.seen.add(event.type)
    this.plan.follow(event)
    this.times.follow(event)
    this.looking?.follow(event)
    const trouble = troubleOf(event)
    // A failed item says more than the end of its host: the first word about a host stays. A moved host is told with its plan.
    if (trouble !== undefined && !this.troubles.has(trouble.host) && trouble.error.code !== 'MOVED')
      this.troubles.set(trouble.host, trouble)
  }

  private planned() {
    const refused = [...this.troubles.values()].some(({ label }) => label === 'REFUSED')
    this.plan.tell(this.begun, new Set(this.troubles.keys()), refused)
  }

  private async progress(event: RunEvent) {
    if (isHoldEvent(event)) return this.page.text(holdText(event, this.paint).flatMap(line => line.split('\n')))
    if (event.type === 'stage-started') return this.stage(event)
    if (event.type === 'stage-ended') return this.close()
    if (this.live !== undefined) return this.live.tell(event)
    if (!this.hasStages && event.type !== 'interrupted') return
    // On a terminal the lines above have shown it, and the end tells what is left to say.
    if (this.page.isTerminal && event.type === 'host-ended') return
    const text = plainLine(event, this.options.verbose)
    if (text !== undefined) this.page.lines([text])
  }

  private async stage(event: Event<'stage-started'>) {
    await this.close()
    if (event.changes === 0) return
    this.hasStages = true
    this.page.gap()
    // What draws is loaded by runs that draw.
    if (this.page.isTerminal) this.live = (await import('./live.js')).openLive(event, this.plan.changesIn(event.stage), this.paint)
    else this.page.lines([plainLine(event, this.options.verbose)!])
  }

  /** Hosts of one check are told together. */
  private judging(event: Judgement) {
    if (this.judgements[0] === undefined) this.page.gap()
    else if (this.judgements[0].check !== event.check) this.flushJudged()
    this.judgements.push(event)
  }

  private flushJudged() {
    const place = ({ host }: Judgement) => this.begun.hosts.indexOf(host)
    const inOrder = this.judgements.splice(0).sort((a, b) => place(a) - place(b))
    this.page.text(judgedLines(inOrder, this.paint, this.page.width))
  }

  private judged({ held, judged, pending }: Event<'checks-judged'>) {
    this.flushJudged()
    this.page.gap()
    this.page.text([`${held} of ${countOf(judged, 'check')} hold.${pending > 0 ? ` ${countOf(pending, 'item')} would change.` : ''}`])
  }

  private diagnosed(event: CausesJudged) {
    this.apart(foundLines(this.findings, this.begun.hosts, this.paint))
    this.apart([causesJudgedText(event)])
  }

  private async finished({ recap, ends, requests, absent = {}, retry, ms }: Event<'run-finished'>) {
    await this.close()
    const { verbose } = this.options
    this.apart(troubleText([...this.troubles.values()], this.begun.hosts, this.paint).slice(1))
    const stopped = Object.keys(ends).filter(host => ends[host] === 'stopped')
    if (stopped.length > 0 && !this.isStale()) this.apart([stoppedText(stopped, this.hasStages)])
    // Where none is done, the same command does it.
    if (retry !== undefined && Object.values(ends).includes('done')) this.apart([`Again for those alone: --limit @${oneLine(retry)}`])
    if (verbose > 0) this.apart(this.times.lines(this.begun.hosts, requests, verbose).map(line => this.paint.faint(line)))
    if (this.begun.mode === 'plan' && this.plan.hasChanges && !this.seen.has('plan-saved')) this.apart([notSaved])
    if (Object.keys(recap).length > 0) this.apart(recapText(recap, this.paint, this.page.columns), 'lines')
    this.page.text(Object.entries(absent).map(([host, reason]) => `${this.paint.changed('ABSENT')} ${oneLine(host)}  ${oneLine(reason)}`))
    if (verbose > 0) this.page.lines([this.paint.faint(seconds(ms))])
  }

  /** Nothing of it was carried out; which hosts that is about was told. */
  private isStale(): boolean {
    return this.seen.has('plan-stale') && !this.seen.has('plan-made')
  }

  private apart(lines: readonly string[], as: 'text' | 'lines' = 'text') {
    if (lines.length === 0) return
    this.page.gap()
    this.page[as](lines)
  }
}

const warningText = ({ message, hosts }: Event<'warning'>, paint: Paint) =>
  `${paint.changed('WARNING')} ${oneLine(message)}${hosts === undefined ? '' : paint.faint(`  (${hostList(hosts)})`)}`

const notSaved = 'Not saved: a later run plans anew, and may find something else. --out FILE keeps this plan for netplay apply.'

const stoppedText = (hosts: readonly string[], begun: boolean) =>
  begun
    ? `STOPPED ${hostList(hosts)}  not finished, because others failed or the run was interrupted; nothing is half done there.`
    : `STOPPED ${hostList(hosts)}  nothing was written there: the run ended before its first write.`
