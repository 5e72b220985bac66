import { distance } from 'fastest-levenshtein'

/** The name that was most likely meant; `undefined` when none is near. Letter case and `-` for `_` cost nothing. */
export function nearest(written: string, names: Iterable<string>): string | undefined {
  let best: { name: string; cost: number } | undefined
  for (const name of names) {
    const cost = name === written ? Infinity : costOf(fold(written), fold(name))
    if (cost <= allowance(written) && cost < (best?.cost ?? Infinity)) best = { name, cost }
  }
  return best?.name
}

/** `; did you mean "backend"?`, or nothing. */
export function didYouMean(written: string, names: Iterable<string>): string {
  const near = nearest(written, names)
  return near === undefined ? '' : `; did you mean "${near}"?`
}

const fold = (name: string) => name.toLowerCase().replaceAll('-', '_')

/** Letters added, left out or exchanged; two neighbours that changed places are one slip. */
function costOf(written: string, name: string): number {
  let cost = distance(written, name)
  for (let at = 1; at < written.length; at++) {
    const swapped = written.slice(0, at - 1) + written[at] + written[at - 1] + written.slice(at + 1)
    cost = Math.min(cost, distance(swapped, name) + 1)
  }
  return cost
}

const allowance = ({ length }: string) => Math.min(3, Math.max(1, Math.floor(length / 3)))
