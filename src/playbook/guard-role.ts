import { types } from 'node:util'
import { InputError } from '../errors.js'
import type { Task } from '../resources/resource.js'
import type { Role } from './role.js'
import { roleError, shownOrigin, type RoleSource } from './role-error.js'

/** The role with every throw of its functions told as the admin should see it, its results looked at, and its tasks' positions as written. */
export function guardRole(role: Role, source: RoleSource): Role {
  return {
    ...role,
    tasks: context => guarded('tasks', source, () => role.tasks(context)).map(task => withWrittenOrigin(task, source)),
    ...(role.preconditions && { preconditions: (context: never) => guarded('preconditions', source, () => role.preconditions!(context)) }),
    ...(role.checks && { checks: (context: never) => guarded('checks', source, () => role.checks!(context)) }),
  }
}

function guarded<T extends object>(name: string, source: RoleSource, run: () => T[]): T[] {
  try {
    return listed(run(), `\`${name}\` of role "${source.name}"`)
  } catch (error) {
    throw roleError(error, source)
  }
}

function listed<T>(result: T[], what: string): T[] {
  if (!Array.isArray(result)) throw new InputError(`${what} must give a list, not ${types.isPromise(result) ? 'a promise' : typeof result}`)
  const odd = result.findIndex(item => typeof item !== 'object' || item === null || !('title' in item))
  if (odd >= 0) throw new InputError(`${what}: item ${odd + 1} of the list is no task and no check`)
  return result
}

/** Found out only when asked: it takes the file's source map. */
function withWrittenOrigin(task: Task, source: RoleSource): Task {
  const made = Object.getOwnPropertyDescriptor(task, 'origin')!
  const get = () => shownOrigin(source.written((made.get ? made.get.call(task) : made.value) as Task['origin']))
  return Object.defineProperty(task, 'origin', { get, enumerable: true, configurable: true })
}
