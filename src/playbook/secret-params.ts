import { Secret } from '../secret.js'
import type { ParamsSchema } from '../resources/resource.js'

/** A deep copy with every secret opened: for the schema alone to look at. */
export function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal()
  if (Array.isArray(value)) return value.map(revealed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, revealed(inside)]))
}

export const holdsSecret = (value: unknown): boolean =>
  value instanceof Secret || (typeof value === 'object' && value !== null && Object.values(value).some(holdsSecret))

/**
 * Parameters as a role gets them: what its schema calls `secret: true` is a Secret however it was given, everything else is shown in plans.
 * @param value as the schema let it through, secrets opened, defaults filled in
 * @param given the same as it was given
 * @param refuse makes the error for a secret where the schema has none
 */
export function keepSecrets(schema: ParamsSchema, value: unknown, given: unknown, refuse: (secret: Secret) => Error): unknown {
  if (schema.secret === true && value !== undefined)
    return given instanceof Secret ? given : new Secret(typeof value === 'string' ? value : JSON.stringify(value))
  if (given instanceof Secret) throw refuse(given)
  const inside = (part: ParamsSchema | undefined, key: string, one: unknown) =>
    keepSecrets(part ?? {}, one, (given as Record<string, unknown> | undefined)?.[key], refuse)
  if (Array.isArray(value)) return value.map((item, index) => inside(schemaIn(schema, 'items'), String(index), item))
  if (typeof value !== 'object' || value === null) return value
  const properties = schemaIn(schema, 'properties') ?? {}
  const others = schemaIn(schema, 'additionalProperties')
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, inside((properties[key] as ParamsSchema | undefined) ?? others, key, one)]),
  )
}

function schemaIn(schema: ParamsSchema, keyword: string): ParamsSchema | undefined {
  const found = schema[keyword]
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as ParamsSchema) : undefined
}
