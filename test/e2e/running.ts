import type { ChildProcess } from 'node:child_process'
import type { RunEvent } from '../../src/events.js'
import type { Ran } from './story.js'
import { until } from './until.js'

/** A run under way, with `--output json` or without. */
export interface Running {
  child: ChildProcess
  /** what it said so far; whole lines that are events */
  events(): RunEvent[]
  /** waits until it says such an event. @throws {Error} it ended, or took too long */
  says<Type extends RunEvent['type']>(type: Type): Promise<Extract<RunEvent, { type: Type }>>
  /** `code`: 128 + 9 for SIGKILL */
  ended: Promise<Ran & { ms: number }>
}

/** Follows a process of `Story.start`. */
export function follow(child: ChildProcess): Running {
  const started = performance.now()
  const [out, err]: [string[], string[]] = [[], []]
  child.stdout!.on('data', (chunk: Buffer) => out.push(chunk.toString()))
  child.stderr!.on('data', (chunk: Buffer) => err.push(chunk.toString()))
  const events = () =>
    out
      .join('')
      .split('\n')
      .slice(0, -1)
      .flatMap(line => (line.startsWith('{') ? [JSON.parse(line) as RunEvent] : []))
  const ended = new Promise<Ran & { ms: number }>(resolve =>
    child.on('close', (code, signal) =>
      resolve({
        code: code ?? (signal === 'SIGKILL' ? 137 : 128),
        stdout: out.join(''),
        stderr: err.join(''),
        events: events(),
        ms: performance.now() - started,
      }),
    ),
  )
  const says: Running['says'] = async type => {
    const find = () => events().find(event => event.type === type)
    await until(`event ${type} of a run that said ${out.join('')}${err.join('')}`, async () => find() !== undefined)
    return find() as never
  }
  return { child, events, says, ended }
}
