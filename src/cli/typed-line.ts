import { InputError, NetplayError } from '../errors.js'

/** Ctrl-C at a prompt. */
export class PromptInterrupted extends NetplayError {
  readonly code = 'INTERRUPTED'
  readonly next = 'Run again when you have the answer; nothing was changed.'
}

/**
 * One line from the terminal, or from whatever standard input is; the prompt goes to standard error.
 * @param isHidden typed without echo
 * @throws {PromptInterrupted} Ctrl-C
 * @throws {InputError} the input ends before a line: Ctrl-D, or nothing to read from
 */
export async function typedLine(prompt: string, isHidden: boolean, input: NodeJS.ReadStream = process.stdin): Promise<string> {
  const { read } = await import('read')
  const end = ending(input)
  try {
    return await Promise.race([
      read({ prompt, silent: isHidden, input, output: process.stderr }),
      end.reached.then(() => nothingTyped(prompt)),
    ])
  } catch (error) {
    if ((error as Error).message === 'canceled') throw new PromptInterrupted(`interrupted at "${named(prompt)}"`)
    throw error
  } finally {
    end.stop()
  }
}

/** `read` says nothing of an input that ends. A terminal is paused at Ctrl-D, and after a line too: what was read comes first. */
function ending(input: NodeJS.ReadStream): { reached: Promise<void>; stop: () => void } {
  let later = () => {}
  const reached = new Promise<void>(resolve => (later = () => void setImmediate(resolve)))
  const events = ['end', 'pause'] as const
  if (input.readableEnded) later()
  for (const event of events) input.on(event, later)
  return { reached, stop: () => events.forEach(event => input.off(event, later)) }
}

function nothingTyped(prompt: string): never {
  throw new InputError(`nothing was typed at "${named(prompt)}"`, {
    next: 'Run it on a terminal, or give the answer by a file (netplay --help); nothing was changed.',
  })
}

const named = (prompt: string) => prompt.trim().replace(/:$/, '')
