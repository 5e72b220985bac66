/** What a program told so far. In an undo program `item` is the place of the thing in the host's list. */
export type ProgramLine =
  | { type: 'step' | 'done'; item: string; step: number }
  | { type: 'moved'; item: string; now: string }
  | { type: 'failed'; item: string; step: number; exit: number; words: string }
  /** undo: the thing was not as before this run, and is again */
  | { type: 'back'; item: string }
  /** `untouched`: undo found that the run never wrote here; words: of who holds the lock */
  | { type: 'stopped'; why: 'asked' | 'moved' | 'store' | 'locked' | 'untouched'; words: string }
  | { type: 'end' }

/** Lines that carry the program's nonce; anything else a program prints is not for us. */
export function parseProgramLine(line: string, nonce: string): ProgramLine | undefined {
  if (!line.startsWith(`${nonce} `)) return undefined
  const [type, first = '', second = '', third = '', fourth = ''] = line.slice(nonce.length + 1).split(' ')
  if (type === 'step' || type === 'done') return { type, item: first, step: Number(second) }
  if (type === 'moved') return { type, item: first, now: unbase64(second) }
  if (type === 'failed') return { type, item: first, step: Number(second), exit: Number(third), words: unbase64(fourth) }
  if (type === 'back') return { type, item: first }
  if (type === 'stopped') return { type, why: first as 'asked', words: unbase64(second) }
  return type === 'end' ? { type } : undefined
}

const unbase64 = (text: string) => Buffer.from(text, 'base64').toString()

/** Lines out of chunks as they come. */
export class ProgramLines {
  readonly all: ProgramLine[] = []
  private rest = ''

  constructor(
    private readonly nonce: string,
    private readonly onLine: (line: ProgramLine) => void = () => undefined,
  ) {}

  readonly push = (chunk: Buffer): void => {
    const parts = (this.rest + chunk.toString('latin1')).split('\n')
    this.rest = parts.pop()!
    for (const part of parts) {
      const line = parseProgramLine(part, this.nonce)
      if (line === undefined) continue
      this.all.push(line)
      this.onLine(line)
    }
  }
}
