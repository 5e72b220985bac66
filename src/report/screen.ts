import { printable } from '../errors.js'
import type { RunEvent } from '../events.js'
import { countOf, hostList } from './hosts.js'
import { openLive, type Live } from './live.js'
import { paintFor, wantsColour, type Paint } from './paint.js'
import { padBetween, playText, summaryText, type PlannedItem } from './plan-text.js'
import { plainLine } from './plain.js'
import { recapText } from './recap.js'
import { requestsText } from './requests.js'
import type { Report, ReportOptions } from './report.js'
import { troubleOf, troubleText, type Trouble } from './trouble.js'

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

class Telling {
  private readonly items: PlannedItem[] = []
  private readonly troubles = new Map<string, Trouble>()
  private plays: { index: number; name: string; hosts: string[] }[] = []
  private mode: string = 'check'
  private live: Live | undefined

  constructor(
    private readonly options: ReportOptions,
    private readonly out: Screen,
    private readonly paint: Paint,
  ) {}

  async tell(event: RunEvent): Promise<void> {
    this.note(event)
    if (event.type === 'run-started') this.started(event)
    else if (event.type === 'warning') this.line(`${this.paint.changed('WARNING')} ${printable(event.message)}`)
    else if (event.type === 'play-planned') this.plays.push({ index: event.play, name: event.name, hosts: event.hosts })
    else if (event.type === 'item-planned') this.items.push(event)
    else if (event.type === 'plan-made') this.planned()
    else if (event.type === 'check-judged') this.line(judgedText(event, this.paint))
    else if (event.type === 'checks-judged')
      this.line(
        '',
        `${event.held} of ${countOf(event.judged, 'check')} hold.${event.pending > 0 ? ` ${countOf(event.pending, 'item')} would change.` : ''}`,
      )
    else if (event.type === 'run-finished') await this.finished(event)
    else await this.progress(event)
  }

  async close(): Promise<void> {
    await this.live?.close()
    this.live = undefined
  }

  private note(event: RunEvent) {
    const trouble = troubleOf(event)
    // A failed item says more than the end of its host: the first word about a host stays.
    if (trouble !== undefined && !this.troubles.has(trouble.host)) this.troubles.set(trouble.host, trouble)
  }

  private started({ source, hosts, plays, mode }: Extract<RunEvent, { type: 'run-started' }>) {
    this.mode = mode
    this.line(this.paint.bold(`${source} · ${countOf(hosts.length, 'host')} · ${countOf(plays, 'play')}`))
  }

  private planned() {
    const width = Math.min(this.out.columns ?? 100, 120)
    for (const { index, name, hosts } of this.plays) {
      const items = this.items.filter(({ play }) => play === index)
      const lines = playText(items, hosts, { diff: this.options.diff, paint: this.paint, width })
      if (lines.length === 0 && this.options.verbose === 0 && hosts.length > 0) continue
      const where = hosts.length === 0 ? 'skipping: no hosts matched' : hostList(hosts)
      const title = `PLAY ${index} ${name}`
      this.line('', padBetween(this.paint.bold(title), title.length, this.paint.faint(where), where.length, width), ...lines)
    }
    const looked = new Set(this.plays.flatMap(({ hosts }) => hosts)).size - this.troubles.size
    const refused = [...this.troubles.values()].some(({ label }) => label === 'REFUSED')
    const nothingWritten = refused && this.mode === 'apply' ? ' Nothing was written on any host: what is told below comes first.' : ''
    this.line('', summaryText(this.items, looked, this.mode !== 'apply') + nothingWritten)
  }

  private async progress(event: RunEvent) {
    if (this.mode !== 'apply' && event.type !== 'interrupted') return
    if (event.type === 'stage-started') {
      await this.close()
      if (event.changes === 0) return
      if (this.out.isTTY === true) this.live = openLive(event, this.out, this.paint)
    }
    if (this.live !== undefined) return this.live.tell(event)
    const text = plainLine(event)
    if (text !== undefined) this.line(text)
  }

  private async finished({ recap, ends, requests, ms }: Extract<RunEvent, { type: 'run-finished' }>) {
    await this.close()
    const troubles = [...this.troubles.values()]
    this.line(...troubleText(troubles, this.paint))
    const stopped = Object.keys(ends).filter(host => ends[host] === 'stopped')
    if (stopped.length > 0)
      this.line(
        '',
        `STOPPED ${hostList(stopped)}  not finished, because others failed or the run was interrupted; nothing is half done there.`,
      )
    if (Object.keys(recap).length > 0) this.line('', ...recapText(recap, this.paint))
    if (this.options.verbose > 1) this.line(...requestsText(requests).map(this.paint.faint))
    if (this.options.verbose > 0) this.line(this.paint.faint(`${(ms / 1000).toFixed(1)} s`))
  }

  private line(...lines: string[]) {
    if (lines.length > 0) this.out.write(`${lines.join('\n')}\n`)
  }
}

const judgedText = (
  { holds, check, host, detail, reason, evidence, next }: Extract<RunEvent, { type: 'check-judged' }>,
  paint: Paint,
): string =>
  holds
    ? `${paint.good('✔')} ${host}  ${check}${detail === undefined ? '' : paint.faint(`  ${printable(detail)}`)}`
    : [
        `${paint.bad('✖')} ${host}  ${check}: ${printable(reason ?? '')}`,
        ...(evidence === undefined || evidence === ''
          ? []
          : printable(evidence)
              .split('\n')
              .map(line => paint.faint(`      ${line}`))),
        ...(next === undefined ? [] : [`    Next: ${printable(next)}`]),
      ].join('\n')
