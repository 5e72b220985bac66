import { sh } from '../shell.js'
import { comparedWords, parseHeldRoutes, releasedWords } from './held-routes-compare.js'
import type { CheckKind, Verdict } from './resource.js'

/** Words of a hold: name, family, pod network, table, priority. */
export interface AgreementParams {
  words: string[]
  /** addresses of hosts that did not answer, or are declared away: routes via them lead nowhere, and are not waited for */
  away?: string[]
}

/** The gate before a release: main leads to every held prefix the way that is held, on every host of the hold. */
export const heldAgreement: CheckKind<AgreementParams> = {
  kind: 'held-agreement',
  scope: 'play',
  probe: ({ words }) => {
    const [, family, podCidr, table] = words as [string, string, string, string]
    return sh`
      np_held_look ${words}
      np_held_compare ${family} ${podCidr} ${table}
    `
  },
  verdict: ({ away = [] }, _seen, { output }) => agreement(output.split('\n'), away),
}

function agreement(lines: readonly string[], away: readonly string[]): Verdict {
  const released = lines.flatMap(line => (line.startsWith('released ') ? [line.slice('released '.length)] : []))
  if (lines.some(line => line.startsWith('rule=absent'))) {
    const reason =
      released.length > 0 ? `its timer released it ${releasedWords(released)}` : 'it is not held any more, and not by its timer'
    const isComplete = released.length > 0 && parseHeldRoutes(released).every(({ found }) => found === 'same')
    return { holds: false, reason, next: tooShort, ...(isComplete ? { stops: true } : {}) }
  }
  const routes = parseHeldRoutes(lines).filter(({ found, way }) => found === 'same' || !leadsTo(way, away))
  if (routes.every(({ found }) => found === 'same')) return { holds: true, detail: comparedWords(routes) }
  const missing = routes.flatMap(({ found, prefix, way }) => (found === 'same' ? [] : [`${found} ${prefix} ${way}`]))
  return { holds: false, reason: comparedWords(routes), evidence: missing.slice(0, 20).join('\n') }
}

/** `via 198.18.0.14 dev eth0`: one next hop, to a host that is away. Source: ip-route(8). */
const leadsTo = (way: string, addresses: readonly string[]) => {
  const [hop, ...more] = way.match(/(?<=\bvia )\S+/g) ?? []
  return hop !== undefined && more.length === 0 && addresses.includes(hop)
}

const tooShort = 'Give the hold a longer `timeout`, and run again: what is done is looked at first.'
