import { oneLine } from './shown.js'

/** `n1–n26 n31`: names in the order given, runs of more than three numbers folded. At most `limit` words, the rest counted. */
export function hostList(hosts: readonly string[], limit = 8): string {
  const words: string[] = []
  for (let i = 0; i < hosts.length;) {
    const run = runFrom(hosts, i)
    words.push(...(run > 3 ? [`${hosts[i]}–${hosts[i + run - 1]}`] : hosts.slice(i, i + run)))
    i += run
  }
  return oneLine(words.length <= limit ? words.join(' ') : `${words.slice(0, limit).join(' ')} … (${hosts.length} hosts)`)
}

/** How many names from `start` on count up by one: n7 n8 n9. */
function runFrom(hosts: readonly string[], start: number): number {
  const [, prefix, number] = /^(.*?)([1-9]\d*|0)$/.exec(hosts[start]!) ?? []
  if (number === undefined) return 1
  let length = 1
  while (hosts[start + length] === `${prefix}${Number(number) + length}`) length++
  return length
}

export const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
