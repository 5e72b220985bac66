import { errorAt } from '../error-at.js'
import type { Value, Variables } from '../inventory/model.js'
import { evaluate } from '../templates/evaluate.js'
import type { Scope } from '../templates/scope.js'
import type { KindTask, Loop } from './written-task.js'

/** Without a loop there is one item, which is nothing. */
export function itemsOf({ loop, when }: Pick<KindTask, 'loop' | 'when'>, scope: () => Scope): [(Value | undefined)[], Loop?] {
  if (loop === undefined) return [[undefined]]
  // As in Ansible, what says no whatever the item is asked before the list.
  if (when.some(({ text }) => text === false)) return [[], loop]
  const over = evaluate(loop.over, scope(), 'loop')
  if (!Array.isArray(over?.value)) throw errorAt(loop.over.origin, '`loop` must be a list, or a template that gives one')
  const nodes = over.node?.kind === 'sequence' ? over.node.items : []
  return [
    (over.value as unknown[]).map((value, at) => ({
      value,
      origin: nodes[at]?.origin ?? over.origin,
      ...(nodes[at] ? { node: nodes[at] } : {}),
    })),
    loop,
  ]
}

export const loopVariables = ({ variable, indexVariable, over }: Loop, item: Value, index: number): Variables =>
  new Map([[variable, item], ...(indexVariable === undefined ? [] : [[indexVariable, { value: index, origin: over.origin }] as const])])
