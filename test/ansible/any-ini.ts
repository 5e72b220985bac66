import fc from 'fast-check'
import { groupNames, hostPatterns, plainHosts, rarely, values, variableNames } from './any-word.js'

type Quote = (text: string) => string
const asItIs: Quote = text => text
const quotes: Quote[] = [
  text => `'${text.replaceAll("'", `'"'"'`)}'`,
  text => `"${text.replace(/["\\]/g, '\\$&')}"`,
  text => text.replace(/[\s"'\\#]/g, '\\$&'),
]
/** Mostly quoted as a shell needs it; one in thirty is left as it is, whatever it holds. */
const quoted = (value: string) =>
  fc.oneof(
    { weight: 29, arbitrary: fc.constantFrom(...quotes, ...(/^[^\s"'\\]*$/.test(value) ? [asItIs, asItIs, asItIs] : [])) },
    { weight: 1, arbitrary: fc.constant(asItIs) },
  )

const assignment = fc.tuple(variableNames, values).chain(([name, value]) => quoted(value).map(quote => `${name}=${quote(value)}`))

const indent = fc.constantFrom('', '', '', ' ', '\t')
const noise = fc.constantFrom('', '# c', '; c', '   ', '#[x]', ';h9', '# é')

const hostLine = fc
  .tuple(indent, hostPatterns, fc.array(assignment, { maxLength: 3 }), fc.constantFrom('', '', '', ' # c', '  ', ' #'))
  .map(([before, host, vars, after]) => before + [host, ...vars].join(' ') + after)

const variableLine = fc
  .tuple(indent, variableNames, fc.constantFrom('=', ' = ', '= ', ' ='), values)
  .map(([before, name, equals, value]) => before + name + equals + value)

const priority = fc.constantFrom(
  'ansible_group_priority=5',
  'ansible_group_priority=10',
  'ansible_group_priority="2"',
  'ansible_group_priority=-1',
)

type Section = { group: number; kind: string; lines: string[]; tail: string }

/** Group i has only later groups below it, but for one in twenty: those may make circles. */
const section: fc.Arbitrary<Section> = fc.nat({ max: groupNames.length - 1 }).chain(group => {
  const below = groupNames.slice(group + 1)
  const child = fc.oneof(
    { weight: 60, arbitrary: fc.constantFrom(...(below.length > 0 ? below : ['leaf'])) },
    { weight: 1, arbitrary: fc.constantFrom(...groupNames, 'ungrouped', 'all', 'nowhere', 'h1') },
  )
  const childLine = fc
    .tuple(indent, child, fc.constantFrom('', '', ' # c', ' x=1'))
    .map(([before, name, after]) => before + name + (name === 'nowhere' ? '' : after.replace(' x=1', '')))
  const lines = (line: fc.Arbitrary<string>) =>
    fc.array(fc.oneof({ weight: 6, arbitrary: line }, { weight: 1, arbitrary: noise }), { maxLength: 4 })
  const tail = fc.constantFrom('', '', '', ' # c', '  ', '#c')
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ group: fc.constant(group), kind: fc.constant(''), lines: lines(hostLine), tail }) },
    { weight: 2, arbitrary: fc.record({ group: fc.constant(group), kind: fc.constant(':children'), lines: lines(childLine), tail }) },
    {
      weight: 2,
      arbitrary: fc.record({
        group: fc.constant(group),
        kind: fc.constant(':vars'),
        lines: lines(fc.oneof({ weight: 6, arbitrary: variableLine }, { weight: 1, arbitrary: priority })),
        tail,
      }),
    },
  )
})

const special = fc.oneof(
  { weight: 16, arbitrary: fc.array(variableLine, { maxLength: 3 }).map(lines => ['[all:vars]', ...lines]) },
  { weight: 8, arbitrary: fc.array(hostLine, { maxLength: 2 }).map(lines => ['[ungrouped]', ...lines]) },
  { weight: 4, arbitrary: fc.array(hostLine, { maxLength: 2 }).map(lines => ['[all]', ...lines]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ['[ a ]'],
      ['[a b]'],
      ['[web:hosts]'],
      ['[web'],
      ['[]'],
      ['[:vars]'],
      ['x=1'],
      ['[web:vars]', 'a'],
      ['[db:children]', 'a b'],
    ),
  },
)

/** An INI inventory: mostly good, with everything that its grammar allows; some are wrong. */
export const anyIni: fc.Arbitrary<string> = fc
  .record({
    first: fc.array(fc.oneof({ weight: 3, arbitrary: hostLine }, { weight: 1, arbitrary: noise }), { maxLength: 3 }),
    sections: fc.array(section, { maxLength: 6 }),
    special: rarely(special, 1),
    declares: fc.integer({ min: 0, max: 39 }).map(luck => luck > 0),
    end: fc.constantFrom('\n', '\n', '\r\n'),
  })
  .map(({ first, sections, special: more, declares, end }) => {
    const written = sections.flatMap(({ group, kind, lines, tail }) => [`[${groupNames[group]}${kind}]${tail}`, ...lines])
    const used = new Set(written.map(line => line.trim().split(/[\s#]/)[0]!))
    const declared = declares
      ? [...groupNames, 'leaf'].filter(name => used.has(name) || written.some(line => line.startsWith(`[${name}:`)))
      : []
    return [...first, ...written, ...(more ?? []), ...declared.map(name => `[${name}]`), ''].join(end)
  })

const goodHost = fc.constantFrom(...plainHosts, 'n[1:5]', 'web[1:4]', 'h[01:12]', '10.0.0.[1:3]', 'fe80::1', 'n[3:1]', 'é1')

/** Groups with hosts and groups below them, no variables, nothing wrong: what patterns are tried on. */
export const anyGroups: fc.Arbitrary<string> = fc
  .array(
    fc.nat({ max: groupNames.length - 1 }).chain(at =>
      fc.record({
        at: fc.constant(at),
        hosts: fc.array(goodHost, { maxLength: 4 }),
        children: fc.array(fc.constantFrom(...groupNames.slice(at + 1), 'leaf'), { maxLength: 2 }),
      }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map(groups => {
    const lines = groups.flatMap(({ at, hosts, children }) => [
      `[${groupNames[at]}]`,
      ...hosts,
      ...(children.length > 0 ? [`[${groupNames[at]}:children]`, ...children] : []),
    ])
    const named = groups.flatMap(({ children }) => children)
    return `n9\n${[...lines, ...[...new Set(named)].map(name => `[${name}]`)].join('\n')}\n`
  })
