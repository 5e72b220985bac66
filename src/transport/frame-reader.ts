/** What one stream of the shell consists of: `data` between marks, and marks, which only the shell's loop can write. */
export interface FrameEvents {
  data(chunk: Buffer): void
  /** a line `<nonce> <id> <word>`, e.g. `0 hello`, `7 go`, `7 141` */
  mark(id: string, word: string): void
  /** the nonce, and after it no mark */
  broken(problem: string): void
}

const maxMarkBytes = 64
const newline = 0x0a

/**
 * Finds the marks in one stream, however it is cut into chunks. Nothing is held back but the possible beginning of a
 * mark, and a nonce does not begin with a byte that ends lines: a line is passed on as soon as it is complete.
 */
export class FrameReader {
  private held: Buffer = Buffer.alloc(0)
  private readonly nonce: Buffer

  constructor(
    nonce: string,
    private readonly events: FrameEvents,
  ) {
    this.nonce = Buffer.from(nonce, 'latin1')
  }

  push(chunk: Buffer): void {
    let rest = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk
    for (let at = rest.indexOf(this.nonce); at >= 0; at = rest.indexOf(this.nonce)) {
      const end = rest.indexOf(newline, at)
      if (end < 0 && rest.length - at <= this.nonce.length + maxMarkBytes) {
        this.pass(rest.subarray(0, at))
        this.held = rest.subarray(at)
        return
      }
      if (end < 0) return this.events.broken('a mark without an end')
      this.pass(rest.subarray(0, at))
      this.mark(rest.subarray(at + this.nonce.length, end).toString('latin1'))
      rest = rest.subarray(end + 1)
    }
    const keep = beginningAtEnd(rest, this.nonce)
    this.pass(rest.subarray(0, rest.length - keep))
    this.held = rest.subarray(rest.length - keep)
  }

  private pass(chunk: Buffer) {
    if (chunk.length > 0) this.events.data(chunk)
  }

  private mark(line: string) {
    const [, id, word] = /^ (\d+) ([a-z]+|\d+)$/.exec(line) ?? []
    if (id === undefined || word === undefined) this.events.broken('a mark that is none')
    else this.events.mark(id, word)
  }
}

/** How many bytes at the end of `buffer` could be the beginning of `word`, whose first byte is in it only once. */
function beginningAtEnd(buffer: Buffer, word: Buffer): number {
  const at = buffer.lastIndexOf(word[0]!)
  const length = buffer.length - at
  return at >= 0 && length < word.length && buffer.compare(word, 0, length, at) === 0 ? length : 0
}
