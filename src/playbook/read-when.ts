import { errorAt } from '../error-at.js'
import type { ReadNode } from './read-node.js'
import type { Condition } from './written-task.js'

/** An expression, a boolean, or a list of these. */
export const readConditions: ReadNode<Condition[]> = (node, key) =>
  (node.kind === 'sequence' ? node.items : [node]).map(item => {
    if (item.kind !== 'scalar' || item.value === null || (typeof item.value === 'number' && item.value !== 0 && item.value !== 1))
      throw errorAt(item.origin, `\`${key}\` is an expression, true or false, or a list of these`)
    return { text: typeof item.value === 'boolean' ? item.value : item.raw, origin: item.origin }
  })
