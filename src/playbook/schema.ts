import { isIP, isIPv4, isIPv6 } from 'node:net'
import { Ajv, type ValidateFunction } from 'ajv'
import { once } from '../once.js'
import type { ParamsSchema } from '../resources/resource.js'
import { toldMistakes, type Mistake } from './schema-mistake.js'

/** What is wrong with `value`, `[]` when nothing is. @param options.fillDefaults writes the schema's defaults into `value` */
export function mistakesOf(schema: ParamsSchema, value: unknown, { fillDefaults = false } = {}): Mistake[] {
  const validate = compiled(schema, fillDefaults)
  if (validate(value)) return []
  return toldMistakes(validate.errors ?? [], value)
}

/** A schema that is none is its author's mistake. @param refuse makes the error that is thrown; the problem is told with its place in the schema */
export function checkSchema(schema: ParamsSchema, refuse: (problem: string) => Error): void {
  try {
    compiled(schema, true)
  } catch (error) {
    throw refuse(refusalOf(schema) ?? (error as Error).message)
  }
}

const lenient = { allErrors: true, verbose: true, allowUnionTypes: true, strictTypes: false, strictRequired: false } as const
// The compiler refuses what is no schema by itself; asking JSON Schema's own schema first takes as long as all the rest, at every start.
const options = { ...lenient, validateSchema: false, meta: false, code: { optimize: false } } as const
const formats = { ipv4: isIPv4, ipv6: isIPv6, ip: (text: string) => isIP(text) !== 0, cidr: isCidr, endpoint: isEndpoint }
// Read by role.ts and secret-params.ts: the variable that sets a parameter besides the role's own, and that its value is shown nowhere.
const annotations = [
  { keyword: 'variable', schemaType: 'string' as const },
  { keyword: 'secret', schemaType: 'boolean' as const },
]
// Two compilers: parameters of a role get their defaults, those of a task are data that nobody may change.
const filling = once(() => annotated(new Ajv({ ...options, useDefaults: true, formats })))
const plain = once(() => new Ajv({ ...options, formats }))
const annotated = (ajv: Ajv) => annotations.reduce((made, keyword) => made.addKeyword(keyword), ajv)
const validators = { filling: new WeakMap<ParamsSchema, ValidateFunction>(), plain: new WeakMap<ParamsSchema, ValidateFunction>() }

function compiled(schema: ParamsSchema, fillDefaults: boolean): ValidateFunction {
  const cache = fillDefaults ? validators.filling : validators.plain
  const known = cache.get(schema)
  if (known) return known
  const made = (fillDefaults ? filling() : plain()).compile(schema)
  cache.set(schema, made)
  return made
}

/** What JSON Schema's own schema says against it. */
function refusalOf(schema: ParamsSchema): string | undefined {
  const strict = annotated(new Ajv({ ...lenient, formats }))
  return strict.validateSchema(schema) === true ? undefined : `schema is invalid: ${strict.errorsText(strict.errors)}`
}

function isCidr(text: string): boolean {
  const [, address, bits] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  if (address === undefined) return false
  return isIPv4(address) ? Number(bits) <= 32 : isIPv6(address) && Number(bits) <= 128
}

/** Scheme, host and port, and nothing else: `https://198.18.0.11:2379`. Who reads one, Go or curl, must see the same three. */
function isEndpoint(text: string): boolean {
  const [, host = '', port] = /^https?:\/\/([^/:@\s]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})$/.exec(text) ?? []
  if (port === undefined || Number(port) < 1 || Number(port) > 65535) return false
  if (host.startsWith('[')) return isIPv6(host.slice(1, -1))
  return /^[0-9.]+$/.test(host) ? isIPv4(host) : /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(host)
}
