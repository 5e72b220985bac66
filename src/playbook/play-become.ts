import { errorAt } from '../error-at.js'
import { formatOrigin } from '../errors.js'
import type { Become } from './model.js'
import type { WrittenPlay } from './read-play.js'
import type { PlayPart } from './written-task.js'

/**
 * A play works on a host as one user. Roles and tasks may say which, instead of the play, where all of them say the same.
 * @throws InputError where one says another than the rest
 */
export function withBecome(
  { become, handlers }: Pick<WrittenPlay, 'become' | 'handlers'>,
  parts: readonly PlayPart[],
): { become?: Become } {
  const working = [...parts, ...handlers].flatMap((part): { become?: Become; where: PlaceOf }[] => {
    if (part.type === 'flush' || part.type === 'role') return []
    return part.type === 'use' ? [{ become: part.use.become, where: part.use }] : [{ become: part.become, where: part }]
  })
  const said = working.filter(({ become: own }) => own !== undefined && !isSame({ ...become, ...own }, become))
  if (said.length === 0) return become === undefined ? {} : { become }
  const [first] = said as [{ become: Become; where: PlaceOf }]
  const whole = { ...become, ...first.become }
  const other = working.find(({ become: own }) => !isSame({ ...become, ...own }, whole))
  if (other === undefined) return { become: whole }
  const place = first.become.origin ?? first.where.origin
  throw errorAt(
    place,
    `this works as ${userOf(whole)}, and what stands at ${formatOrigin(other.where.origin)} as ${userOf({ ...become, ...other.become })}: a play works on a host as one user`,
    {
      next: 'Say `become` for the whole play, and whom files belong to with `owner`; or put what needs another user into a play of its own.',
    },
  )
}

type PlaceOf = Pick<PlayPart & { type: 'kind' }, 'origin'>

const isSame = (one: Become | undefined, other: Become | undefined) =>
  (['enabled', 'user', 'method'] as const).every(key => one?.[key] === other?.[key])

const userOf = ({ enabled, user }: Become): string =>
  enabled === false ? 'the login user' : enabled === undefined && user === undefined ? 'whom the inventory says' : (user ?? 'root')
