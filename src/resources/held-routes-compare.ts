/** What `np_held_compare` says of one held route: does main lead the same way? */
export interface HeldRoute {
  found: 'same' | 'differs' | 'lacks'
  prefix: string
  /** `via 198.18.0.12 dev eth0`; several of them where the route has several next hops */
  way: string
}

/** Lines `same|differs|lacks PREFIX WAY`; others are left out. */
export const parseHeldRoutes = (lines: readonly string[]): HeldRoute[] =>
  lines.flatMap(line => {
    const [, found, prefix = '', way = ''] = /^(same|differs|lacks) (\S+) ?(.*)$/.exec(line) ?? []
    return found === undefined ? [] : [{ found: found as HeldRoute['found'], prefix, way }]
  })

/** `12 of 12 routes are equal`; `2 of 12 routes are not in main: 10.244.1.0/24 via …`: the first three of them. */
export function comparedWords(routes: readonly HeldRoute[]): string {
  const lacking = routes.filter(({ found }) => found === 'lacks')
  const differing = routes.filter(({ found }) => found === 'differs')
  if (lacking.length + differing.length === 0) return `${routes.length} of ${routes.length} routes are equal`
  return [
    ...(lacking.length > 0 ? [`${lacking.length} of ${routes.length} held routes are not in main: ${named(lacking)}`] : []),
    ...(differing.length > 0 ? [`${differing.length} of ${routes.length} held routes lead elsewhere in main: ${named(differing)}`] : []),
  ].join('; ')
}

/** The record of a timer that let go: `at TIME`, then the routes. */
export function releasedWords(lines: readonly string[]): string {
  const at = lines.find(line => line.startsWith('at '))?.slice('at '.length) ?? 'a time that it did not keep'
  return `at ${at}, when ${comparedWords(parseHeldRoutes(lines))}`
}

const named = (routes: readonly HeldRoute[]) =>
  [...routes.slice(0, 3).map(({ prefix, way }) => `${prefix} ${way}`.trim()), ...(routes.length > 3 ? ['…'] : [])].join(', ')
