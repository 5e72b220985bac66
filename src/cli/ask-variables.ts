import { formatOrigin, InputError, printable } from '../errors.js'
import type { AskVariable, Question } from '../playbook/vars-prompt.js'
import { typedLine } from './typed-line.js'

export interface Terminal {
  isThere: boolean
  /** @returns the line that was typed */
  read: (prompt: string, isHidden: boolean) => Promise<string>
  say: (message: string) => void
}

/**
 * Asks for variables of `vars_prompt`, each question once a run, as Ansible words it. Without a terminal the default counts, with a warning.
 * @throws InputError there is no terminal and no default
 */
export function variableAsker(terminal: Terminal = ownTerminal): AskVariable {
  const asked = new Map<string, string>()
  return async question => {
    const { name, prompt, default: otherwise, isPrivate, confirms } = question
    const same = JSON.stringify([name, prompt, otherwise, isPrivate, confirms])
    const answer = asked.get(same) ?? (terminal.isThere ? await typed(question, terminal) : notTyped(question, terminal))
    asked.set(same, answer)
    return answer
  }
}

async function typed({ prompt, default: otherwise, isPrivate, confirms }: Question, { read, say }: Terminal): Promise<string> {
  const words = `${printable(prompt)}${otherwise === undefined ? '' : ` [${printable(otherwise)}]`}: `
  for (;;) {
    const answer = await read(words, isPrivate)
    if (!confirms || (await read(`confirm ${words}`, isPrivate)) === answer) return answer
    say('the two differ; once more\n')
  }
}

function notTyped({ name, default: otherwise, origin }: Question, { say }: Terminal): string {
  if (otherwise === undefined)
    throw new InputError(`${name} is to be asked for, and there is no terminal to ask on`, {
      origin,
      next: `Give it with -e @FILE, or -e ${name}=… where it is no secret; nothing was changed.`,
    })
  say(`WARNING ${formatOrigin(origin)}: there is no terminal to ask on; ${name} has its default\n`)
  return ''
}

const ownTerminal: Terminal = {
  get isThere() {
    return process.stdin.isTTY === true
  },
  read: (prompt, isHidden) => typedLine(prompt, isHidden),
  say: message => void process.stderr.write(message),
}
