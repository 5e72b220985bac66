import { readFileSync } from 'node:fs'
import type { InputError, Origin } from '../errors.js'
import type { Task } from '../resources/resource.js'
import { errorAt } from '../error-at.js'
import { parameterPosition } from './parameter-position.js'
import { mistakesOf } from './schema.js'
import type { Mistake } from './schema-mistake.js'

/** Parameters of a task against the schema of its kind. @throws InputError where the parameter is written, else where the role calls the kind's factory */
export function validateTask(task: Task): void {
  if (task.type === 'gate') return
  const [mistake] = mistakesOf(task.kind.schema, task.desired)
  if (mistake) throw taskError(task, mistake)
  const meant = task.type === 'cluster' ? task.kind.mistake?.(task.desired) : undefined
  if (meant) throw taskError(task, { kind: 'wrong', ...meant })
}

function taskError(task: Exclude<Task, { type: 'gate' }>, { path, kind, problem }: Mistake): InputError {
  const [what, name] = [`${task.kind.kind} "${task.title}"`, path.join('.')]
  const text = {
    missing: `${what} needs the parameter "${name}"`,
    unknown: `${what} has no parameter "${name}"${problem}`,
    wrong: path.length === 0 ? `parameters of ${what}: ${problem}` : `parameter "${name}" of ${what} ${problem}`,
  }[kind]
  return errorAt(kind === 'missing' ? task.origin : originOf(task.origin, path), text, {
    next: 'Mend the role and run again; nothing was changed.',
  })
}

function originOf(call: Origin, path: readonly string[]): Origin {
  try {
    return { ...call, ...parameterPosition(readFileSync(call.file, 'utf8'), call, path) }
  } catch {
    return call
  }
}
