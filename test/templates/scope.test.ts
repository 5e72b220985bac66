import { inspect } from 'node:util'
import { join } from 'node:path'
import fc from 'fast-check'
import { NetplayError } from '../../src/errors.js'
import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { loadInventory } from '../../src/inventory/load.js'
import type { Value } from '../../src/inventory/model.js'
import { Secret } from '../../src/secret.js'
import { condition, evaluate, evaluateExpression, evaluateText } from '../../src/templates/evaluate.js'
import { hostScope, hostVariables } from '../../src/templates/host-scope.js'
import { Scope } from '../../src/templates/scope.js'
import { parseYaml, toPlain, type YamlMapping } from '../../src/yaml.js'
import { removeScratch, scratch } from '../inventory/scratch.js'

afterEach(removeScratch)

const at = { file: 'case.yml', line: 1, column: 1 }
const variables = (yaml: string) =>
  new Map(
    (parseYaml(yaml, 'vars.yml') as YamlMapping).entries.map(({ key, value }): [string, Value] => [
      key,
      { value: toPlain(value), origin: value.origin, node: value },
    ]),
  )
const scopeOf = (yaml: string, secrets: string[] = []) => new Scope({ variables: [variables(yaml)], secrets: new Set(secrets) })
const valueOf = (template: string, scope: Scope): unknown => evaluateText(template, scope, at, 'case')?.value

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof NetplayError) return error.message.split('\n')[0]!
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a variable', () => {
  // Seen with ansible-core 2.19.14: it keeps what Jinja alone would drop.
  test.each([
    ['I am {{ x }}\n', 'I am n1\n'],
    ['a\n{{ x }}\n\n', 'a\nn1\n\n'],
    ['{{ x }}\n', 'n1\n'],
  ])('keeps the newlines at the end of %j', (template, value) => {
    expect(valueOf(template, scopeOf('x: n1'))).toBe(value)
  })

  test('that nobody asks for is never evaluated', () => {
    expect(valueOf('{{ a.fine }}', scopeOf('a: {fine: 1, broken: "{{ nobody }}"}\nb: "{{ 1 + }}"\n'))).toBe(1)
  })

  test('that is missing is told where it is used, by whom, and what was probably meant', () => {
    expect(refusal(() => valueOf('{{ url }}', scopeOf('port: 1\nurl: "http://x:{{ prot }}"\n')))).toBe(
      'vars.yml:2:6: "prot" is not defined; did you mean "port"?; needed by case (case.yml:1:1)',
    )
  })

  test.each([
    ['a: "{{ a }}"\n', 'a', 'vars.yml:1:4: "a" needs itself: a (vars.yml:1:4) → a'],
    ['a: "{{ b }}"\nb: "{{ c }}"\nc: "{{ b }}"\n', 'a', 'vars.yml:2:4: "b" needs itself: b (vars.yml:2:4) → c (vars.yml:3:4) → b'],
    ['a: {x: "{{ a.x }}"}\n', 'a.x', 'vars.yml:1:8: "a" needs itself: a (vars.yml:1:8) → a'],
  ])('that needs itself is told with all that lie between: %s', (yaml, name, told) => {
    expect(refusal(() => valueOf(`{{ ${name} }}`, scopeOf(yaml)))).toBe(told)
  })

  test('may look at another member of its own mapping', () => {
    expect(valueOf('{{ a.url }}', scopeOf('a: {port: 80, url: "x:{{ a.port }}"}\n'))).toBe('x:80')
  })

  test('that is tagged !unsafe, came from a host or holds the result of a template is text', () => {
    const data = new Map([
      ['fact', { value: '{{ one }}', origin: at }],
      ...variables('one: 1\nraw: !unsafe "{{ one }}"\nmade: "{% raw %}{{ one }}{% endraw %}"\n'),
    ])
    const scope = new Scope({ variables: [data] })
    expect(['fact', 'raw', 'made'].map(name => valueOf(`{{ ${name} }}`, scope))).toEqual(['{{ one }}', '{{ one }}', '{{ one }}'])
    const made = evaluateText('{{ made }}', scope, at, 'case')!
    expect(evaluate(made, scope, 'again')!.value).toBe('{{ one }}')
  })

  test('keeps the positions of what it was written as', () => {
    const written = variables('a:\n  b: "{{ 1 }}"\n  c: 2\n').get('a')!
    const node = evaluate(written, scopeOf('x: 1\n'), 'a')!.node as YamlMapping
    expect(node.entries.map(({ value }) => value.origin.line)).toEqual([2, 3])
  })
})

describe('a condition', () => {
  const scope = scopeOf('one: 1\nflag: "yes"\non: true\n')

  test.each([
    ['one == 1 and on', true],
    ['flag | bool', true],
    ['{{ not on }}', false],
    ["'a\\nb' is search('\\n')", true],
  ])('%s is %s', (text, expected) => expect(condition(text, scope, at)).toBe(expected))

  test('that is neither true nor false is refused, as by ansible-core 2.19', () => {
    expect(refusal(() => condition('one', scope, at))).toBe('case.yml:1:1: when: the condition is int, not true or false')
  })

  test('sees what a loop lays over the variables', () => {
    expect(condition('item > one', scope.with(new Map([['item', { value: 2, origin: at }]])), at)).toBe(true)
    expect(evaluateExpression('[one, 2]', scope, at, 'loop')!.value).toEqual([1, 2])
  })
})

describe('a secret', () => {
  const marked = 'MARKED-SECRET'
  const scope = new Scope({
    variables: [new Map([...variables(`port: 1\nlogin: ${marked}\n`), ['vaulted', { value: new Secret(marked), origin: at }]])],
    secrets: new Set(['login']),
  })

  test.each([
    '{{ vaulted }}',
    'x{{ vaulted }}y',
    '{{ vaulted | upper | lower }}',
    '{{ [vaulted, {"k": vaulted}] | to_json }}',
    '{{ login }}',
    '{{ vaulted | length }}',
    '{{ vaulted[0] }}',
  ])('makes a secret of whatever it goes into: %s', template => {
    const value = valueOf(template, scope)
    expect(value).toBeInstanceOf(Secret)
    expect(`${String(value)}${JSON.stringify(value)}${inspect(value)}`).toBe('***"***"***')
  })

  test('stays where it is in a mapping, and leaves what lies beside it', () => {
    const value = valueOf('{{ {"password": vaulted, "port": port} }}', scope) as { password: Secret; port: number }
    expect([value.password.reveal(), value.port]).toEqual([marked, 1])
  })

  test('is in no error', () => {
    expect(
      refusal(() => valueOf('{{ vaulted | int + vaulted }}', scope)) + refusal(() => valueOf('{{ vaulted | bool }}', scope)),
    ).not.toContain(marked)
  })
})

describe('a hostile template', () => {
  test.each([
    '{{ "".constructor.constructor("return process")() }}',
    '{{ one.__proto__ }}',
    '{{ {}.__proto__.polluted }}',
    '{{ {"__proto__": 1}.toString }}',
    '{{ [].constructor }}',
    '{{ range.constructor("return 1")() }}',
    '{{ lookup.call }}',
    '{{ this }}',
    '{{ process.env }}',
    '{{ globalThis }}',
    '{{ constructor }}',
    '{{ hasOwnProperty }}',
    '{{ "x" | constructor }}',
    '{{ "x" is __proto__ }}',
    "{{ lookup('pipe', 'id') }}",
    "{{ lookup('template', 'x') }}",
    "{{ 'a' * 99999999999 }}",
    '{{ range(9999999999) }}',
    '{% for a in range(999999) %}{% for b in range(999999) %}x{% endfor %}{% endfor %}',
    `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`,
    '{% include "/etc/passwd" %}',
    '{% import "x" as y %}',
  ])('reaches nothing: %s', template => {
    expect(refusal(() => valueOf(template, scopeOf('one: 1\n')))).toMatch(/^case\.yml:1:1: /)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('with names of JavaScript as keys has keys of these names', () => {
    const value = valueOf('{{ {"__proto__": 1, "constructor": 2} | combine({"toString": 3}) }}', scopeOf('one: 1\n')) as object
    expect(Object.getPrototypeOf(value)).toBeNull()
    expect(Object.entries(value)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
      ['toString', 3],
    ])
  })

  test('of any text gives a value or an error of ours', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '{{',
        '}}',
        '{%',
        '%}',
        '{#',
        '#}',
        ' ',
        'one',
        '|',
        'upper',
        'if',
        'for',
        'x',
        'in',
        '(',
        ')',
        '[',
        ']',
        '.',
        "'",
        '"',
        '\\',
        '1',
        ':',
        ',',
        'is',
        'endif',
        'endfor',
        '-',
      ),
      fc.string({ maxLength: 3 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
        try {
          valueOf(pieces.join(''), scopeOf('one: 1\n'))
        } catch (error) {
          expect(error).toBeInstanceOf(NetplayError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('what a host knows', () => {
  const load = async (files: Record<string, string>, extra: string[] = []) => {
    const inventory = await loadInventory([join(scratch(files), 'hosts.ini')])
    const extraVars = await parseExtraVars(extra)
    return { inventory, extraVars }
  }

  test('its own magic names, other hosts and connection variables', async () => {
    const { inventory, extraVars } = await load({
      'hosts.ini': 'n1.lab ip=198.18.0.11 ansible_host="{{ ip }}"\nn2 ip=198.18.0.12\n[web]\nn1.lab\n',
    })
    const host = inventory.find('n1.lab')!
    expect(
      valueOf(
        "{{ inventory_hostname_short }} {{ group_names }} {{ groups.web }} {{ hostvars['n2'].ip }}",
        hostScope(inventory, extraVars, host),
      ),
    ).toBe("n1 ['web'] ['n1.lab'] 198.18.0.12")
    expect(hostVariables(inventory, extraVars, host).get('ansible_host')?.value).toBe('198.18.0.11')
  })

  // Found by the generated layouts, seed 686579: Ansible hands the variables of another host out without hostvars.
  test('no hostvars within what it is told through hostvars, as in Ansible', async () => {
    const { inventory, extraVars } = await load({ 'hosts.ini': 'h1\nh2\n' }, [`{"v": "extra-{{ hostvars['h2'].v | default('none') }}"}`])
    expect(valueOf('{{ v }}', hostScope(inventory, extraVars, inventory.find('h1')!))).toBe('extra-extra-none')
  })

  test('that no plan depends on whether it is a check', async () => {
    const { inventory, extraVars } = await load({ 'hosts.ini': 'h1\n' })
    expect(refusal(() => valueOf('{{ ansible_check_mode }}', hostScope(inventory, extraVars, inventory.find('h1')!)))).toContain(
      'a dry run shows exactly what a run does',
    )
  })
})

describe('a template that lies too deep in itself is told with its place, wherever the stack ends', () => {
  const deep = {
    parentheses: `{{ ${'('.repeat(100_000)}1${')'.repeat(100_000)} }}`,
    'a chain of operators': `{{ ${'1+'.repeat(100_000)}1 }}`,
    'a chain of not': `{{ ${'not '.repeat(100_000)}1 }}`,
    'a chain of filters': `{{ 1${' | int'.repeat(100_000)} }}`,
    'a chain of members': `{{ x${'.a'.repeat(100_000)} }}`,
    'blocks in blocks': `${'{% if 1 %}'.repeat(20_000)}x${'{% endif %}'.repeat(20_000)}`,
    'lists in lists': `{{ ${'['.repeat(100_000)}${']'.repeat(100_000)} }}`,
  }
  test.each(Object.entries(deep))('%s', (_, template) => {
    const origin = { file: 'deep.yml', line: 1, column: 4 }
    expect(() => evaluateText(template, new Scope({ variables: [] }), origin, 'a')).toThrow(/^deep\.yml:1:4: .*lie too deep in each other/)
  })
})
