import { InputError, type Origin } from '../errors.js'
import { SourceText } from '../source-text.js'
import type { OpenVault } from '../vaulted.js'
import { describeNode, parseYaml } from '../yaml.js'
import type { Value, Variables } from './model.js'
import type { Assignment, Warn } from './operations.js'
import { splitAssignments } from './split-assignments.js'
import { loadVarsFile } from './vars-folder.js'
import { assignmentsOf } from './yaml-source.js'

const commandLine: Origin = { file: '--extra-vars', line: 0, column: 0 }

/**
 * The values of `-e`, later ones win: `k=v w="two words"` are texts, `{"k": 1}` (YAML or JSON) and `@file` are typed.
 * @throws InputError with what to write instead
 */
export async function parseExtraVars(values: readonly string[], warn: Warn = () => {}, openVault?: OpenVault): Promise<Map<string, Value>> {
  const merged = new Map<string, Value>()
  for (const value of values) for (const [name, variable] of await oneOption(value, warn, openVault)) merged.set(name, variable)
  return merged
}

async function oneOption(value: string, warn: Warn, openVault?: OpenVault): Promise<Variables | readonly Assignment[]> {
  if (value === '') return []
  if (value.startsWith('@')) return loadVarsFile(value.slice(1), warn, openVault)
  if (value.startsWith('/') || value.startsWith('.')) {
    throw new InputError(`Please prepend extra_vars filename '${value}' with '@'`, { origin: commandLine, next: `Write -e @${value}` })
  }
  return value.startsWith('{') || value.startsWith('[') ? inline(value, warn, openVault) : keyValues(value, warn)
}

function inline(text: string, warn: Warn, openVault?: OpenVault): readonly Assignment[] {
  const source = new SourceText(commandLine.file, text, { openVault })
  const root = parseYaml(source)
  if (root.kind !== 'mapping') throw source.error(`a mapping of variables is expected, this is ${describeNode(root)}`, root.origin)
  return assignmentsOf(root, warn)
}

function keyValues(text: string, warn: Warn): readonly Assignment[] {
  return splitAssignments(text).map(([name, value]) => {
    if (!/^[A-Za-z_]\w*$/.test(name)) warn(`"${name}" is no valid variable name (letters, digits and _, no digit first)`, commandLine)
    return [name, { value, origin: commandLine, node: { kind: 'scalar', origin: commandLine, value, raw: value, plain: false } }]
  })
}
