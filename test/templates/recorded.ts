import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseYaml, toPlain, type YamlNode } from '../../src/yaml.js'
import { openOracle } from '../support/ansible-oracle.js'

/** `tsx test/templates/recorded.ts`: what ansible-core gives for each line of expressions.txt, into expressions.json. */
const folder = join(import.meta.dirname, 'ansible-2.19')

export const expressions = (): string[] => readFileSync(join(folder, 'expressions.txt'), 'utf8').split('\n').slice(0, -1)
export const variablesNode = (): YamlNode => parseYaml(readFileSync(join(folder, 'variables.yml'), 'utf8'), 'variables.yml')

/** Floats marked, as the oracle reads them. */
export function forOracle(node: YamlNode): unknown {
  if (node.kind === 'sequence') return node.items.map(forOracle)
  if (node.kind === 'mapping') return Object.fromEntries(node.entries.map(({ key, value }) => [key, forOracle(value)]))
  return typeof node.value === 'number' && node.float ? { __float__: String(node.value) } : toPlain(node)
}

/** What ansible-core 2.19.14 gave: the value, or that it refused. */
export interface Recorded {
  template: string
  value?: unknown
  refused?: true
}

export const recorded = (): Recorded[] => JSON.parse(readFileSync(join(folder, 'expressions.json'), 'utf8')) as Recorded[]

if (process.argv[1] === import.meta.filename) {
  const oracle = await openOracle()
  const lines = expressions()
  const answers = await oracle.templates(lines, forOracle(variablesNode()) as Record<string, unknown>)
  const kept = lines.map((template, at) => ({ template, ...('error' in answers[at]! ? { refused: true } : { value: answers[at]!.value }) }))
  writeFileSync(join(folder, 'expressions.json'), `${JSON.stringify(kept, null, 2)}\n`)
  oracle.end()
}
