import type { RunEvent } from '../events.js'
import { countOf, hostList } from './hosts.js'
import type { PlannedItem } from './item-words.js'
import type { Page } from './page.js'
import type { Paint } from './paint.js'
import { padBetween, playText } from './plan-text.js'
import type { ReportOptions } from './report.js'
import { oneLine } from './shown.js'
import { countedText, summaryText } from './summary.js'

type Mode = Extract<RunEvent, { type: 'run-started' }>['mode']
type PlayPlanned = Extract<RunEvent, { type: 'play-planned' }>

/** What a run would change, or is about to: collected while it is planned, told when the plan is made. */
export class PlanPages {
  readonly items: PlannedItem[] = []
  private readonly plays: PlayPlanned[] = []

  constructor(
    private readonly page: Page,
    private readonly options: ReportOptions,
    private readonly paint: Paint,
  ) {}

  follow(event: RunEvent): void {
    if (event.type === 'play-planned') this.plays.push(event)
    if (event.type === 'item-planned') this.items.push(event)
  }

  get hasChanges(): boolean {
    return this.items.some(({ action }) => action !== 'none')
  }

  /** changes of each host in one stage */
  changesIn(stage: number): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { host, stage: of, action } of this.items)
      if (of === stage && action !== 'none') counts.set(host, (counts.get(host) ?? 0) + 1)
    return counts
  }

  /**
   * Nothing to say is said in one line.
   * @param troubled hosts that could not be planned; @param refused one of them by a requirement: then an apply writes nothing
   */
  tell(run: { source: string; hosts: string[]; mode: Mode }, troubled: ReadonlySet<string>, refused: boolean): void {
    const plays = this.plays.map(play => this.playLines(play, run.mode, troubled)).filter(lines => lines.length > 0)
    if (plays.length > 0 || this.hasChanges) this.page.lines([this.paint.bold(this.header(run))])
    for (const lines of plays) {
      this.page.gap()
      this.page.lines(lines)
    }
    const looked = new Set(this.plays.flatMap(({ hosts }) => hosts)).size - troubled.size
    const nobody = looked === 0 && troubled.size === 0
    this.page.gap()
    this.page.text([nobody ? 'No hosts matched.' : summaryText(this.items, looked, run.mode !== 'apply' || refused)])
    if (run.mode === 'plan' && this.hasChanges) this.page.lines([countedText(this.items)])
  }

  private header({ source, hosts }: { source: string; hosts: string[] }) {
    const tasks = new Set(this.items.map(({ play, role, task, key }) => JSON.stringify([play, role, task, key]))).size
    return [oneLine(source), countOf(hosts.length, 'host'), countOf(this.plays.length, 'play'), countOf(tasks, 'task')].join(' · ')
  }

  /** Applying tells of each change when it is made: its listing comes before only where it is asked for. */
  private playLines({ play, name, hosts }: PlayPlanned, mode: Mode, troubled: ReadonlySet<string>): string[] {
    const { diff, verbose } = this.options
    const { width } = this.page
    const title = this.paint.bold(`PLAY ${play} ${oneLine(name)}`)
    if (hosts.length === 0) return [padBetween(title, this.paint.faint('skipping: no hosts matched'), width)]
    if (mode === 'apply' && !diff && verbose === 0) return []
    const items = this.items.filter(item => item.play === play)
    const lines = playText(items, hosts, { diff, unchanged: verbose > 0, origins: verbose > 1, paint: this.paint, width })
    return lines.length === 0 ? [] : [padBetween(title, this.paint.faint(where(hosts, items, troubled)), width), ...lines]
  }
}

/** `n1 n2 n3`; `40 hosts, 39 as wanted`. */
function where(hosts: readonly string[], items: readonly PlannedItem[], troubled: ReadonlySet<string>): string {
  const changing = new Set(items.filter(({ action }) => action !== 'none').map(({ host }) => host))
  const wanted = hosts.filter(host => !changing.has(host) && !troubled.has(host)).length
  if (wanted === 0) return hostList(hosts)
  return wanted === hosts.length ? `${hostList(hosts)}, as wanted` : `${countOf(hosts.length, 'host')}, ${wanted} as wanted`
}
