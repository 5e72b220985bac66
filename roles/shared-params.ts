type Shared<T> = { readonly [K in keyof T]: T[K] & { readonly variable: string } }

/** Parameters that several roles have: each is set by the variable `<prefix>_<name>` in all of them, so one line in group_vars says it once. */
export const sharedAs = <T extends Record<string, object>>(prefix: string, properties: T): Shared<T> =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, { ...schema, variable: `${prefix}_${name}` }])) as Shared<T>
