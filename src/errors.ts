/** Base of every error an admin can meet. Anything else that escapes is a bug in netplay and prints its stack. */
export abstract class NetplayError extends Error {
  /** Stable name for scripts and the manual: the message may be reworded, this may not. */
  abstract readonly code: string
  /** What to do next, as a colleague would say it. */
  abstract readonly next: string

  override get name() {
    return this.constructor.name
  }
}

/** Where a value was written: one-based line and column; `0` where the source has none (a script's output, the command line). */
export interface Origin {
  file: string
  line: number
  column: number
}

/** `site.yml:14:7`, or the file alone where there is no line. */
export const formatOrigin = ({ file, line, column }: Origin): string =>
  line > 0 ? `${file}:${line}${column > 0 ? `:${column}` : ''}` : file

/** Something the admin wrote is wrong: a playbook, an inventory, a variable, an option. Exit code 1. */
export class InputError extends NetplayError {
  readonly code: string = 'INPUT'
  readonly next: string

  /**
   * @param problem one sentence, without the position
   * @param details.origin position, put before the sentence as `file:line:column:`
   * @param details.excerpt the line at fault, shown under the message with a caret
   * @param details.next default: mend it and run again
   */
  constructor(
    readonly problem: string,
    readonly details: { origin?: Origin; excerpt?: string; next?: string; cause?: unknown } = {},
  ) {
    super((details.origin ? `${formatOrigin(details.origin)}: ` : '') + problem + caret(details), { cause: details.cause })
    this.next = details.next ?? 'Mend it and run again; nothing was changed.'
  }
}

const caret = ({ origin, excerpt }: { origin?: Origin; excerpt?: string }) =>
  excerpt === undefined || !origin ? '' : `\n    ${excerpt}\n    ${' '.repeat(Math.max(0, origin.column - 1))}^`

/** Control characters of foreign text made visible, so that a host can never drive the admin's terminal. Newlines and tabs stay. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, character => {
    const code = character.charCodeAt(0)
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })

/** An error as events, screens and JSON carry it; what is not a NetplayError is a bug of ours and says so. */
export function reportOf(error: unknown): { code: string; message: string; words?: string; leftAs?: string; next: string } {
  if (error instanceof NetplayError) {
    const { code, message, next } = error
    const { words, leftAs } = error as { words?: string; leftAs?: string }
    return { code, message, next, ...(words === undefined ? {} : { words }), ...(leftAs === undefined ? {} : { leftAs }) }
  }
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined }
  return {
    code: 'BUG',
    message,
    next: 'This is a bug in netplay: please report it with the text above.',
    ...(stack === undefined ? {} : { words: stack }),
  }
}
