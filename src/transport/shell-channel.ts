import type { Readable, Writable } from 'node:stream'

/** How a shell's channel came to its end. `lost`: the whole connection went, and why. */
export type ChannelEnd = { exit: number } | { signal: string } | { lost: Error } | { closed: true }

/** The three streams of one running shell, over SSH or (in tests) of a local process. Both outputs must be read. */
export interface ShellChannel {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** the terminal that the program has beside these, if it was given one */
  readonly terminal?: Pick<ShellChannel, 'stdin' | 'stdout'>
  /** settles once, never rejects, when the shell is gone and what it printed has been given */
  readonly ended: Promise<ChannelEnd>
  destroy(): void
}

export const describeEnd = (end: ChannelEnd): string => {
  if ('exit' in end) return `exit status ${end.exit}`
  if ('signal' in end) return `killed by ${end.signal}`
  return 'lost' in end ? end.lost.message : 'channel closed'
}

// What the dead shell printed may still be under way; what its children hold open is not waited for.
const lastBytesMs = 300

/** Puts `ShellChannel.ended` together: `exited` when the shell is gone, `closed` when its outputs are at their end too. */
export function channelEnd(): {
  ended: Promise<ChannelEnd>
  exited: (end: ChannelEnd) => void
  closed: (end: ChannelEnd) => void
} {
  let resolve!: (end: ChannelEnd) => void
  const ended = new Promise<ChannelEnd>(settle => (resolve = settle))
  return { ended, exited: end => void setTimeout(() => resolve(end), lastBytesMs).unref(), closed: resolve }
}
