import type { ParamsSchema } from '../resources/resource.js'

// JSON Schemas as editors take them: templates may stand for values, and words that only netplay knows are spelt out. Source: JSON Schema draft 7.

export const draft = 'http://json-schema.org/draft-07/schema#'
/** Where `definitions` has the schema of a text with a template in it. */
const template = { $ref: '#/definitions/template' }
export const definitions = { template: { type: 'string', pattern: '\\{\\{|\\{%', description: 'a template' } }

/** Formats of netplay's own, as patterns that tell most mistakes. */
const patterns: Record<string, string> = {
  cidr: '^[0-9a-fA-F:.]+/[0-9]{1,3}$',
  ip: '^[0-9a-fA-F:.]+$',
  ipv4: '^[0-9]+(\\.[0-9]+){3}$',
  ipv6: '^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$',
  endpoint: '^https?://[^/\\s]+:[0-9]{1,5}$',
}
const yesNo = { enum: ['yes', 'no', 'on', 'off', 'true', 'false', 'Yes', 'No', 'True', 'False'] }

/** A schema of parameters as YAML may meet it: what is templated is known host by host, and booleans have Ansible's words. */
export function editorSchema(schema: ParamsSchema): ParamsSchema {
  const { variable: _variable, secret: _secret, description, default: given, format, ...rest } = inside(schema)
  const told = { ...(description === undefined ? {} : { description }), ...(given === undefined ? {} : { default: given }) }
  const pattern = patterns[String(format)]
  const strict: ParamsSchema = { ...rest, ...(pattern === undefined ? {} : { pattern }) }
  if (isAnyText(strict) || Object.keys(strict).length === 0) return { ...strict, ...told }
  return { ...told, anyOf: [strict, ...([strict.type].flat().includes('boolean') ? [yesNo] : []), template] }
}

/** What it is made of, made fit for editors in turn. */
function inside(schema: ParamsSchema): ParamsSchema {
  const made: ParamsSchema = { ...schema }
  if (isSchemas(schema.properties)) made.properties = mapped(schema.properties, editorSchema)
  for (const keyword of ['items', 'additionalProperties']) if (isSchema(schema[keyword])) made[keyword] = editorSchema(schema[keyword])
  for (const keyword of ['anyOf', 'oneOf', 'allOf'])
    // Forms that only say what is required are about the whole, and stay.
    if (Array.isArray(schema[keyword]))
      made[keyword] = (schema[keyword] as ParamsSchema[]).map(form => ('type' in form ? inside(form) : form))
  return made
}

const isAnyText = ({ type, ...rest }: ParamsSchema) => type === 'string' && Object.keys(rest).length === 0
const isSchema = (value: unknown): value is ParamsSchema => typeof value === 'object' && value !== null && !Array.isArray(value)
const isSchemas = (value: unknown): value is Record<string, ParamsSchema> => isSchema(value)

export const mapped = <T, R>(all: Readonly<Record<string, T>>, make: (one: T, name: string) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(all).map(([name, one]) => [name, make(one, name)]))
