import { TemplateProblem } from './problem.js'

const operators: Record<string, (order: number) => boolean> = Object.fromEntries(
  (
    [
      [(order: number) => order === 0, '==', '=', 'eq'],
      [(order: number) => order !== 0, '!=', '<>', 'ne'],
      [(order: number) => order < 0, '<', 'lt'],
      [(order: number) => order <= 0, '<=', 'le'],
      [(order: number) => order > 0, '>', 'gt'],
      [(order: number) => order >= 0, '>=', 'ge'],
    ] as const
  ).flatMap(([holds, ...names]) => names.map(name => [name, holds])),
)

/**
 * `'1.10' is version('1.9', '>')`. Loose versions are numbers and words in turn, as Python's LooseVersion had them; `semver` looks at
 * three numbers and what stands behind `-`.
 * @throws TemplateProblem for versions that Python could not order either
 */
export function compareVersions(left: string, right: string, operator: string, type: string): boolean {
  const holds = operators[operator]
  if (!holds) throw new TemplateProblem(`version: "${operator}" is none of ${Object.keys(operators).join(', ')}`)
  if (left === '' || right === '') throw new TemplateProblem('version: a version is empty')
  if (type === 'semver' || type === 'semantic') return holds(semantic(left, right))
  if (type !== 'loose') throw new TemplateProblem(`version: netplay has the version types loose and semver, not "${type}"`)
  return holds(ordered(partsOf(left), partsOf(right)))
}

const partsOf = (version: string): (number | string)[] =>
  (version.match(/\d+|[a-z]+|[^\d a-z.]+|\./g) ?? []).filter(part => part !== '.').map(part => (/^\d+$/.test(part) ? Number(part) : part))

function ordered(left: readonly (number | string)[], right: readonly (number | string)[]): number {
  const at = left.findIndex((part, index) => part !== right[index])
  if (at < 0 || at >= right.length) return left.length - right.length
  const [a, b] = [left[at]!, right[at]!]
  if (typeof a !== typeof b) throw new TemplateProblem(`version: "${a}" and "${b}" cannot be compared`)
  return a < b ? -1 : 1
}

function semantic(left: string, right: string): number {
  const [a, b] = [left, right].map(version => {
    const [, numbers, suffix] = /^(\d+\.\d+\.\d+)(?:-([\w.-]+))?(?:\+[\w.-]+)?$/.exec(version) ?? []
    if (numbers === undefined) throw new TemplateProblem(`version: "${version}" is no semantic version`)
    return { numbers: numbers.split('.').map(Number), suffix }
  }) as [{ numbers: number[]; suffix?: string }, { numbers: number[]; suffix?: string }]
  const order = ordered(a.numbers, b.numbers)
  if (order !== 0) return order
  // What is released comes after its candidates.
  if (a.suffix === undefined || b.suffix === undefined) return Number(a.suffix === undefined) - Number(b.suffix === undefined)
  return ordered(partsOf(a.suffix), partsOf(b.suffix))
}
