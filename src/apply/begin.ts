import { randomBytes } from 'node:crypto'
import type { NetplayError } from '../errors.js'
import type { Plan, PlanHost } from '../plan/plan.js'
import { askAll } from '../plan/ask.js'
import { prelude } from '../resources/prelude.js'
import { quote, ShellText } from '../shell.js'
import { eachHost } from '../transport/each-host.js'
import type { Session } from '../transport/session.js'
import { LockedError, MovedError } from './errors.js'
import { runFolder, stateFolder } from './program.js'

/** What a host is asked before the run's first write. */
export interface BeginInput {
  plan: Plan
  /** who runs what, told to whoever comes second */
  owner: string
  sessions: ReadonlyMap<string, Session>
  forks: number
}

/** Every thing of the plan must be as the plan found it, also where nothing is to change. @returns what moved, by host; nothing is written */
export async function compareWithPlan({ plan, sessions, forks }: BeginInput): Promise<Map<string, NetplayError>> {
  const refused = new Map<string, NetplayError>()
  await eachHost(Object.keys(plan.hosts), forks, async host => {
    const session = sessions.get(host)
    if (session === undefined) return
    const { things } = plan.hosts[host]!
    const texts = things.map(({ fingerprintText: { text, batch } }) => new ShellText(text, batch))
    const sections = await askAll(session, texts, 'preflight')
    const moved = things.flatMap(({ key, chain }, i) => {
      const now = sections[i]!.output.toString().trim()
      return now === chain[0] ? [] : [{ key, planned: chain[0]!, now }]
    })
    if (moved.length > 0) refused.set(host, new MovedError(host, moved))
  })
  return refused
}

/** Was this plan applied on the host before? @returns hosts that remember it */
export async function alreadyApplied({ plan, sessions, forks }: BeginInput): Promise<string[]> {
  const used: string[] = []
  await eachHost(Object.keys(plan.hosts), forks, async host => {
    const reply = await sessions.get(host)?.request(`[ ! -e ${appliedMark(plan)} ] || echo used`, { purpose: 'preflight' })
    if (reply?.stdout.toString().trim() === 'used') used.push(host)
  })
  return used
}

/**
 * Take the host for this run: the lock is held by the session's own shell, and by every program under it, so it goes when they are gone, however
 * they went. Then remember the plan, and record what runs fresh before anything is written.
 * @throws {LockedError} another run holds it
 */
export async function takeHost({ plan, owner }: Pick<BeginInput, 'plan' | 'owner'>, session: Session, host: PlanHost): Promise<void> {
  const nonce = randomBytes(8).toString('hex')
  const lock = [
    `mkdir -p -m 0700 ${runFolder} ${stateFolder} ${stateFolder}/applied`,
    `exec 9>>${runFolder}/lock`,
    'if flock -n 9; then',
    `  printf '%s\\n' ${quote(owner)} >${runFolder}/lock-owner; echo ${nonce} taken`,
    'else',
    `  exec 9>&-; cat ${runFolder}/lock-owner; echo ${nonce} held`,
    'fi',
  ].join('\n')
  const { stdout, stderr } = await session.request(lock, { purpose: 'begin', inShell: true })
  const answer = stdout.toString()
  if (answer.includes(`${nonce} held`)) throw new LockedError(session.host, answer.replace(`${nonce} held`, '').trim())
  if (!answer.includes(`${nonce} taken`)) throw new LockedError(session.host, `the lock could not be taken: ${stderr.toString().trim()}`)
  const adopt = host.adopt.map(text => `( ${text}\n) </dev/null >/dev/null 2>&1 || :`)
  await session.request([prelude, `: >${appliedMark(plan)}`, ...adopt, ''].join('\n'), { purpose: 'begin' })
}

const appliedMark = ({ id }: Plan) => `${stateFolder}/applied/${quote(id)}`
