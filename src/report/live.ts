import { Listr, PRESET_TIMER, type DefaultRenderer, type ListrTaskWrapper, type SimpleRenderer } from 'listr2'
import { printable } from '../errors.js'
import type { RunEvent } from '../events.js'
import { hostList } from './hosts.js'
import type { Paint } from './paint.js'
import { size } from './shown.js'
import type { Screen } from './screen.js'

/** The lines of one stage on a terminal, redrawn as events come. */
export interface Live {
  tell(event: RunEvent): void | Promise<void>
  close(): Promise<void>
}

/** Above this many hosts the lines fold: those at work, those in trouble, and one line for all the others. */
const foldAbove = 30

type Wrapper = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>

interface Row {
  host: string
  text: string
  changed: number
  state: 'waiting' | 'working' | 'done' | 'failed'
}

/** listr2 draws and nothing more: its rows are told by our events; it runs, retries and catches nothing. */
export function openLive(stage: Extract<RunEvent, { type: 'stage-started' }>, _out: Screen, paint: Paint): Live {
  const rows = new Map<string, Row>(stage.hosts.map(host => [host, { host, text: '', changed: 0, state: 'waiting' }]))
  const folded = stage.hosts.length > foldAbove
  const drawn = folded ? foldedRows(rows) : stage.hosts.map(host => rowOf(rows.get(host)!))
  const started = Date.now()
  const finish: (() => void)[] = []
  const wrappers = new Map<string, Wrapper>()
  let head: Wrapper | undefined
  const list = new Listr(
    [
      {
        title: '',
        task: (_context: unknown, task) => {
          head = task
          return task.newListr(
            drawn.map(row => ({
              title: row.title(),
              task: (_inner: unknown, own: unknown) => {
                wrappers.set(row.name, own as Wrapper)
                return new Promise<void>((resolve, reject) =>
                  finish.push(() => (row.failed() ? reject(new Error(row.title())) : resolve())),
                )
              },
            })),
            { concurrent: true, exitOnError: false },
          )
        },
      },
    ],
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      rendererOptions: {
        collapseSubtasks: false,
        collapseErrors: true,
        showErrorMessage: false,
        timer: { ...PRESET_TIMER, condition: () => false },
      },
      silentRendererCondition: () => stage.hosts.length === 0,
    },
  )
  const redraw = () => {
    if (head !== undefined) head.title = paint.bold(headOf(stage, rows, Date.now() - started))
    for (const row of drawn) {
      const wrapper = wrappers.get(row.name)
      if (wrapper !== undefined) wrapper.title = row.title()
    }
  }
  const running = list.run().catch(() => undefined)
  const timer = setInterval(redraw, 100)
  return {
    tell: event => follow(rows, event),
    close: async () => {
      clearInterval(timer)
      for (const row of rows.values())
        if (row.state === 'waiting' || row.state === 'working') Object.assign(row, { state: 'done', text: '' })
      redraw()
      // listr2 hands out its wrappers a turn after it was started.
      while (head === undefined && stage.hosts.length > 0) await new Promise(resolve => setTimeout(resolve, 5))
      for (const end of finish) end()
      await running
    },
  }
}

const headOf = (
  { play, name, batch, batches }: Extract<RunEvent, { type: 'stage-started' }>,
  rows: ReadonlyMap<string, Row>,
  ms: number,
) => {
  const done = [...rows.values()].filter(({ state }) => state === 'done' || state === 'failed').length
  const filled = Math.round((done / Math.max(1, rows.size)) * 20)
  const part = batches > 1 ? ` (batch ${batch} of ${batches})` : ''
  return `PLAY ${play} ${name}${part}  ▕${'█'.repeat(filled)}${'░'.repeat(20 - filled)}▏ ${done} of ${rows.size} hosts   ${clock(ms)}`
}

const clock = (ms: number) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`

const rowOf = (row: Row) => ({ name: row.host, title: () => textOf(row), failed: () => row.state === 'failed' })

const textOf = ({ host, text, changed, state }: Row) =>
  state === 'waiting'
    ? `${host}   waiting`
    : state === 'done'
      ? `${host}   ${changed === 0 ? 'as wanted' : `${changed} changed`}`
      : `${host}   ${text}`

function foldedRows(rows: ReadonlyMap<string, Row>) {
  const of = (state: Row['state']) => [...rows.values()].filter(row => row.state === state)
  const line = (name: Row['state'], words: string) => ({
    name,
    title: () =>
      `${words}: ${
        hostList(
          of(name).map(({ host }) => host),
          6,
        ) || 'none'
      }`,
    failed: () => name === 'failed' && of('failed').length > 0,
  })
  const slots = [0, 1, 2, 3, 4, 5].map(index => ({
    name: `slot ${index}`,
    title: () => {
      const row = of('working')[index]
      return row === undefined ? ' ' : textOf(row)
    },
    failed: () => false,
  }))
  return [line('done', 'done'), line('failed', 'failed'), ...slots, line('waiting', 'waiting')]
}

function follow(rows: ReadonlyMap<string, Row>, event: RunEvent): void {
  const row = 'host' in event ? rows.get(event.host) : undefined
  if (row === undefined) return
  if (event.type === 'item-started') Object.assign(row, { state: 'working', text: `${event.task}` })
  else if (event.type === 'item-progress') Object.assign(row, { state: 'working', text: progressText(event) })
  else if (event.type === 'item-changed') row.changed++
  else if (event.type === 'item-failed')
    Object.assign(row, { state: 'failed', text: `${event.task}: ${printable(event.error.message.split('\n')[0]!)}` })
  else if (event.type === 'host-ended') row.state = event.end === 'done' ? 'done' : 'failed'
}

const progressText = ({ text, done, total, unit }: Extract<RunEvent, { type: 'item-progress' }>) => {
  const words = printable(text)
  if (done === undefined || total === undefined) return words
  return unit === 'bytes'
    ? `${words}  ${size(done)} of ${size(total)}`
    : `${words} (${Math.round(done / 1000)} s of ${Math.round(total / 1000)})`
}
