import fc from 'fast-check'

interface Schema {
  type?: string | readonly string[]
  enum?: readonly unknown[]
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  anyOf?: readonly Schema[]
  oneOf?: readonly Schema[]
  required?: readonly string[]
}

const pieces = [
  "'",
  '"',
  '`id`',
  '$(id)',
  '${IFS}',
  '\n',
  '\\',
  ' ',
  '%',
  '%i',
  '$',
  '{',
  '}',
  ':',
  '=',
  '#',
  ';',
  '-',
  'é',
  '🐳',
  'a',
  '\t',
]
const hostile = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }).map(parts => parts.join(''))
const formats: Record<string, fc.Arbitrary<string>> = {
  cidr: fc.tuple(fc.integer({ min: 14, max: 28 }), fc.nat(255)).map(([bits, b]) => `10.${b}.0.0/${bits}`),
  endpoint: fc
    .tuple(
      fc.constantFrom('http', 'https'),
      fc.oneof(
        fc.ipV4(),
        fc.ipV6().map(text => `[${text}]`),
        fc.domain(),
      ),
      fc.integer({ min: 1, max: 65535 }),
    )
    .map(([scheme, host, port]) => `${scheme}://${host}:${port}`),
  ipv4: fc.ipV4(),
  ip: fc.ipV4(),
}

/** Values that a schema of parameters lets through, hostile text wherever text may be. Properties that are not required may be left out. */
export function anyOfSchema(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const forms = schema.anyOf ?? schema.oneOf
  if (forms !== undefined) return fc.oneof(...forms.map(form => anyOfSchema({ ...schema, anyOf: undefined, oneOf: undefined, ...form })))
  const type = Array.isArray(schema.type) ? (schema.type as string[])[0] : schema.type
  switch (type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1e6 })
    case 'number':
      return fc.float({ min: schema.minimum ?? 0, max: schema.maximum ?? 1000, noNaN: true })
    case 'array':
      return fc.array(anyOfSchema(schema.items ?? { type: 'string' }), { minLength: schema.minItems ?? 0, maxLength: schema.maxItems ?? 3 })
    case 'object':
      return anyObject(schema)
    default:
      return anyText(schema)
  }
}

/** Most parameters are left out most of the time: two odd ones at once are refused more often than not. */
const sometimes = (value: fc.Arbitrary<unknown>, always: boolean): fc.Arbitrary<unknown> =>
  always ? value : fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })

function anyText({ format, pattern, minLength = 0, maxLength = 300 }: Schema): fc.Arbitrary<string> {
  if (format !== undefined && formats[format] !== undefined) return formats[format]
  const fits = (text: string) =>
    text.length >= minLength && text.length <= maxLength && (pattern === undefined || new RegExp(pattern).test(text))
  if (pattern === undefined) return hostile.filter(fits)
  return fc.stringMatching(new RegExp(pattern)).filter(fits)
}

function anyObject({ properties = {}, additionalProperties, required = [] }: Schema): fc.Arbitrary<unknown> {
  const known = fc
    .record(
      Object.fromEntries(
        Object.entries(properties).map(([name, schema]) => [name, sometimes(anyOfSchema(schema), required.includes(name))]),
      ),
    )
    .map(fields => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)))
  if (additionalProperties === false || Object.keys(properties).length > 0) return known
  const value = typeof additionalProperties === 'object' ? anyOfSchema(additionalProperties) : fc.oneof(hostile, fc.boolean(), fc.nat(100))
  return fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z]{0,8}$/), value, { maxKeys: 3, noNullPrototype: true })
}
