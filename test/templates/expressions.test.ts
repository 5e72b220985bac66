import { NetplayError } from '../../src/errors.js'
import type { Value } from '../../src/inventory/model.js'
import { floatText } from '../../src/inventory/python-text.js'
import { evaluateText } from '../../src/templates/evaluate.js'
import { Scope } from '../../src/templates/scope.js'
import { toPlain, type YamlMapping, type YamlNode } from '../../src/yaml.js'
import { differences } from './differences.js'
import { recorded, variablesNode } from './recorded.js'

const cases = recorded()
const variables = new Map(
  (variablesNode() as YamlMapping).entries.map(({ key, value }): [string, Value] => [
    key,
    { value: toPlain(value), origin: value.origin, node: value },
  ]),
)

/** As the oracle tells it: floats marked. */
function marked(node: YamlNode): unknown {
  if (node.kind === 'sequence') return node.items.map(marked)
  if (node.kind === 'mapping') return Object.fromEntries(node.entries.map(({ key, value }) => [key, marked(value)]))
  return typeof node.value === 'number' && node.float ? { __float__: floatText(node.value) } : node.value
}

function result(template: string): unknown {
  const origin = { file: 'case.yml', line: 1, column: 1 }
  try {
    const value = evaluateText(template, new Scope({ variables: [variables] }), origin, 'case')
    return { value: value?.node && marked(value.node) }
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    return { refused: true }
  }
}

test('there are enough recordings, of both kinds', () => {
  expect(cases.length).toBeGreaterThan(150)
  expect(cases.filter(({ refused }) => refused).length).toBeGreaterThan(15)
})

describe('a template gives what ansible-core gives', () => {
  test.each(cases.filter(({ template }) => !differences.has(template)).map(one => [one.template, one] as const))(
    '%s',
    (_, { template, ...expected }) => {
      expect(result(template)).toEqual(expected)
    },
  )
})

describe('where netplay differs, it is on purpose', () => {
  test.each([...differences])('%s: %s', (template, { gives }) => {
    expect(result(template)).toEqual(gives)
    expect(cases.find(one => one.template === template)).not.toMatchObject(gives)
  })
})
