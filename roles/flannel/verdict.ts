import type { Verdict } from 'netplay'

export const good: Verdict = { holds: true }

export const bad = (reason: string, evidence?: string, next?: string): Verdict => ({
  holds: false,
  reason,
  ...(evidence === undefined || evidence === '' ? {} : { evidence }),
  ...(next === undefined ? {} : { next }),
})

/** Text between lines `--name`; what stands before the first one is `''`. */
export function sectionsOf(output: string): Map<string, string> {
  const [first = '', ...parts] = output.split(/^--(\w+)\n/m)
  const sections = new Map([['', first]])
  for (let i = 0; i + 1 < parts.length; i += 2) sections.set(parts[i]!, parts[i + 1]!)
  return sections
}

export const seeJournal = 'See `journalctl -u flannel.service -n 50` on the host.'
