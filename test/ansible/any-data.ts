import fc from 'fast-check'
import { groupNames, hostPatterns, plainHosts, rarely, variableNames } from './any-word.js'

const tomlValues = fc.constantFrom(
  ...[
    '1',
    '-1',
    '0x1F',
    '1_000',
    '1.0',
    '1e3',
    'inf',
    'nan',
    'true',
    'false',
    '"a"',
    '"x\\ty"',
    '[1, 2]',
    '["a", [1]]',
    '{ a = 1, b = "x" }',
    '"yes"',
    '[]',
    '{}',
    '"""m\nl"""',
    '[1, "a"]',
    'yes',
  ],
)
const tomlKey = (name: string) => (/^[\w-]+$/.test(name) && !/é/.test(name) ? name : JSON.stringify(name))
const tomlVars = fc.uniqueArray(fc.tuple(variableNames, tomlValues), { maxLength: 3, selector: ([name]) => name })
const inline = (vars: [string, string][]) => `{ ${vars.map(([name, value]) => `${tomlKey(name)} = ${value}`).join(', ')} }`

const tomlGroup = fc.record({
  name: fc.constantFrom<string>(...groupNames, 'all', 'ungrouped', 'a.b'),
  hosts: fc.option(fc.uniqueArray(fc.tuple(hostPatterns, tomlVars), { maxLength: 3, selector: ([name]) => name })),
  vars: fc.option(tomlVars),
  children: fc.option(fc.array(fc.constantFrom('leaf', 'leaf2'), { maxLength: 2 })),
  odd: rarely(fc.constantFrom('extra = 1', 'hosts = ["h1"]', 'vars = 5', 'children = "leaf"', 'hosts = { h1 = 5 }'), 40),
})

/** A TOML inventory; some are wrong. */
export const anyToml: fc.Arbitrary<string> = fc
  .uniqueArray(tomlGroup, { minLength: 1, maxLength: 3, selector: ({ name }) => name })
  .map(groups =>
    groups
      .flatMap(({ name, hosts, vars, children, odd }) => [
        `[${tomlKey(name)}]`,
        ...(children && !odd?.startsWith('children') ? [`children = ${JSON.stringify(children)}`] : []),
        ...(odd ? [odd] : []),
        ...(vars && !odd?.startsWith('vars')
          ? [`[${tomlKey(name)}.vars]`, ...vars.map(([key, value]) => `${tomlKey(key)} = ${value}`)]
          : []),
        ...(hosts && !odd?.startsWith('hosts')
          ? [`[${tomlKey(name)}.hosts]`, ...hosts.map(([host, own]) => `${tomlKey(host)} = ${inline(own)}`)]
          : []),
        '',
      ])
      .join('\n'),
  )

const scriptVars = fc.dictionary(
  fc.constantFrom('a', 'b', 'ansible_host', 'x-y'),
  fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(1, 1.5, 'x', true, '{{ a }}')),
  { maxKeys: 3 },
)
const scriptHosts = fc.array(fc.constantFrom<unknown>(...plainHosts, 'n[1:3]', 'h1:22', 'web'), { maxLength: 3 })
const scriptGroup = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record(
      { hosts: scriptHosts, vars: scriptVars, children: fc.array(fc.constantFrom('leaf', 'leaf2'), { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
  },
  { weight: 2, arbitrary: scriptHosts },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      { a: 1 },
      {},
      null,
      5,
      'h1',
      { hosts: 'h1' },
      { vars: [] },
      { children: 'leaf' },
      { hosts: [5] },
      { hosts: null },
      { hosts: [''] },
    ),
  },
)

/** A dynamic inventory that prints the same JSON every time, with and without `_meta`; some print what is wrong. */
export const anyScript: fc.Arbitrary<string> = fc
  .record({
    groups: fc.dictionary(fc.constantFrom<string>(...groupNames, 'all', 'ungrouped'), scriptGroup, { maxKeys: 4 }),
    meta: fc.option(
      fc.oneof(
        {
          weight: 6,
          arbitrary: fc.dictionary(fc.constantFrom(...plainHosts, 'n[1:3]'), scriptVars, { maxKeys: 3 }).map(hostvars => ({ hostvars })),
        },
        {
          weight: 1,
          arbitrary: fc.constantFrom<unknown>({}, 5, { hostvars: [] }, { hostvars: { h1: 5 } }, { profile: 'x', hostvars: {} }),
        },
      ),
      { freq: 3 },
    ),
    host: fc.oneof(
      { weight: 6, arbitrary: scriptVars.map(vars => JSON.stringify(vars)) },
      { weight: 1, arbitrary: fc.constantFrom('', '{', '[]', '5', 'null') },
    ),
    list: rarely(fc.constantFrom('', '{', '[]', 'null', '{"a": }', '"x"'), 20),
    exit: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(3) }),
  })
  .map(({ groups, meta, host, list, exit }) => {
    const printed = list ?? JSON.stringify({ ...groups, ...(meta === null ? {} : { _meta: meta }) })
    return `#!/bin/sh\ncase "$1" in\n--list) cat <<'END'\n${printed}\nEND\n;;\n--host) cat <<'END'\n${host}\nEND\n;;\nesac\nexit ${exit}\n`
  })
