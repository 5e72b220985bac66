import { writeSync } from 'node:fs'
import { Listr, Spinner, type DefaultRenderer, type ListrTaskWrapper, type SimpleRenderer } from 'listr2'
import type { RunEvent } from '../events.js'
import { LiveRows } from './live-rows.js'
import type { Paint } from './paint.js'

/** The lines of one stage on a terminal, redrawn as events come. */
export interface Live {
  tell(event: RunEvent): void
  /** the last state stays on the screen */
  close(): Promise<void>
}

type Line = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>

/** Lines that a stage takes at most; an empty one takes no room. */
const lineCount = 34

/**
 * listr2 draws and nothing more: each of its tasks is one line, which our events alone fill; it runs, retries and catches nothing.
 * @param planned changes of each host in this stage
 */
export function openLive(stage: Extract<RunEvent, { type: 'stage-started' }>, planned: ReadonlyMap<string, number>, paint: Paint): Live {
  const rows = new LiveRows(stage, planned, Date.now())
  const frames = new Frames()
  const drawn: Line[] = []
  const [ready, over] = [signal(), signal()]
  const redraw = () => {
    const lines = rows.lines(Date.now(), { paint, spinner: frames.glyph, rowsOnScreen: process.stdout.rows ?? 24 })
    drawn.forEach((line, i) => {
      if (line.title !== (lines[i] ?? '')) line.title = lines[i] ?? ''
    })
  }
  const take = (line: Line) => {
    drawn.push(line)
    if (drawn.length < lineCount) return over.raised
    redraw()
    ready.raise()
    frames.onFrame = redraw
    return over.raised
  }
  const lines = Array.from({ length: lineCount }, () => ({ title: '', task: (_: unknown, line: Line) => take(line) }))
  const running = new Listr(lines, {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    rendererOptions: { formatOutput: 'truncate', spinner: frames, icon: { COMPLETED: '', PENDING: '' } },
  }).run()
  process.once('exit', showCursor)
  return {
    tell: event => rows.follow(event, Date.now()),
    close: async () => {
      await ready.raised
      rows.end(Date.now())
      redraw()
      over.raise()
      await running
      process.off('exit', showCursor)
    },
  }
}

/** Cut by a second Ctrl-C, the terminal's cursor would stay hidden. */
const showCursor = () => void writeSync(process.stdout.fd, '\u001b[?25h')

/** listr2's clock of redrawing. The glyph that turns is ours to place, so listr2's own lines get none. */
class Frames extends Spinner {
  onFrame: () => void = () => undefined

  get glyph(): string {
    return super.fetch()
  }

  override start(redraw?: () => void): void {
    super.start(() => {
      this.onFrame()
      redraw?.()
    })
  }

  override fetch(): string {
    return ''
  }
}

function signal() {
  let raise = (): void => undefined
  const raised = new Promise<void>(resolve => (raise = resolve))
  return { raised, raise: () => raise() }
}
