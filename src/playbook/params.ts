import type { InputError, Origin } from '../errors.js'
import type { Host, Value } from '../inventory/model.js'
import { entryOf, type YamlNode } from '../yaml.js'
import { errorAt } from '../error-at.js'
import type { LoadedRole, Play, RoleUse } from './model.js'
import { asBoolean } from './read-node.js'
import { parametersOf, variablesOf, type Role } from './role.js'
import { mistakesOf } from './schema.js'
import type { Mistake } from './schema-mistake.js'
import { once } from '../once.js'
import type { Secret } from '../secret.js'
import { Vaulted } from '../vaulted.js'
import { holdsSecret, keepSecrets, revealed } from './secret-params.js'
import { didYouMean } from '../suggest.js'
import { evaluate, holdsTemplate } from '../templates/evaluate.js'
import { Scope } from '../templates/scope.js'

export interface ResolvedParams {
  /** by name, the schema's defaults filled in */
  params: Record<string, unknown>
  /** where each was given; a default has none */
  origins: Map<string, Origin>
  /** one of them was a template: another host with the same variables may have another value */
  isTemplated: boolean
}

interface Given extends Value {
  /** the variable it came from; absent for a key of the role in the play */
  variable?: string
  fromCommandLine?: boolean
}

/**
 * The parameters of a role on one host. Parameter `backend` of role `flannel` is, strongest first: `-e flannel_backend`, the role's key in the
 * play, the variable in the entry's `vars`, the play's `vars`, the host's variables; else the schema's default. A variable that the schema
 * names for roles to share (`variable: 'etcd_endpoints'`) comes right behind the role's own in each of these.
 * Words for booleans (`yes`, `"true"`) are taken from anywhere, digits for numbers only from `-e`, whose values are always text.
 * What the schema calls `secret: true` is a Secret; anything else that is given encrypted is refused, as plans show it.
 * Templates are evaluated in `scope`, which is made only where there is one; one that gives `omit` is as if the parameter were not given.
 * @throws InputError where the value was written
 */
export function resolveParams(
  role: LoadedRole,
  use: RoleUse,
  play: Pick<Play, 'vars'>,
  host: Pick<Host, 'name' | 'vars'>,
  extraVars: ReadonlyMap<string, Value>,
  scope: () => Scope = once(() => new Scope({ variables: [extraVars, use.params, use.vars, play.vars, host.vars] })),
): ResolvedParams {
  const given = new Map<string, Given>()
  let isTemplated = false
  for (const [name, schema] of Object.entries(parametersOf(role.role))) {
    const written = givenFor(name, variablesOf(role.role, name), use, [use.vars, play.vars, host.vars], extraVars)
    if (written === undefined) continue
    const isTemplate = holdsTemplate(written)
    isTemplated ||= isTemplate
    const value = isTemplate ? evaluate(written, scope(), written.variable ?? name) : written
    if (value === undefined) continue
    if (holdsSecret(value.value)) keepSecrets(schema, value.value, value.value, at => shownError(name, role, { ...written, ...value }, at))
    given.set(name, { ...written, ...value, value: typed(value.value, schema, written.fromCommandLine === true) })
  }
  const params = plainParams(given)
  const [mistake] = mistakesOf(role.role.params, params, { fillDefaults: true })
  if (mistake) throw paramError(mistake, { role: role.role, host: host.name, given, use })
  for (const [name, schema] of Object.entries(parametersOf(role.role)))
    if (name in params)
      params[name] = keepSecrets(schema, params[name], given.get(name)?.value, at => shownError(name, role, given.get(name)!, at))
  return { params, origins: new Map([...given].map(([name, { origin }]) => [name, origin])), isTemplated }
}

/** What a play gives a role, looked at without any host: names, and values as far as they are there. @throws InputError where it was written */
export function checkEntry(role: LoadedRole, use: RoleUse): void {
  const schemas = parametersOf(role.role)
  refuseUnknown(role.name, use, Object.keys(schemas))
  const given = new Map<string, Given>()
  // What is encrypted stays closed until a host needs it, and what a template gives is known host by host.
  for (const [name, value] of use.params)
    if (!holdsTemplate(value) && !holdsSecret(value.value)) given.set(name, { ...value, value: typed(value.value, schemas[name]!, false) })
  const mistake = mistakesOf(role.role.params, plainParams(given), { fillDefaults: true }).find(({ path }) => given.has(path[0] ?? ''))
  if (mistake) throw paramError(mistake, { role: role.role, host: '', given, use })
}

function givenFor(
  name: string,
  variables: readonly string[],
  use: RoleUse,
  scopes: readonly ReadonlyMap<string, Value>[],
  extraVars: ReadonlyMap<string, Value>,
): Given | undefined {
  const within = (scope: ReadonlyMap<string, Value>) => variables.find(variable => scope.has(variable))
  const extra = within(extraVars)
  if (extra !== undefined) return { ...extraVars.get(extra)!, variable: extra, fromCommandLine: true }
  const key = use.params.get(name)
  if (key) return key
  for (const scope of scopes) {
    const variable = within(scope)
    if (variable !== undefined) return { ...scope.get(variable)!, variable }
  }
  return undefined
}

/** Copies, for the schema to look at: a role may do with its parameters what it likes. */
const plainParams = (given: ReadonlyMap<string, Given>): Record<string, unknown> =>
  Object.fromEntries([...given].map(([name, { value }]) => [name, revealed(value)]))

function refuseUnknown(role: string, { paramKeys }: RoleUse, names: readonly string[]): void {
  for (const [key, origin] of paramKeys) {
    if (names.includes(key)) continue
    const hint = didYouMean(key, [...names, 'tags', 'vars']) || (names.length > 0 ? `; it has ${names.join(', ')}` : '; it has none')
    throw errorAt(origin, `role "${role}" has no parameter "${key}"${hint}`)
  }
}

function shownError(name: string, { name: role, role: { params } }: LoadedRole, { origin, variable }: Given, secret: Secret): InputError {
  const subject = variable === undefined ? '' : `variable ${variable}, `
  return errorAt(
    secret instanceof Vaulted ? secret.origin : origin,
    `${subject}parameter "${name}" of role "${role}", is ${secret instanceof Vaulted ? 'encrypted' : 'secret'}, and this parameter is shown in plans and diffs`,
    {
      next: `Write it in a file that is not encrypted, or ask for it with \`private: false\`. ${takesSecrets(role, params)} Nothing was changed.`,
    },
  )
}

function takesSecrets(role: string, params: Role['params']): string {
  const names = Object.entries(parametersOf({ params })).flatMap(([name, { secret }]) => (secret === true ? [name] : []))
  return `Parameters of "${role}" that are kept secret: ${names.join(', ') || 'none (`secret: true` in its schema)'}.`
}

function typed(value: unknown, schema: Record<string, unknown>, fromCommandLine: boolean): unknown {
  const types = [schema.type].flat()
  if (typeof value !== 'string' || types.includes('string')) return value
  if (types.includes('boolean')) return asBoolean(value) ?? value
  const numeric = fromCommandLine && (types.includes('integer') || types.includes('number')) && /^[-+]?\d+(\.\d+)?$/.test(value)
  return numeric ? Number(value) : value
}

function paramError(
  mistake: Mistake,
  { role: { name: role, params }, host, given, use }: { role: Role; host: string; given: Map<string, Given>; use: RoleUse },
) {
  const [name, ...inside] = mistake.path as [string, ...string[]]
  const source = given.get(name)
  if (source === undefined) {
    const problem =
      mistake.kind === 'missing'
        ? `role "${role}" needs the parameter "${name}", and host ${host} has none`
        : `parameters of role "${role}": ${mistake.problem}`
    return errorAt(use.origin, problem, {
      cause: mistake,
      next: `Give it with the role in the play (\`${name}: …\`), or set the variable ${variablesOf({ name: role, params }, name).join(' or ')}, for instance in group_vars.`,
    })
  }
  const parameter = `parameter "${name}" of role "${role}"`
  const subject = source.variable === undefined ? parameter : `variable ${source.variable} (${parameter})`
  const at = inside.length === 0 ? '' : `${inside.join('.')} of `
  const text =
    mistake.kind === 'unknown' ? `${subject} has no key "${inside.join('.')}"${mistake.problem}` : `${at}${subject} ${mistake.problem}`
  return errorAt(positionOf(source, inside, mistake.kind === 'unknown'), text)
}

/** As near to the fault as the text that was read allows. */
export function positionOf({ node, origin }: Value, path: readonly string[], ofKey = false): Origin {
  let at: YamlNode | undefined = node
  for (const [depth, key] of path.entries()) {
    const entry = at && entryOf(at, key)
    if (entry && ofKey && depth === path.length - 1) return entry.keyOrigin
    const next: YamlNode | undefined = entry?.value ?? (at?.kind === 'sequence' ? at.items[Number(key)] : undefined)
    if (next === undefined) break
    at = next
  }
  return at?.origin ?? origin
}
