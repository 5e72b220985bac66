import { addressOf } from '../inventory/absent.js'
import type { Hold } from '../playbook/hold.js'
import type { LoadedRole, Play } from '../playbook/model.js'
import { heldAgreement } from '../resources/held-routes-check.js'
import { heldRoutes, heldWords, type HeldRoutes } from '../resources/held-routes.js'
import type { CheckKind, Task } from '../resources/resource.js'
import { check, gate } from '../resources/task.js'
import type { StageDraft } from './draft.js'
import { isChange, type HostItem, type Plan, type Stage } from './plan.js'

/** Who the items of a hold belong to, instead of a role: no role can have such a name. */
export const holdRole = 'data path'

/** The checks behind gates of holds: of netplay itself, not of a role. */
export const holdCheck = (role: string, kind: string): CheckKind<unknown> | undefined =>
  role === holdRole && kind === heldAgreement.kind ? heldAgreement : undefined

/**
 * Stages with those that hold the data path around them: armed on every host of the hold's plays before the first; after the last, all hosts
 * meet, compare, and let go.
 */
export function aroundHeld(drafts: readonly StageDraft[]): StageDraft[] {
  const holdOf = (draft: StageDraft | undefined) => draft?.play.hold
  return drafts.flatMap((draft, at) => {
    const hold = holdOf(draft)
    if (hold === undefined) return [draft]
    const own = drafts.filter(other => holdOf(other) === hold)
    return [
      ...(holdOf(drafts[at - 1]) === hold ? [] : [holdStage(hold, draft.play, own, 'arm')]),
      { ...draft, hold: { name: hold.name, does: 'change' as const } },
      ...(holdOf(drafts[at + 1]) === hold ? [] : (['agree', 'release'] as const).map(does => holdStage(hold, draft.play, own, does))),
    ]
  })
}

const titles = { arm: 'hold the data path', agree: 'compare held routes', release: 'release the data path' } as const

function holdStage(hold: Hold, play: Play, held: readonly StageDraft[], does: 'arm' | 'agree' | 'release'): StageDraft {
  const hosts = [...new Set(held.flatMap(draft => draft.hosts))]
  return {
    play: { ...play, name: `${titles[does]} (${hold.name})` },
    batch: 1,
    batches: 1,
    hosts,
    work: new Map(
      hosts.map(host => [
        host,
        { tasks: [{ role, task: taskOf(hold, does, awayFrom(hosts, held)) }], preconditions: [], checks: [], skipped: [] },
      ]),
    ),
    hold: { name: hold.name, does },
  }
}

const role = { name: holdRole } as LoadedRole

/** Addresses of the plays' hosts that are not worked on because they did not answer, or are declared away. */
function awayFrom(hosts: readonly string[], held: readonly StageDraft[]): string[] {
  const peers = held.flatMap(({ play }) => play.peers.map(peer => ({ peer, play }))).filter(({ peer }) => !hosts.includes(peer.name))
  const addresses = peers.map(({ peer, play }) => play.hold?.addresses?.get(peer.name) ?? addressOf(peer))
  return [...new Set([...addresses, ...held.flatMap(({ play }) => play.absent.map(({ address }) => address))])].sort()
}

function taskOf(hold: Hold, does: 'arm' | 'agree' | 'release', away: string[]): Task {
  if (does === 'agree')
    return gate(check('Held routes are in main again', heldAgreement, { words: wordsOf(hold), away }), {
      timeoutMs: hold.agreeSeconds * 1000,
    })
  return heldRoutes(does === 'arm' ? 'Hold the data path' : 'Release the data path', desiredOf(hold, does === 'arm'))
}

const desiredOf = ({ name, podCidr, timeoutSeconds, table, priority }: Hold, held: boolean): HeldRoutes => ({
  name,
  podCidr,
  timeoutSeconds,
  held,
  ...(table === undefined ? {} : { table }),
  ...(priority === undefined ? {} : { priority }),
})

const wordsOf = (hold: Hold) => heldWords(desiredOf(hold, true))

/** Holds whose plays change something, or that a run which died left armed: the others are not armed at all. */
export function neededHolds(stages: readonly Stage[]): Set<string> {
  return new Set(
    stages.flatMap(({ hold, work }) => {
      const items = Object.values(work).flat()
      const isNeeded = hold?.does === 'change' ? items.some(isChange) : hold?.does === 'arm' && items.some(isLeftArmed)
      return hold !== undefined && isNeeded ? [hold.name] : []
    }),
  )
}

const isLeftArmed = (item: { type: string }) => item.type === 'host' && !(item as HostItem).expects.startsWith('rule=absent table=clear')

/** Drafts without the stages of holds that nothing needs. */
export const withoutIdleHolds = (drafts: readonly StageDraft[], needed: ReadonlySet<string>): StageDraft[] =>
  drafts.flatMap(({ hold, ...draft }) => {
    if (hold === undefined || needed.has(hold.name)) return [hold === undefined ? draft : { ...draft, hold }]
    return hold.does === 'change' ? [draft] : []
  })

/** What the timers of earlier runs found when they let go, a sentence a host. */
export const timersThatCameFirst = (stages: readonly Stage[]): string[] =>
  stages.flatMap(({ hold, work }) =>
    Object.entries(work).flatMap(([host, items]) =>
      hold?.does !== 'arm'
        ? []
        : items.flatMap(item =>
            (item as HostItem).changes
              .filter(({ field }) => field === 'released by its timer')
              .map(({ before }) => `${host}: an earlier run left hold ${hold.name} to its timer, which released it ${before as string}`),
          ),
    ),
  )

/** What the plan keeps of its holds. */
export function plannedHolds(drafts: readonly StageDraft[]): Plan['holds'] {
  const held = drafts.filter(({ hold }) => hold?.does === 'change')
  if (held.length === 0) return undefined
  return Object.fromEntries(
    held.map(({ play }) => {
      const { name, podCidr, timeoutSeconds } = play.hold!
      const plays = [...new Set(held.filter(other => other.play.hold === play.hold).map(other => other.play.index))]
      return [name, { podCidr, timeoutSeconds, plays, words: wordsOf(play.hold!) }]
    }),
  )
}
