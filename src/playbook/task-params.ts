import { errorAt } from '../error-at.js'
import type { Origin } from '../errors.js'
import type { Value } from '../inventory/model.js'
import { Secret } from '../secret.js'
import type { Task } from '../resources/resource.js'
import { evaluate } from '../templates/evaluate.js'
import type { Scope } from '../templates/scope.js'
import { Vaulted } from '../vaulted.js'
import { describeNode, entryOf, type YamlNode } from '../yaml.js'
import { positionOf } from './params.js'
import { asBoolean } from './read-node.js'
import { mistakesOf } from './schema.js'
import type { Mistake } from './schema-mistake.js'
import { holdsSecret } from './secret-params.js'
import { snakeCase } from './snake-schema.js'
import type { TaskKind } from './task-kinds.js'
import { insteadOfParameter } from './task-words.js'
import type { KindTask } from './written-task.js'

/**
 * A task on one host, as its kind makes it: templates evaluated, names in camelCase, a mode as a number.
 * @throws InputError where the parameter was written
 */
export function makeTask(written: KindTask, scope: Scope, title: string): Task {
  const { kind } = written
  const value = evaluate(written.params, scope, kind.key) ?? written.params
  const given = fitted(value, kind)
  for (const [name, one] of Object.entries(given))
    if (holdsSecret(one) && !mayBeSecret(kind, name)) throw shownError(kind, name, one, positionOf(value, [name]))
  if (kind.key === 'file' && typeof given.content === 'object' && !(given.content instanceof Secret))
    throw errorAt(positionOf(value, ['content']), '`content` of file must be text', {
      next: 'Write `{{ … | to_nice_json }}` or to_nice_yaml of it.',
    })
  const [mistake] = mistakesOf(kind.schema, given)
  if (mistake) throw paramError(mistake, written, title, value)
  const task = kind.factory(title, given, kind.key === 'command' ? environmentOf(written.environment, scope) : {})
  const meant = task.type === 'cluster' ? task.kind.mistake?.(task.desired) : undefined
  if (meant) throw paramError({ kind: 'wrong', ...meant, path: meant.path.map(snakeCase) }, written, title, value)
  return task
}

const mayBeSecret = ({ key }: TaskKind, name: string) => key === 'file' && name === 'content'

/** A key without a value is not given; words for booleans are taken, and modes in octal. */
function fitted({ value, node }: Value, { schema }: TaskKind): Record<string, unknown> {
  const properties = schema.properties as Record<string, Record<string, unknown> | undefined>
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([name, one]: [string, unknown]) => {
      if (one === null && properties[name] !== undefined && name !== 'value') return []
      if (name === 'mode') return [[name, modeOf(one, node && entryOf(node, name)?.value)]]
      return [[name, properties[name]?.type === 'boolean' && typeof one === 'string' ? (asBoolean(one) ?? one) : one]]
    }),
  )
}

/** `'0644'` and `0644`; 644 without the zero would be another number, as it is in Ansible. */
function modeOf(value: unknown, node: YamlNode | undefined): unknown {
  const raw = node?.kind === 'scalar' ? node.raw : String(value)
  if (/^0?o?[0-7]{3,4}$/.test(raw) && (typeof value === 'string' || raw.startsWith('0')))
    return Number.parseInt(raw.replace(/^0?o?/, ''), 8)
  if (node === undefined) return value
  throw errorAt(
    node.origin,
    `\`mode\` must be octal digits in quotes, such as '0644', not ${node.kind === 'scalar' ? JSON.stringify(raw) : describeNode(node)}`,
  )
}

function shownError({ key }: TaskKind, name: string, value: unknown, origin: Origin) {
  return errorAt(
    value instanceof Vaulted ? value.origin : origin,
    `\`${name}\` of ${key} holds something encrypted or private, and it is shown in plans and diffs`,
    {
      next: 'Only `content` of a file may be secret: put it there, and name the file. Nothing was changed.',
    },
  )
}

function paramError({ path, kind: fault, problem }: Mistake, { kind, origin, params }: KindTask, title: string, value: Value) {
  const name = path.join('.')
  const text = {
    missing: `${kind.key} "${title}" needs the parameter "${name}"`,
    unknown: `${kind.key} "${title}" has no parameter "${name}"${problem}`,
    wrong:
      path.length === 0 ? `parameters of ${kind.key} "${title}": ${problem}` : `parameter "${name}" of ${kind.key} "${title}" ${problem}`,
  }[fault]
  const at = fault === 'missing' ? params.origin : positionOf(value, path, fault === 'unknown')
  const instead = path.length === 1 && fault === 'unknown' ? insteadOfParameter[kind.key]?.[name] : undefined
  return errorAt(at.line > 0 ? at : origin, text, {
    next:
      instead === undefined ? `\`netplay docs ${kind.key}\` shows its parameters; nothing was changed.` : `${instead} Nothing was changed.`,
  })
}

/** What the texts of a command run with. */
function environmentOf(environment: readonly Value[], scope: Scope): Record<string, string> {
  const set: Record<string, string> = {}
  for (const written of environment) {
    const value = evaluate(written, scope, 'environment')
    if (value === undefined || value.value === null || value.value === '') continue
    if (typeof value.value !== 'object' || Array.isArray(value.value))
      throw errorAt(written.origin, '`environment` is a mapping of names to values')
    for (const [name, one] of Object.entries(value.value)) {
      if (!/^[A-Za-z_]\w*$/.test(name))
        throw errorAt(positionOf(value, [name], true), `${JSON.stringify(name)} is not a name for an environment variable`)
      if (holdsSecret(one))
        throw errorAt(positionOf(value, [name]), `environment variable ${name} is encrypted, and texts of commands are shown in plans`, {
          next: 'Put it into a file with `file`, root-only, and let the command read it.',
        })
      if (typeof one === 'object' && one !== null) throw errorAt(positionOf(value, [name]), `environment variable ${name} must be text`)
      set[name] = typeof one === 'string' ? one : JSON.stringify(one ?? '')
    }
  }
  return set
}
