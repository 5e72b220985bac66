import { command } from '../resources/command.js'
import type { ParamsSchema, Task } from '../resources/resource.js'
import { quote } from '../shell.js'

const text = { type: 'string', minLength: 1, pattern: '^[^\\u0000]*$' }
const path = { type: 'string', pattern: '^/[^\\u0000]*$' }

/** `command` as a playbook has it: how it is known to be done is said with one or several of `creates`, `removes`, `unless`, `only_if`. */
export const commandTaskSchema: ParamsSchema = {
  type: 'object',
  additionalProperties: false,
  oneOf: [{ required: ['cmd'] }, { required: ['argv'] }],
  anyOf: [{ required: ['creates'] }, { required: ['removes'] }, { required: ['unless'] }, { required: ['only_if'] }],
  properties: {
    cmd: { ...text, description: 'text for sh, run under `set -eu`' },
    argv: { type: 'array', minItems: 1, items: text, description: 'program and arguments, each as it is: no shell looks at them' },
    creates: { ...path, description: 'nothing to do when this path is there' },
    removes: { ...path, description: 'nothing to do when this path is not there' },
    unless: { ...text, description: 'text for sh that only reads: nothing to do when it ends with 0' },
    only_if: { ...text, description: 'text for sh that only reads: nothing to do when it ends with anything but 0' },
    undo: { ...text, description: 'puts back what was done' },
    shows: { ...text, description: 'how the change is told; default the text that is run' },
    chdir: { ...path, description: 'folder in which all of this runs' },
  },
}

interface CommandTask {
  cmd?: string
  argv?: string[]
  creates?: string
  removes?: string
  unless?: string
  only_if?: string
  undo?: string
  shows?: string
  chdir?: string
}

/** @param environment set for all texts of it */
export function commandTask(title: string, params: CommandTask, environment: Readonly<Record<string, string>> = {}): Task {
  const { cmd, argv = [], undo, shows, chdir } = params
  const shown = cmd ?? argv.map(quote).join(' ')
  const around = [
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`),
    ...(chdir === undefined ? [] : [`cd ${quote(chdir)} || exit`]),
  ]
  const within = (run: string) => [...around, run].join('\n')
  return command(title, {
    run: within(shown),
    done: within(doneText(params)),
    shows: shows ?? shown,
    ...(undo === undefined ? {} : { undo: within(undo) }),
  })
}

/** One test that says it is done is enough, as with Ansible's `creates` and `removes`. Each is a shell of its own: `exit` in it ends only it. */
function doneText({ creates, removes, unless, only_if: onlyIf }: CommandTask): string {
  const tests = [
    ...(creates === undefined ? [] : [`test -e ${quote(creates)}`]),
    ...(removes === undefined ? [] : [`! test -e ${quote(removes)}`]),
    ...(unless === undefined ? [] : [`sh -c ${quote(unless)}`]),
    ...(onlyIf === undefined ? [] : [`! sh -c ${quote(onlyIf)}`]),
  ]
  return tests.join(' || ')
}
