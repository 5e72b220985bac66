import { errorAt } from '../error-at.js'
import { entryOf, type YamlEntry } from '../yaml.js'
import { readText } from './read-node.js'
import { valueOfNode } from './read-vars.js'
import type { TaskKeyword } from './task-keys.js'
import type { Loop } from './written-task.js'

/** `loop` and `loop_control` of a task or an include. */
export function readLoop(keywords: Map<TaskKeyword, YamlEntry>): Loop | undefined {
  const over = keywords.get('loop')
  const control = keywords.get('loop_control')
  if (over === undefined) {
    if (control !== undefined) throw errorAt(control.keyOrigin, '`loop_control` needs a `loop`')
    return undefined
  }
  const known = ['loop_var', 'index_var', 'label', 'pause', 'extended', 'extended_allitems', 'break_when']
  if (control !== undefined && control.value.kind !== 'mapping') throw errorAt(control.value.origin, '`loop_control` is a mapping')
  for (const { key, keyOrigin } of control?.value.kind === 'mapping' ? control.value.entries : [])
    if (!known.slice(0, 3).includes(key))
      throw errorAt(keyOrigin, `\`loop_control\` has no \`${key}\`; it has ${known.slice(0, 3).join(', ')}`)
  const given = (key: string) => control && entryOf(control.value, key)?.value
  const [variable, index, label] = [given('loop_var'), given('index_var'), given('label')]
  return {
    over: valueOfNode(over.value),
    variable: variable === undefined ? 'item' : readText(variable, 'loop_var'),
    ...(index === undefined ? {} : { indexVariable: readText(index, 'index_var') }),
    ...(label === undefined ? {} : { label: valueOfNode(label) }),
  }
}
