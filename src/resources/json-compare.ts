export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** JSON text that is equal for values that mean the same: names sorted, no blanks. */
export const canonicalJson = (value: Json): string => JSON.stringify(sorted(value))

/**
 * JSON pointers (RFC 6901) of what differs, the deepest that tell it: `/Backend/Type`. `''` is the whole value. Lists count as one value.
 * @param defaults what a reader takes where nothing is written; laid under both
 */
export function differingPointers(before: Json, after: Json, defaults: Json = {}): string[] {
  return pointers(withDefaults(before, defaults), withDefaults(after, defaults), '')
}

/** Whether the pointer is one of `roots` or under one of them. */
export const isUnder = (pointer: string, roots: readonly string[]): boolean =>
  roots.some(root => pointer === root || pointer.startsWith(`${root}/`))

/** The value at a pointer; `undefined`: there is none. */
export function valueAt(value: Json, pointer: string): Json | undefined {
  const names = pointer.split('/').slice(1).map(unescaped)
  return names.reduce<Json | undefined>((at, name) => (isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined), value)
}

/** `value` for people, its names in the order in which `like` has them, so that a comparison by lines shows what differs and no more. */
export const readableJson = (value: Json, like: Json = value): string => `${JSON.stringify(ordered(value, like), null, 2)}\n`

export const isObject = (value: unknown): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Own properties only, whatever they are called: `__proto__` is a name like any other. */
export const objectOf = (entries: [string, Json][]): { [name: string]: Json } => Object.fromEntries(entries)

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return objectOf(
    Object.keys(value)
      .sort()
      .map(name => [name, sorted(value[name]!)]),
  )
}

function pointers(before: Json, after: Json, at: string): string[] {
  if (!isObject(before) || !isObject(after)) return canonicalJson(before) === canonicalJson(after) ? [] : [at]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.flatMap(name => {
    const pointer = `${at}/${escaped(name)}`
    return Object.hasOwn(before, name) && Object.hasOwn(after, name) ? pointers(before[name]!, after[name]!, pointer) : [pointer]
  })
}

/** `value` with the defaults laid under it, as deep as both are objects. */
export function withDefaults(value: Json, defaults: Json): Json {
  if (!isObject(value) || !isObject(defaults)) return value
  const own = Object.keys(value).map((name): [string, Json] => [
    name,
    Object.hasOwn(defaults, name) ? withDefaults(value[name]!, defaults[name]!) : value[name]!,
  ])
  return objectOf([...Object.entries(defaults), ...own])
}

function ordered(value: Json, like: Json): Json {
  if (!isObject(value) || !isObject(like)) return value
  const names = [
    ...Object.keys(like).filter(name => Object.hasOwn(value, name)),
    ...Object.keys(value).filter(name => !Object.hasOwn(like, name)),
  ]
  return objectOf(names.map(name => [name, ordered(value[name]!, Object.hasOwn(like, name) ? like[name]! : value[name]!)]))
}

const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')
const unescaped = (name: string) => name.replaceAll('~1', '/').replaceAll('~0', '~')
