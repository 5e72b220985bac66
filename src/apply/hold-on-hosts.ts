import { NetplayError } from '../errors.js'
import type { PlannedHold } from '../plan/plan.js'
import { preludeFor } from '../resources/prelude-for.js'
import { sh, type ShellText } from '../shell.js'
import { eachHost } from '../transport/each-host.js'
import type { Reply, Session } from '../transport/session.js'
import type { ApplyInput } from './apply.js'

type Asking = Pick<ApplyInput, 'sessions' | 'forks'>

/** Answers of the hosts that answer, in the order of `hosts`. */
export async function onEach<T>(
  { sessions, forks }: Asking,
  hosts: readonly string[],
  ask: (session: Session) => Promise<T>,
): Promise<Map<string, T>> {
  const answers = new Map<string, T>()
  await eachHost(hosts, forks, async host => {
    try {
      answers.set(host, await ask(sessions.get(host)!))
    } catch (error) {
      if (!(error instanceof NetplayError)) throw error
    }
  })
  return new Map(hosts.flatMap(host => (answers.has(host) ? [[host, answers.get(host)!] as const] : [])))
}

/** Lines of `np_held_compare`. */
export async function heldLines(session: Session, { words }: PlannedHold): Promise<string[]> {
  const [, family, podCidr, table] = words as [string, string, string, string]
  return (await asked(session, sh`np_held_compare ${family} ${podCidr} ${table}`)).stdout.toString().split('\n')
}

/**
 * Putting back takes its time too: from now on the hold has its whole time once more.
 * @returns hosts that answer, and of these the ones that still hold: where the timer came first, nothing is held any more
 */
export async function extendHold(
  asking: Asking,
  { words, timeoutSeconds }: PlannedHold,
  hosts: readonly string[],
): Promise<{ reached: string[]; holding: string[] }> {
  const answered = await onEach(asking, hosts, async session =>
    isWell(await asked(session, sh`np_held_extend ${words[0]!} ${timeoutSeconds}`)),
  )
  return { reached: hosts.filter(host => answered.has(host)), holding: hosts.filter(host => answered.get(host) === true) }
}

/** The text of the plan's own release, wherever arming got to. @returns hosts that let go */
export async function releaseHold(asking: Asking, { words }: PlannedHold, hosts: readonly string[]): Promise<string[]> {
  const answered = await onEach(asking, hosts, async session => isWell(await asked(session, sh`np_held_release ${words}`)))
  return hosts.filter(host => answered.get(host) === true)
}

const isWell = ({ ending }: Reply) => 'exit' in ending && ending.exit === 0

/** Without the lock's descriptor: what it starts must not hold the host. */
const asked = (session: Session, text: ShellText) =>
  session.request(`${preludeFor(text.text)}\n( ${text.text}\n) 9>&-\n`, { purpose: 'hold', timeoutMs: 60_000 })
