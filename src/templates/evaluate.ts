import type { Origin } from '../errors.js'
import type { Value, Variables } from '../inventory/model.js'
import { errorAt } from '../error-at.js'
import { once } from '../once.js'
import type { YamlNode } from '../yaml.js'
import { Evaluator } from './evaluator.js'
import { parseExpression } from './grammar.js'
import { mayBeTemplate, nodeOfJinja, plainOfJinja } from './node-values.js'
import { UndefinedVariable, asSecret, type Scope } from './scope.js'
import { isTemplateText } from './template-text.js'
import { Omitted, typeName, Undefined, wholeOf, type Jinja } from './values.js'

/**
 * A value with every template in it evaluated: `"{{ 1 + 1 }}"` is 2, `"a{{ 1 }}"` is text. Positions in the result are those of what was written;
 * what a secret went into holds `Secret`s; a `{{` in the result is text.
 * @param label what it is, for errors: the name of the variable or key
 * @returns undefined: the value is `omit`, to be taken as not written
 * @throws InputError with the position of the template at fault; UndefinedVariable where something is missing
 */
export function evaluate(written: Value, scope: Scope, label: string): Value | undefined {
  if (!holdsTemplate(written)) return written
  return resolved(written.origin, scope, label, () => scope.jinjaOf(written, label), written.node)
}

/** One text, wherever it was written. */
export function evaluateText(text: string, scope: Scope, origin: Origin, label: string): Value | undefined {
  const node: YamlNode = { kind: 'scalar', origin, value: text, raw: text, plain: false }
  return evaluate({ value: text, origin, node }, scope, label)
}

/** One expression without braces, as `loop: "{{ … }}"` holds it inside, or `until`. Secrets in the result are `Secret`s. */
export function evaluateExpression(text: string, scope: Scope, origin: Origin, label: string): Value | undefined {
  return resolved(origin, scope, label, () => expressionIn(text, scope, origin, label, false))
}

/**
 * What `when` says: an expression without braces, or a boolean. As in Ansible from 2.19 on, anything but true and false is an error.
 * @throws InputError
 */
export function condition(written: string | boolean, scope: Scope, origin: Origin, label = 'when'): boolean {
  if (typeof written === 'boolean') return written
  const braces = /^\s*\{\{([\s\S]*)\}\}\s*$/.exec(written)
  const value = expressionIn(braces ? braces[1]! : written, scope, origin, label, true)
  if (typeof value === 'boolean') return value
  throw errorAt(origin, `${label}: the condition is ${typeName(value)}, not true or false`, {
    next: 'Compare it (`x | length > 0`), or say `x is truthy`, or `x | bool` where x is a word like yes.',
  })
}

/** Variables with their templates evaluated, one by one as they are asked for. */
export class EvaluatedVariables implements Variables {
  private readonly made = new Map<string, Value | undefined>()
  private readonly names = once(() => new Set(this.layers.flatMap(layer => [...layer.keys()])))

  /**
   * @param layers strongest first
   * @param scope in which templates in them are evaluated; made only where there is one
   */
  constructor(
    private readonly layers: readonly Variables[],
    private readonly scope: () => Scope,
  ) {}

  get size(): number {
    return this.names().size
  }
  has(name: string): boolean {
    return this.layers.some(layer => layer.has(name))
  }
  /** @throws InputError where the value was written */
  get(name: string): Value | undefined {
    if (!this.made.has(name)) {
      const written = this.layers.find(layer => layer.has(name))?.get(name)
      if (written === undefined || !holdsTemplate(written)) return written
      this.made.set(name, evaluate(written, this.scope(), name))
    }
    return this.made.get(name)
  }
  keys(): MapIterator<string> {
    return this.names().keys()
  }
  *entries(): MapIterator<[string, Value]> {
    for (const name of this.names()) {
      const value = this.get(name)
      if (value) yield [name, value]
    }
  }
  *values(): MapIterator<Value> {
    for (const [, value] of this.entries()) yield value
  }
  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries()
  }
  forEach(told: (value: Value, name: string, map: Variables) => void): void {
    for (const [name, value] of this) told(value, name, this)
  }
}

/** Is there a template in the value, at any depth? What netplay itself set, or a host said, has no node and none. */
export const holdsTemplate = ({ node }: Value): boolean => node !== undefined && nodeHolds(node)

function nodeHolds(node: YamlNode): boolean {
  if (node.kind === 'sequence') return node.items.some(nodeHolds)
  if (node.kind === 'mapping') return node.entries.some(({ value }) => nodeHolds(value))
  return mayBeTemplate(node) && isTemplateText(node.value)
}

function expressionIn(text: string, scope: Scope, origin: Origin, label: string, escapes: boolean): Jinja {
  return scope.during(label, origin, () => {
    const evaluator = new Evaluator(scope)
    const value = evaluator.whole(evaluator.value(parseExpression(text, escapes)))
    return evaluator.usedSecret ? asSecret(value) : value
  })
}

function resolved(origin: Origin, scope: Scope, label: string, make: () => Jinja, node?: YamlNode): Value | undefined {
  try {
    const value = defined(wholeOf(make()))
    if (value instanceof Omitted) return undefined
    return { value: plainOfJinja(value), origin, node: positioned(nodeOfJinja(value, origin), node) }
  } catch (error) {
    throw scope.told(error, origin)
  }
}

/** Throws what a template that is used in full could not find. */
function defined<T extends Jinja>(value: T): T {
  if (value instanceof Undefined) throw value.details.error ?? new UndefinedVariable(value.problem)
  if (Array.isArray(value)) value.forEach(defined)
  if (value instanceof Map) [...(value as ReadonlyMap<string, Jinja>).values()].forEach(defined)
  return value
}

/** Where the written value has the same keys, its positions are those of the result. */
function positioned(made: YamlNode, written: YamlNode | undefined): YamlNode {
  if (!written) return made
  if (made.kind === 'mapping' && written.kind === 'mapping') {
    const entries = new Map(written.entries.map(entry => [entry.key, entry]))
    return {
      ...made,
      origin: written.origin,
      entries: made.entries.map(entry => {
        const from = entries.get(entry.key)
        return from ? { ...entry, keyOrigin: from.keyOrigin, keyIsText: from.keyIsText, value: positioned(entry.value, from.value) } : entry
      }),
    }
  }
  if (made.kind === 'sequence' && written.kind === 'sequence' && made.items.length === written.items.length)
    return { ...made, origin: written.origin, items: made.items.map((item, at) => positioned(item, written.items[at])) }
  if (written.kind === 'scalar' && made.kind === 'scalar' && !isTemplateText(String(written.value))) return { ...written }
  return { ...made, origin: written.origin }
}
