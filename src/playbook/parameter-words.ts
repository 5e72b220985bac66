import type { ParamsSchema } from '../resources/resource.js'

/** The words of JSON Schema that people are told. */
interface Schema {
  type?: string | readonly string[]
  enum?: readonly unknown[]
  const?: string | number | boolean
  anyOf?: readonly Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  format?: string
  minimum?: number
  maximum?: number
  default?: unknown
  description?: string
}

export interface ParameterWords {
  name: string
  /** what may be given, as markdown */
  values: string
  /** what holds without it: `required`, `–` for nothing, or the default, as markdown */
  otherwise: string
  description: string
}

/** The parameters that a schema has, in its order. */
export function parameterWords({ properties, required }: ParamsSchema): ParameterWords[] {
  return Object.entries((properties ?? {}) as Record<string, Schema>).map(([name, schema]) => {
    const isRequired = (required as readonly string[] | undefined)?.includes(name) ?? false
    const otherwise = isRequired ? 'required' : schema.default === undefined ? '–' : defaultOf(schema.default)
    return { name, values: valuesOf(schema), otherwise, description: oneLine(schema.description ?? '') }
  })
}

/** Names of an enum, a range, what a list is of, the keys of an object. */
function valuesOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map(value => code(String(value))).join(', ')
  if (schema.const !== undefined) return code(String(schema.const))
  if (schema.anyOf !== undefined && schema.type === undefined) return [...new Set(schema.anyOf.map(valuesOf))].join(' or ')
  return typesOf(schema)
    .map(type => typeWords(type, schema))
    .join(' or ')
}

const typesOf = ({ type = 'anything' }: Schema): readonly string[] => (typeof type === 'string' ? [type] : type)

function typeWords(type: string, schema: Schema): string {
  if (type === 'integer' || type === 'number') return [type, rangeOf(schema)].join('')
  if (type === 'boolean') return '`true`, `false`'
  if (type === 'array') return `list of ${valuesOf(schema.items ?? { type: 'anything' })}`
  if (type === 'object') return objectWords(schema)
  return schema.format ?? (type === 'string' ? 'text' : type)
}

function objectWords({ properties, additionalProperties }: Schema): string {
  const keys = Object.keys(properties ?? {})
  if (keys.length > 0) return code(`{${keys.join(', ')}}`)
  return typeof additionalProperties === 'object' ? `names, each with ${valuesOf(additionalProperties)}` : 'object'
}

function rangeOf({ minimum, maximum }: Schema): string {
  if (minimum === undefined) return maximum === undefined ? '' : ` up to ${maximum}`
  return ` ${minimum}–${maximum ?? ''}`
}

const defaultOf = (value: unknown): string =>
  typeof value === 'object' && Object.keys(value!).length === 0 ? 'none' : code(typeof value === 'string' ? value : JSON.stringify(value))

const code = (text: string) => `\`${oneLine(text)}\``
const oneLine = (text: string) => text.replaceAll('\n', ' ')
