import { errorAt } from '../error-at.js'
import { formatOrigin, InputError, type Origin } from '../errors.js'
import type { Value, Variables } from '../inventory/model.js'
import { Secret } from '../secret.js'
import type { YamlScalar } from '../yaml.js'
import { UndefinedUsed, type Names } from './evaluator.js'
import { functionsOf, type FunctionContext } from './functions.js'
import { parseTemplate } from './grammar.js'
import { jinjaOfNode, jinjaOfPlain } from './node-values.js'
import { TemplateProblem, tooDeep } from './problem.js'
import { render } from './render.js'
import { Float, forced, isDict, isList, Lazy, Table, Undefined, type Jinja } from './values.js'

/** Something that is not defined was used. Code `UNDEFINED`; where `default` or `is defined` asks, nothing is thrown. */
export class UndefinedVariable extends InputError {
  override readonly code = 'UNDEFINED'
}

export interface ScopeOptions {
  /** strongest first; a value is looked for in each, and templates in it are evaluated in this same scope */
  variables: readonly Variables[]
  /** names that nobody writes (`inventory_hostname`, `groups`): each is made when it is first asked for. Data: never templates */
  magic?: ReadonlyMap<string, () => unknown>
  /** magic names stronger than all variables, `-e` included (`hostvars`, `playbook_dir`) */
  reserved?: ReadonlyMap<string, () => unknown>
  /** names whose values never appear in clear, wherever they go */
  secrets?: ReadonlySet<string>
  /** what a name that is known and not to be had is told with: `ansible_check_mode` */
  unavailable?: ReadonlyMap<string, string>
  /** of `lookup('file', …)`: default none */
  folders?: FunctionContext['folders']
}

/** Variables by name, each evaluated when it is first asked for, once; those that nobody asks for are never looked at. */
export class Scope implements Names {
  private readonly made = new Map<string, Jinja>()
  /** What is being evaluated, outermost first. */
  private readonly open: { label: string; origin: Origin }[] = []
  private ofAll: ReadonlyMap<string, Jinja> | undefined

  constructor(private readonly options: ScopeOptions) {}

  /** Made when a name is first looked for: most scopes meet no template. */
  private get functions(): ReadonlyMap<string, Jinja> {
    return (this.ofAll ??= functionsOf({ folders: this.options.folders ?? [], variable: name => this.variable(name) }))
  }

  /** This scope with stronger variables over it, such as a loop's `item`. */
  with(variables: Variables): Scope {
    return new Scope({ ...this.options, variables: [variables, ...this.options.variables] })
  }

  /** The variable as it was written. */
  written(name: string): Value | undefined {
    return this.options.variables.find(scope => scope.has(name))?.get(name)
  }

  get(name: string): Jinja | undefined {
    const known = this.made.get(name)
    if (known !== undefined) return known
    const value = this.find(name)
    if (value !== undefined) this.made.set(name, value)
    return value
  }

  /** A variable and no function. */
  variable(name: string): Jinja | undefined {
    return this.functions.has(name) && !this.written(name) ? undefined : this.get(name)
  }

  *variableNames(): Iterable<string> {
    for (const scope of this.options.variables) yield* scope.keys()
    for (const magic of [this.options.magic, this.options.reserved]) if (magic) yield* magic.keys()
  }

  known(): Iterable<string> {
    return this.variableNames()
  }

  /** A value with templates in it as templates see it. */
  jinjaOf({ value, node }: Value, label: string): Jinja {
    if (!node) return jinjaOfPlain(value)
    return jinjaOfNode(node, value, scalar => this.rendered(scalar, label))
  }

  /** Runs with what is being done on the list of what is open. @throws InputError where something needs itself; UndefinedVariable */
  during<T>(label: string, origin: Origin, run: () => T): T {
    const at = this.open.findIndex(one => one.label === label && formatOrigin(one.origin) === formatOrigin(origin))
    if (at >= 0) throw this.circle(this.open.slice(at))
    this.open.push({ label, origin })
    try {
      return run()
    } catch (error) {
      throw this.told(error, origin)
    } finally {
      this.open.pop()
    }
  }

  private find(name: string): Jinja | undefined {
    const magic = this.options.reserved?.get(name)
    if (magic) return new Lazy(() => jinjaOfPlain(magic()))
    const written = this.written(name)
    if (written) return this.hidden(name, this.jinjaOf(written, name))
    const given = this.options.magic?.get(name)
    if (given) return new Lazy(() => jinjaOfPlain(given()))
    const why = this.options.unavailable?.get(name)
    return why === undefined ? this.functions.get(name) : new Undefined(`"${name}" is not known here: ${why}`, { name })
  }

  private hidden(name: string, value: Jinja): Jinja {
    return this.options.secrets?.has(name) ? new Lazy(() => asSecret(value)) : value
  }

  /** What is missing in it is not an error before it is used: `x | default(1)` may ask for an `x` that needs what is not there. */
  private rendered(node: YamlScalar, label: string): Jinja {
    try {
      return this.during(label, node.origin, () => {
        const { value, usedSecret } = render(parseTemplate(String(node.value)), this)
        const made = forced(value)
        if (made instanceof Undefined) throw made.details.error ?? new UndefinedUsed(made)
        return usedSecret || node.vaulted !== undefined ? asSecret(made) : made
      })
    } catch (error) {
      if (error instanceof UndefinedVariable) return new Undefined(error.problem, { error })
      throw error
    }
  }

  /** The error with the position of what is at fault. */
  told(error: unknown, origin: Origin): unknown {
    if (error instanceof UndefinedUsed)
      return new UndefinedVariable(...detailsOf(errorAt(origin, error.message + this.wantedFor(), nextOf(error))))
    if (isStackEnd(error)) return errorAt(origin, tooDeep)
    return error instanceof TemplateProblem ? errorAt(origin, error.message + this.wantedFor(), nextOf(error)) : error
  }

  private wantedFor(): string {
    const users = this.open.slice(0, -1).map(({ label, origin }) => `${label} (${formatOrigin(origin)})`)
    return users.length === 0 ? '' : `; needed by ${users.reverse().join(', by ')}`
  }

  private circle(round: readonly { label: string; origin: Origin }[]): InputError {
    const [first] = round
    const chain = round.map(({ label, origin }) => `${label} (${formatOrigin(origin)})`)
    return errorAt(first!.origin, `"${first!.label}" needs itself: ${[...chain, first!.label].join(' → ')}`, {
      next: 'Give one of them a value of its own.',
    })
  }
}

const isStackEnd = (error: unknown) => error instanceof RangeError && error.message.includes('call stack')

const nextOf = ({ next }: TemplateProblem) => (next === undefined ? {} : { next })
const detailsOf = ({ problem, details }: InputError): ConstructorParameters<typeof InputError> => [problem, details]

/** All texts and numbers of it as secrets. */
export function asSecret(value: Jinja): Jinja {
  const made = forced(value)
  if (isList(made)) return made.map(asSecret)
  if (isDict(made)) return new Map([...made].map(([key, item]) => [key, asSecret(item)]))
  if (made instanceof Table)
    return new Table(made.keys, key => {
      const member = made.get(key)
      return member === undefined ? undefined : asSecret(member)
    })
  if (made instanceof Float) return new Secret(String(made.value))
  return typeof made === 'string' || typeof made === 'number' ? new Secret(String(made)) : made
}
