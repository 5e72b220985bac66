import type { InputError } from '../errors.js'
import type { Task } from '../resources/resource.js'
import { errorAt } from './input-error.js'
import { mistakesOf } from './schema.js'
import type { Mistake } from './schema-mistake.js'

/** Parameters of a task against the schema of its kind. @throws InputError where the role calls the kind's factory */
export function validateTask(task: Task): void {
  if (task.type === 'gate') return
  const [mistake] = mistakesOf(task.kind.schema, task.desired)
  if (mistake) throw taskError(task, mistake)
}

function taskError(task: Exclude<Task, { type: 'gate' }>, { path, kind, problem }: Mistake): InputError {
  const [what, name] = [`${task.kind.kind} "${task.title}"`, path.join('.')]
  const text = {
    missing: `${what} needs the parameter "${name}"`,
    unknown: `${what} has no parameter "${name}"${problem}`,
    wrong: path.length === 0 ? `parameters of ${what}: ${problem}` : `parameter "${name}" of ${what} ${problem}`,
  }[kind]
  return errorAt(task.origin, text, { next: 'Mend the role and run again; nothing was changed.' })
}
