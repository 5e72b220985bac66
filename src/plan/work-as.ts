import type { Facts } from '../facts/facts.js'
import type { RoleUse } from '../playbook/model.js'
import type { KindTask } from '../playbook/written-task.js'
import { asUser } from '../resources/as-user.js'
import { RequirementError } from '../resources/errors.js'
import type { Task } from '../resources/resource.js'
import type { Session } from '../transport/session.js'

/** Whom a role or task of a play works as on a host, where its shell is of somebody else. No `user`: whoever logged in. */
export type WorksAs = (host: string, part: RoleUse | KindTask) => { user?: string } | undefined

/**
 * The tasks of a role, or one of the playbook's own, as that user's. From root a shell goes down to any user, which is how one host has one lock,
 * one set of pre-images and one order of steps, whoever the steps are done as.
 * @throws {RequirementError} the shell is not root's
 */
export function workingAs(
  tasks: readonly Task[],
  as: { user?: string } | undefined,
  { session, facts }: { session: Session | undefined; facts: Facts | undefined },
): Task[] {
  if (as === undefined || session === undefined || facts === undefined) return [...tasks]
  const { user = session.loginUser } = as
  if (facts.uid !== 0)
    throw new RequirementError(
      `tasks are to be done as ${user} on ${session.host}, where netplay works as user id ${facts.uid}: only root goes down to other users`,
      'Let one play of the host become root: its lock and what is kept for a rollback are root’s, too.',
    )
  return user === 'root' ? [...tasks] : tasks.map(task => asUser(task, user))
}
