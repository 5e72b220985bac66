import type { ParamsSchema } from '../resources/resource.js'

/** `startTimeoutSeconds` -> `start_timeout_seconds`: how YAML writes the name of a parameter. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/**
 * A kind's schema as YAML has it: names of parameters in snake_case, at any depth. Names that are the admin's own data (labels, fields of calico)
 * are in no `properties`, and stay. `mode` may also be written as Ansible has it, digits in quotes.
 */
export function snakeSchema(schema: ParamsSchema): ParamsSchema {
  const made: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'properties') made[keyword] = snakeProperties(value as Record<string, ParamsSchema>)
    else if (keyword === 'required') made[keyword] = (value as string[]).map(snakeCase)
    else if (isForms(keyword)) made[keyword] = (value as ParamsSchema[]).map(snakeSchema)
    else if (keyword === 'items') made[keyword] = snakeSchema(value as ParamsSchema)
    else made[keyword] = value
  }
  return made
}

/** Parameters that the snake_case schema lets through -> as the kind's own schema has them. What is no plain data (a Secret) stays what it is. */
export function camelValue(value: unknown, schema: ParamsSchema): unknown {
  const forms = formsOf(schema)
  if (Array.isArray(value)) {
    const items = forms.find(form => form.items !== undefined)?.items as ParamsSchema | undefined
    return items === undefined ? value : value.map(item => camelValue(item, items))
  }
  if (!isPlainObject(value)) return value
  const parameters = new Map(
    forms
      .flatMap(form => Object.entries((form.properties ?? {}) as Record<string, ParamsSchema>))
      .map(([name, of]) => [snakeCase(name), { name, of }]),
  )
  return Object.fromEntries(
    Object.entries(value).map(([key, inside]) => {
      const parameter = parameters.get(key)
      if (parameter === undefined) return [key, inside]
      return [parameter.name, isMode(key, parameter.of) ? modeOf(inside) : camelValue(inside, parameter.of)]
    }),
  )
}

const isForms = (keyword: string) => keyword === 'anyOf' || keyword === 'oneOf' || keyword === 'allOf'

const snakeProperties = (properties: Record<string, ParamsSchema>) =>
  Object.fromEntries(Object.entries(properties).map(([name, of]) => [snakeCase(name), isMode(name, of) ? withDigits(of) : snakeSchema(of)]))

/** The schema and, in turn, those that it offers a choice of. */
const formsOf = (schema: ParamsSchema): ParamsSchema[] => [
  schema,
  ...Object.entries(schema).flatMap(([keyword, forms]) => (isForms(keyword) ? (forms as ParamsSchema[]).flatMap(formsOf) : [])),
]

const isMode = (name: string, { type, maximum }: ParamsSchema) => name === 'mode' && type === 'integer' && maximum === 0o7777
const withDigits = (mode: ParamsSchema): ParamsSchema => ({
  description: "permission bits: '0644' or 0644",
  anyOf: [mode, { type: 'string', pattern: '^0?[0-7]{3,4}$' }],
})
const modeOf = (mode: unknown) => (typeof mode === 'string' ? Number.parseInt(mode, 8) : mode)

const isPlainObject = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
