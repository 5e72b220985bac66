import { sh } from '../shell.js'
import { ProbeError } from './errors.js'
import { sha256 } from './path-key.js'
import type { ResourceKind, ThingKind } from './resource.js'
import { taskOf } from './task.js'

/**
 * Shell text for what no other kind can say. It must say how it knows that it is done. Texts are run as they are: put values into them with `sh`,
 * which quotes, e.g. `String(sh\`ipset create ${name} hash:net\`)`.
 */
export interface Command {
  /** run by sh under `set -eu` when `done` says no */
  run: string
  /** only reads; exit status 0: nothing to do. What it prints is not shown */
  done: string
  /** puts back what `run` did; without it a rollback leaves that as it is and says so */
  undo?: string
  /** how the change is told; default the text of `run` */
  shows?: string
}

export interface CommandState {
  done: boolean
  /** the texts, for undo and fingerprint, which know only the thing */
  command: Command
}

const thing: ThingKind<CommandState> = {
  looksItself: true,
  fingerprint: ({ done }) => `done=${done ? 'yes' : 'no'}`,
  fingerprintText: (_key, { command }) => sh`if ${asked(command.done)}; then echo done=yes; else echo done=no; fi`,
  undo: (key, { command }) => ({
    restore:
      command.undo === undefined
        ? sh`echo ${`nothing is known that takes back ${key}: it stays as it is`} >&2; exit 1`
        : sh`if ${asked(command.done)}; then ${inSubshell(command.undo)}; fi`,
  }),
}

export const commandKind: ResourceKind<Command, CommandState> = {
  kind: 'command',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['run', 'done'],
    properties: Object.fromEntries(
      ['run', 'done', 'undo', 'shows'].map(name => [name, { type: 'string', minLength: 1, pattern: '^[^\\u0000]*$' }]),
    ),
  },
  thing,
  key: ({ run, done }) => `command:${sha256(`${run}\n${done}`).slice(0, 12)}`,
  probe: ({ done }) => sh`if ${asked(done)}; then echo done yes; else echo done no; fi`,
  parse: (output, desired) => {
    const [, answer] = /^done (yes|no)\n$/.exec(output.toString()) ?? []
    if (answer === undefined) throw new ProbeError(commandKind.key(desired), 'no line "done"', output.toString().slice(0, 400))
    return { done: answer === 'yes', command: desired }
  },
  diff: ({ run, shows }, { done }) => (done ? [] : [{ field: 'command', before: null, after: shows ?? run }]),
  action: () => 'change',
  after: (_desired, { command }) => ({ done: true, command }),
  steps: ({ run, done }) => [
    sh`
      if ${asked(done)}; then exit 0; fi
      ${inSubshell(run)} || exit
      ${asked(done)} || { echo 'the command ended well, yet its own test says that it is not done' >&2; exit 1; }
    `,
  ],
}

/** `command('Make the set', { run: 'ipset create pods hash:net', done: 'ipset list pods' })` */
export const command = taskOf(commandKind)

/** A shell of its own: `exit` in the text ends only it, and an unclosed quote is an error of it alone. */
const inSubshell = (text: string) => sh`sh -euc ${text} </dev/null`
const asked = (done: string) => sh`sh -c ${done} </dev/null >/dev/null 2>&1`
