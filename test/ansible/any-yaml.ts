import fc from 'fast-check'
import { groupNames, hostPatterns, plainHosts, rarely, variableNames } from './any-word.js'

/** YAML values in flow form: what is plain is typed by YAML 1.1's rules, with PyYAML's gaps. */
const goodValues = fc.constantFrom(
  ...[
    '1',
    '-1',
    '+1',
    '010',
    '0x1F',
    '0o17',
    '0b11',
    '1_000',
    '1.0',
    '1.10',
    '.5',
    '5.',
    '1e3',
    '1.0e+3',
    '1.0e3',
    '.inf',
    '-.inf',
    '.nan',
    '12:30',
    '1:2:3.5',
  ],
  ...[
    'true',
    'True',
    'yes',
    'No',
    'on',
    'OFF',
    'y',
    'n',
    'null',
    'Null',
    '~',
    '',
    '"1"',
    "'yes'",
    '"x\\ty"',
    "'it''s'",
    '"\\u00e9"',
    'é',
    'a b',
  ],
  ...[
    '2024-01-02',
    '2024-01-02 03:04:05',
    '2024-01-02T03:04:05Z',
    '08',
    '0_7',
    '1__0',
    '0x',
    '123456789012345678901234567890',
    '-0',
    '-0.0',
    '0.',
    '1e400',
    '!!str 1',
  ],
  ...[
    '!!null ""',
    '!!int "7"',
    '!!float 1',
    '!!bool "yes"',
    '[]',
    '{}',
    '[1, yes, a]',
    '{a: 1, b: [x, {c: ~}]}',
    '[[1], [2]]',
    '{1: a}',
    '{yes: 1}',
    '{"a b": 1}',
    '{z: 1, a: 2}',
  ],
  ...[
    '/etc/x',
    'http://h:80/',
    '!unsafe "{{ x }}"',
    'a#b',
    'a # c',
    "''",
    '""',
    '1 2',
    '0b2',
    '1,2',
    '"{{ a }}"',
    '192.168.0.1',
    'None',
    'TRUE',
  ],
  ...['!!map {a: 1}', '!!seq [1]', '|-\n          l1\n          l2', '>\n          f1\n          f2\n', '&x 1', '{? a}', '[a: 1]'],
)

const wrongValues = fc.constantFrom(
  'a: b',
  '- a',
  '@x',
  '*x',
  '%x',
  '=',
  '<<',
  '!foo x',
  '!!set {a}',
  '[1, 2',
  '{a',
  '"x',
  '!!null x',
  '!!int x',

  '!!float x',
)
export const yamlValues = fc.oneof({ weight: 60, arbitrary: goodValues }, { weight: 1, arbitrary: wrongValues })

const pad = (depth: number) => '  '.repeat(depth)
const key = (name: string) => (/^[\w./é-]+$/.test(name) && !/^[\d.]+$/.test(name) ? name : `'${name.replaceAll("'", "''")}'`)

type Lines = (depth: number) => string[]

const mapping = fc.uniqueArray(fc.tuple(variableNames, yamlValues), { maxLength: 3, selector: ([name]) => name }).map(
  (entries): Lines =>
    depth =>
      entries.map(([name, value]) => `${pad(depth)}${key(name)}: ${value}`),
)

/** A file of variables. */
export const anyVariables: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 40, arbitrary: mapping.map(lines => lines(0).join('\n')) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '',
        '---',
        '# c',
        '{}',
        '{"a": 1e3}',
        '[]',
        'null',
        'x',
        '- a',
        '0',
        'a: 1\n---\nb: 2',
        'a: 1\na: 2',
        'a: [',
        '---\na: 5\n...',
        '{a: 1,}',
        'false',
      ),
    },
  )
  .map(text => `${text}\n`)

/** JSON is read before YAML: `1e3` is a number there. */
export const anyJsonVariables: fc.Arbitrary<string> = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'v1'), fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(1000, 1.5, true, null)), {
    maxKeys: 3,
  })
  .map(data => JSON.stringify(data))

const odd = fc.constantFrom('null', '', '{}', '[]', '[h1]', 'h9', '5', '""', 'yes', '0', 'false')

const host = fc
  .tuple(hostPatterns, fc.option(mapping, { freq: 3 }), fc.oneof({ weight: 40, arbitrary: fc.constant('') }, { weight: 1, arbitrary: odd }))
  .map(([name, vars, empty]): [string, Lines] => [
    name,
    depth => {
      const lines = vars?.(depth + 1) ?? []
      return [`${pad(depth)}${key(name)}:${lines.length === 0 && empty !== '' ? ` ${empty}` : ''}`, ...lines]
    },
  ])

/** Group i has only later groups below it, but for one in twenty. */
function group(index: number): fc.Arbitrary<Lines> {
  const below = groupNames.slice(index + 1)
  const child = fc.oneof(
    { weight: 60, arbitrary: fc.constantFrom(...(below.length > 0 ? below : ['leaf'])) },
    { weight: 1, arbitrary: fc.constantFrom(...groupNames, 'ungrouped', 'all') },
  )
  const children = fc.uniqueArray(
    child.chain(name => {
      const at = (groupNames as readonly string[]).indexOf(name)
      return fc.tuple(
        fc.constant(name),
        at > index
          ? fc.oneof({ weight: 2, arbitrary: fc.constant<Lines>(() => []) }, { weight: 1, arbitrary: group(at) })
          : fc.constant<Lines>(() => []),
      )
    }),
    { maxLength: 3, selector: ([name]) => name },
  )
  return fc
    .record({
      hosts: fc.option(fc.uniqueArray(host, { maxLength: 3, selector: ([name]) => name }), { freq: 3 }),
      vars: rarely(mapping, 1),
      children: rarely(children, 1),
      priority: rarely(fc.constantFrom('5', '10', '"2"', '-1', '1.5'), 12),
      odd: rarely(fc.tuple(fc.constantFrom('hosts', 'vars', 'children', 'extra'), odd), 40),
    })
    .map(parts => (depth: number) => groupLines(parts, depth))
}

interface Parts {
  hosts: [string, Lines][] | null
  vars: Lines | null
  children: [string, Lines][] | null
  priority: string | null
  odd: [string, string] | null
}

function groupLines({ hosts, vars, children, priority, odd: strange }: Parts, depth: number): string[] {
  const variables = [...(vars?.(depth + 1) ?? []), ...(priority ? [`${pad(depth + 1)}ansible_group_priority: ${priority}`] : [])]
  const sections: [string, string[]][] = [
    ...(hosts ? [['hosts', hosts.flatMap(([, lines]) => lines(depth + 1))] as [string, string[]]] : []),
    ...(variables.length > 0 ? [['vars', variables] as [string, string[]]] : []),
    ...(children
      ? [['children', children.flatMap(([name, lines]) => [`${pad(depth + 1)}${key(name)}:`, ...lines(depth + 2)])] as [string, string[]]]
      : []),
  ]
  const kept = sections.filter(([name]) => name !== strange?.[0]).flatMap(([name, lines]) => [`${pad(depth)}${name}:`, ...lines])
  return strange ? [...kept, `${pad(depth)}${strange[0]}: ${strange[1]}`] : kept
}

const top = fc.uniqueArray(
  fc.oneof(
    { weight: 3, arbitrary: fc.nat({ max: groupNames.length - 1 }).chain(at => fc.tuple(fc.constant<string>(groupNames[at]!), group(at))) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('all'), group(-1)) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('ungrouped', 'ungrouped', 'ungrouped', plainHosts[0], 'a b', '_meta'), group(groupNames.length)),
    },
  ),
  { minLength: 1, maxLength: 4, selector: ([name]) => name },
)

/** A YAML inventory: mostly good; some are wrong. */
export const anyYaml: fc.Arbitrary<string> = fc
  .tuple(top, fc.constantFrom('', '', '---\n', '# c\n'))
  .map(([groups, head]) => `${head}${groups.flatMap(([name, lines]) => [`${key(name)}:`, ...lines(1)]).join('\n')}\n`)
