import { cut, wrap } from './width.js'

export interface Screen {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

/** Where lines are put: none is longer than the terminal, and blocks stand apart by an empty line. */
export class Page {
  /** called before anything is written */
  beforeWriting: () => void = () => undefined
  private isEmpty = true

  constructor(
    readonly out: Screen,
    private readonly env: NodeJS.ProcessEnv = process.env,
  ) {}

  /** one that lines can be drawn anew on */
  get isTerminal(): boolean {
    return this.out.isTTY === true && this.env['TERM'] !== 'dumb'
  }

  /** columns that a line may take */
  get columns(): number {
    return this.isTerminal ? this.out.columns || 80 : Infinity
  }

  /** what lists are set out in: no wider than reads well */
  get width(): number {
    return Math.min(this.out.columns || (this.isTerminal ? 80 : 100), 120)
  }

  /** Contents: what does not fit is cut. */
  lines(lines: readonly string[]): void {
    this.put(lines.map(line => cut(line, this.columns)))
  }

  /** Texts that must be read to their end: what does not fit goes on below. */
  text(lines: readonly string[]): void {
    this.put(lines.flatMap(line => wrap(line, this.columns)))
  }

  /** What follows stands apart from what is above. */
  gap(): void {
    if (!this.isEmpty) this.put([''])
  }

  private put(lines: readonly string[]) {
    if (lines.length === 0) return
    this.beforeWriting()
    this.isEmpty = false
    this.out.write(`${lines.join('\n')}\n`)
  }
}
