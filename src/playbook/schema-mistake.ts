import type { ErrorObject } from 'ajv'
import type { ParamsSchema } from '../resources/resource.js'
import { didYouMean } from '../suggest.js'

/** One thing that a schema does not let through. */
export interface Mistake {
  /** keys and indices down to the value at fault; an unknown key ends with that key */
  path: string[]
  kind: 'missing' | 'unknown' | 'wrong'
  /** `must be an integer, not text`; for `missing` the path ends with what is missing. Never the value itself: it may be a secret */
  problem: string
}

/** ajv's errors in the words of an admin. A misspelt key explains a missing one: it is told first. */
export const toldMistakes = (errors: readonly ErrorObject[], value: unknown): Mistake[] =>
  mainErrors(errors)
    .map(error => mistakeOf(error, value))
    .sort((a, b) => Number(b.kind === 'unknown') - Number(a.kind === 'unknown'))

/** ajv tells every form of an `anyOf` that fails; what helps is the choice, or the fault inside the form that was meant. */
function mainErrors(errors: readonly ErrorObject[]): ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')
  const hidden = new Set<ErrorObject>()
  const told: ErrorObject[] = []
  for (const choice of choices) {
    const parts = errors.filter(error => error !== choice && error.schemaPath.startsWith(`${choice.schemaPath}/`))
    for (const part of parts) hidden.add(part)
    const meant = faultOfMeantForm(choice, parts)
    if (meant) hidden.add(choice)
    if (meant && meant.keyword !== 'anyOf' && meant.keyword !== 'oneOf') told.push(meant)
  }
  // `if` fails with the part of `then` or `else` that is told as well.
  return [...told, ...errors.filter(error => !hidden.has(error) && error.keyword !== 'if')]
}

/** The form with the fewest faults is meant; `undefined` when none is nearer than the others: the value is of no form's type, or says nothing. */
function faultOfMeantForm({ schemaPath, instancePath, data }: ErrorObject, parts: readonly ErrorObject[]): ErrorObject | undefined {
  const forms = new Map<string, ErrorObject[]>()
  for (const part of parts) {
    const form = part.schemaPath.slice(schemaPath.length + 1).split('/')[0]!
    forms.set(form, [...(forms.get(form) ?? []), part])
  }
  const isOfType = (faults: ErrorObject[]) => !faults.some(fault => fault.keyword === 'type' && fault.instancePath === instancePath)
  const [nearest] = [...forms.values()].filter(isOfType).sort((one, other) => one.length - other.length)
  const helps = ({ keyword, instancePath: at }: ErrorObject) => keyword === 'additionalProperties' || at.length > instancePath.length
  const saysSomething = typeof data === 'object' && data !== null && Object.keys(data).length > 0
  return nearest?.find(helps) ?? (saysSomething ? nearest?.find(({ keyword }) => keyword === 'required') : undefined)
}

function mistakeOf(error: ErrorObject, value: unknown): Mistake {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const params = error.params as Record<string, unknown>
  switch (error.keyword) {
    case 'required':
      return { path: [...path, params.missingProperty as string], kind: 'missing', problem: 'is missing' }
    case 'additionalProperties': {
      const name = params.additionalProperty as string
      return {
        path: [...path, name],
        kind: 'unknown',
        problem: didYouMean(name, Object.keys((error.parentSchema as ParamsSchema).properties ?? {})),
      }
    }
    case 'type':
      return {
        path,
        kind: 'wrong',
        problem: `must be ${[params.type].flat().map(typeName).join(' or ')}, not ${describe(valueAt(value, path))}`,
      }
    case 'enum':
    case 'const':
      return { path, kind: 'wrong', problem: choiceProblem([params.allowedValues ?? params.allowedValue].flat(), valueAt(value, path)) }
    case 'format':
      return { path, kind: 'wrong', problem: `must be ${formatNames[params.format as string] ?? `a ${params.format}`}` }
    case 'anyOf':
    case 'oneOf':
      return { path, kind: 'wrong', problem: formsProblem(error.schema as ParamsSchema[], params.passingSchemas, valueAt(value, path)) }
    default:
      return { path, kind: 'wrong', problem: error.message ?? 'does not fit' }
  }
}

function choiceProblem(allowed: unknown[], given: unknown): string {
  const list = allowed.map(one => JSON.stringify(one)).join(', ')
  const near =
    typeof given === 'string'
      ? didYouMean(
          given,
          allowed.filter(one => typeof one === 'string'),
        )
      : ''
  return `must be ${allowed.length === 1 ? '' : 'one of '}${list}${near}`
}

function formsProblem(forms: ParamsSchema[], passing: unknown, given: unknown): string {
  const keys = forms.flatMap(({ required }) => (Array.isArray(required) && required.length === 1 ? (required as string[]) : []))
  if (keys.length === forms.length) return `must have ${passing ? 'only one' : 'one'} of ${keys.join(', ')}`
  const types = [...new Set(forms.flatMap(({ type }) => (type === undefined ? [] : [type].flat().map(typeName))))]
  return types.length > 0 ? `must be ${types.join(' or ')}, not ${describe(given)}` : 'fits none of the forms it may have'
}

const formatNames: Record<string, string> = {
  endpoint: 'scheme, host and port, like https://198.18.0.11:2379',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  ip: 'an IP address',
  cidr: 'a network such as 10.244.0.0/16',
}
const typeName = (type: unknown) =>
  ({
    string: 'text',
    integer: 'an integer',
    number: 'a number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
    null: 'null',
  })[type as string] ?? String(type)

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce(
    (inside: unknown, key) => (typeof inside === 'object' && inside !== null ? (inside as Record<string, unknown>)[key] : undefined),
    value,
  )

/** What a value is, in the words of an error, without the value. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a fraction'
  return { string: 'text', boolean: 'a boolean', object: 'a mapping' }[typeof value as string] ?? typeof value
}
