import { printable } from '../errors.js'
import type { Plan, PlanHost } from '../plan/plan.js'
import { preludeFor } from '../resources/prelude-for.js'
import { lentFolder } from '../resources/as-user-prelude.js'
import type { Session } from '../transport/session.js'
import { BeginFailedError } from './errors.js'
import { appliedMark, slotsFolder, stopFile } from './host-folders.js'
import { heldPrelude, lockHost } from './lock.js'

/**
 * Take the host for this run, remember the plan there, and record what runs fresh before anything is written.
 * @param input.owner who runs what, told to whoever comes second
 * @throws {LockedError} another run holds it; {@link BeginFailedError} there is no room to keep anything
 */
export async function takeHost({ plan, owner }: { plan: Plan; owner: string }, session: Session, host: PlanHost): Promise<void> {
  await lockHost(session, owner)
  const adopt = host.adopt.map(text => `( ${text}\n) </dev/null >/dev/null 2>&1 || :`)
  const text = [preludeFor(adopt.join('\n')), `( : >${appliedMark(plan.id)} ) || exit 3`, ...adopt, ''].join('\n')
  const { ending, stderr } = await session.request(text, { purpose: 'begin' })
  if ('exit' in ending && ending.exit === 3)
    throw new BeginFailedError(
      session.host,
      `${session.host} cannot remember this plan`,
      printable(stderr.toString().trim()),
      `See that ${appliedMark(plan.id)} can be written there.`,
    )
}

/** What steps needed is gone from the host when the run ends; also what a killed run left, and nothing of a run that is under way. */
export async function leaveHost(session: Session, run: string): Promise<void> {
  const text = [
    `rm -f ${stopFile(run)}`,
    `[ -d ${slotsFolder} ] || exit 0`,
    heldPrelude,
    `if np_held; then rm -rf ${slotsFolder} ${lentFolder}; fi`,
    '',
  ].join('\n')
  await session.request(text, { purpose: 'end' })
}
