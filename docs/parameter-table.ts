import { parametersOf, variablesOf, type Role } from '../src/playbook/role.js'

type Described = Pick<Role, 'name' | 'params'>
/** The words of JSON Schema that a table tells. */
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

export const markers = { start: '<!-- parameters: written by `npm run docs` -->', end: '<!-- end of parameters -->' }

/** The parameters of a role as a markdown table, a line each, in the order of its schema. */
export function parameterTable(role: Described): string {
  const rows = Object.entries(parametersOf(role)).map(([name, schema]) => rowOf(role, name, schema as Schema))
  return ['| Variable | Values | Default | What |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

/** The page with the table between its markers renewed; everything else stays as it is. @throws Error when the page lacks a marker */
export function withTable(page: string, role: Described): string {
  const [start, end] = [page.indexOf(markers.start), page.indexOf(markers.end)]
  if (start < 0 || end < start) throw new Error(`docs/roles/${role.name}.md lacks the lines "${markers.start}" and "${markers.end}"`)
  return `${page.slice(0, start)}${markers.start}\n${parameterTable(role)}\n${page.slice(end)}`
}

function rowOf(role: Described, name: string, schema: Schema): string {
  const variables = variablesOf(role, name).map(code).join(', else ')
  const isRequired = (role.params.required as readonly string[] | undefined)?.includes(name) ?? false
  const otherwise = isRequired ? 'required' : schema.default === undefined ? '–' : defaultOf(schema.default)
  return `| ${[variables, valuesOf(schema), otherwise, oneCell(schema.description ?? '')].join(' | ')} |`
}

/** What may be given: names of an enum, a range, what a list is of, the keys of an object. */
export function valuesOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map(value => code(String(value))).join(', ')
  if (schema.const !== undefined) return code(String(schema.const))
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(valuesOf))].join(' or ')
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

const rangeOf = ({ minimum, maximum }: Schema) =>
  minimum === undefined && maximum === undefined ? '' : ` ${minimum ?? ''}–${maximum ?? ''}`

const defaultOf = (value: unknown): string =>
  typeof value === 'object' && Object.keys(value!).length === 0 ? 'none' : code(typeof value === 'string' ? value : JSON.stringify(value))

const code = (text: string) => `\`${oneCell(text)}\``
const oneCell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
