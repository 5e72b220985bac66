import type { FromSchema, JSONSchema } from 'json-schema-to-ts'
import { InputError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import type { Check, CheckKind, ParamsSchema, Task } from '../resources/resource.js'
import type { Secret } from '../secret.js'
import { becomeKeys } from './become-keys.js'

/** One host as a role sees it. */
export interface RoleHost {
  readonly name: string
  /** `ansible_host` of the inventory, else the name */
  readonly address: string
  /** what the host said about itself; `undefined` for a peer that could not be reached */
  readonly facts: Facts | undefined
  readonly vars: ReadonlyMap<string, unknown>
  /** all groups but `all`, parents included */
  readonly groups: readonly string[]
}

/** A host that the inventory declares away: known by the inventory alone. */
export interface AbsentRoleHost extends Pick<RoleHost, 'name' | 'address' | 'groups' | 'vars'> {
  /** `RMA 4711 until 2026-12-01` */
  readonly reason: string
}

/** All that a role's functions may look at. They are called once a host, and must give the same tasks for the same context. */
export interface RoleContext<P = unknown> {
  readonly host: RoleHost
  /** the hosts of the play, this one included, `--limit` or not */
  readonly peers: readonly RoleHost[]
  readonly groups: Readonly<Record<string, readonly RoleHost[]>>
  /** hosts of the whole inventory that it declares away (`netplay_absent`): in neither `peers` nor `groups` */
  readonly absent: readonly AbsentRoleHost[]
  readonly params: P
  /** this role's parameters on another host of the play, by the same precedence; `undefined` where they are wrong or missing */
  readonly paramsOf: (peer: RoleHost) => P | undefined
  /** a variable of this host by Ansible's precedence, a Secret when it is encrypted; `undefined` when nobody set it. @throws InputError when it holds a template */
  readonly vars: (name: string) => unknown
  /** `announce` when the play says `role: route-reflector/announce` */
  readonly part?: string
}

/** Something wrong with parameters that only a role can see: two that contradict each other, or those of another host. */
export interface ParamMistake {
  /** the one at fault: told with the place where it was written. Default: the role's entry in the play */
  parameter?: string
  problem: string
  next?: string
  /** odd, and may stay; default false */
  isWarning?: boolean
}

/** A named list of tasks with parameters. `P` is the type of what its JSON Schema lets through. */
export interface Role<P = never> {
  /** the name of its folder */
  readonly name: string
  readonly description?: string
  /**
   * JSON Schema (draft 7) of an object; parameters in snake_case. Besides JSON Schema's own words: `variable: 'etcd_endpoints'` names a variable that
   * sets the parameter too, so that roles can share one; `secret: true`, of a text, makes it a Secret and lets it be given encrypted; formats `ipv4`, `ipv6`, `ip`, `cidr`.
   */
  readonly params: ParamsSchema
  readonly parts?: readonly string[]
  /** the kinds of checks that its gates use: a saved plan names them */
  readonly checkKinds?: readonly CheckKind<never>[]
  /** what is wrong with the parameters though each fits its schema; asked before any host is: facts are `undefined` there */
  mistakes?(context: RoleContext<P>): ParamMistake[]
  /** must hold before anything is written on any host */
  preconditions?(context: RoleContext<P>): Check[]
  tasks(context: RoleContext<P>): Task[]
  /** must hold after the role's tasks, and whenever `netplay verify` asks */
  checks?(context: RoleContext<P>): Check[]
}

/**
 * What a schema lets through: a parameter that is required or has a default is there, another may be `undefined`, and one it does not name
 * is refused at run time, so it is not in the type either.
 */
export type ParamsOf<S extends RoleSchema> = {
  readonly [K in keyof S['properties'] as Given<S, K> extends true ? K : never]: ValueOf<S['properties'][K]>
} & {
  readonly [K in keyof S['properties'] as Given<S, K> extends true ? never : K]?: ValueOf<S['properties'][K]>
}
/** What `secret: true` marks, at any depth, is a Secret. */
type ValueOf<S extends JSONSchema> = FromSchema<S, { deserialize: [{ pattern: { secret: true }; output: Secret }] }>
type Given<S extends RoleSchema, K extends keyof S['properties']> = S['properties'][K] extends { readonly default: unknown }
  ? true
  : S extends { readonly required: readonly (infer R)[] }
    ? K extends R
      ? true
      : false
    : false

/** The schema of a role's parameters, written as a constant so that TypeScript can read it. */
export interface RoleSchema {
  readonly type: 'object'
  readonly properties: { readonly [parameter: string]: JSONSchema & { readonly variable?: string; readonly secret?: boolean } }
  readonly required?: readonly string[]
  readonly [keyword: string]: unknown
}

export type RoleOf<S extends RoleSchema> = Omit<Role<ParamsOf<S>>, 'params'> & { readonly params: S }

/** Marks a role, whichever copy of netplay made it. */
export const roleBrand = Symbol.for('netplay.role')

/** Keys of a role's entry in a play; a parameter cannot have such a name. */
export const roleEntryKeys = ['role', 'name', 'tags', 'when', 'vars', ...becomeKeys] as const

/**
 * A role: `export default defineRole({ name, params, tasks })`. The JSON Schema in `params` is the one source of validation and of the
 * type of `context.params`; a role with a type of its own writes `defineRole<MyParams>({ … })`.
 * @throws InputError when the definition is not one
 */
export function defineRole<const S extends RoleSchema>(role: RoleOf<S>): Role<ParamsOf<S>>
export function defineRole<P extends object = never>(role: [P] extends [never] ? never : Role<P>): Role<P>
export function defineRole(role: Role): Role {
  const problem = problemOf(role)
  if (problem !== undefined) throw new InputError(problem, { next: 'See docs/writing-a-role.md for a whole role.' })
  return Object.freeze({ ...role, [roleBrand]: 1 })
}

export const isRole = (value: unknown): value is Role => typeof value === 'object' && value !== null && roleBrand in value

/** Names of the parameters a role declares, with their schemas. */
export const parametersOf = ({ params }: Pick<Role, 'params'>): Readonly<Record<string, ParamsSchema>> =>
  (params.properties ?? {}) as Record<string, ParamsSchema>

/** `flannel_backend`, the variable that sets parameter `backend` of role `flannel`; then the one its schema shares with other roles. */
export function variablesOf(role: Pick<Role, 'name' | 'params'>, parameter: string): string[] {
  const shared = parametersOf(role)[parameter]?.variable
  const own = `${variablePrefix(role.name)}${parameter}`
  return typeof shared === 'string' && shared !== own ? [own, shared] : [own]
}

export const variablePrefix = (role: string): string => `${role.replaceAll('-', '_')}_`

function problemOf(role: Role): string | undefined {
  if (!/^[a-z][a-z0-9_-]*$/.test(role.name)) return `a role's name is lower-case letters, digits, - and _, not ${JSON.stringify(role.name)}`
  if (typeof role.tasks !== 'function') return `role "${role.name}" has no function \`tasks\``
  if (typeof role.params !== 'object' || role.params?.type !== 'object')
    return `\`params\` of role "${role.name}" must be a JSON Schema with type: 'object'`
  const bad = Object.keys(parametersOf(role)).find(name => !/^[a-z][a-z0-9_]*$/.test(name))
  if (bad !== undefined) return `parameter "${bad}" of role "${role.name}" is not snake_case; its variable would not be a word of Ansible's`
  const taken = roleEntryKeys.find(name => name in parametersOf(role))
  return taken && `parameter "${taken}" of role "${role.name}" has the name of a key that every role's entry in a play has`
}
