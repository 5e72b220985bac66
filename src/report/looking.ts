import type { RunEvent } from '../events.js'
import { countOf, hostList } from './hosts.js'
import type { Screen } from './page.js'
import { cut } from './width.js'

/** One line on a terminal while hosts are looked at, gone when there is anything to say. */
export interface Looking {
  follow(event: RunEvent): void
  close(): void
}

/** A run that is over sooner shows none. */
const quietMs = 400

export function openLooking({ hosts }: Extract<RunEvent, { type: 'run-started' }>, out: Screen): Looking {
  const waiting = new Set(hosts)
  let shown = false
  const draw = () => {
    shown = true
    const rest = waiting.size === 0 ? 'planning' : `waiting for ${hostList([...waiting], 6)}`
    const line = `looking at ${countOf(hosts.length, 'host')}, ${hosts.length - waiting.size} answered; ${rest}`
    out.write(`\r${cut(line, (out.columns ?? 80) - 1)}\u001b[K`)
  }
  const timer = setInterval(draw, quietMs)
  return {
    follow: event => {
      if (event.type === 'host-probed' || event.type === 'host-unreachable') waiting.delete(event.host)
    },
    close: () => {
      clearInterval(timer)
      if (shown) out.write('\r\u001b[K')
    },
  }
}
