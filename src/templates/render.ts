import type { Part } from './ast.js'
import { Evaluator, type Names } from './evaluator.js'
import { TemplateProblem } from './problem.js'
import { forced, isDict, isList, isTrue, Table, typeName, type Jinja } from './values.js'

const longest = 10_000_000
const mostRounds = 1_000_000

/**
 * What a template gives: the value of its one expression, its type kept, where there is nothing else; else the text of all parts.
 * @returns the value, and whether a secret went into it
 */
export function render(parts: readonly Part[], names: Names): { value: Jinja; usedSecret: boolean } {
  const local = new LocalNames(names)
  const evaluator = new Evaluator(local)
  const output = new Output(evaluator)
  put(parts, local, evaluator, output)
  return { value: output.value(), usedSecret: evaluator.usedSecret }
}

/** Values of outputs and texts, in their order; one alone stays what it is. */
class Output {
  private readonly pieces: Jinja[] = []
  private size = 0
  private rounds = 0
  constructor(private readonly evaluator: Evaluator) {}

  add(value: Jinja): void {
    this.pieces.push(value)
    if (typeof value === 'string') this.size += value.length
    if (this.size > longest) throw new TemplateProblem('the template gives more than 10 MB')
  }

  round(): void {
    if (++this.rounds > mostRounds) throw new TemplateProblem('the loops of the template go on for more than a million rounds')
  }

  value(): Jinja {
    if (this.pieces.length === 0) return null
    return this.pieces.length === 1 ? this.pieces[0]! : this.pieces.map(piece => this.evaluator.text(piece)).join('')
  }
}

function put(parts: readonly Part[], names: LocalNames, evaluator: Evaluator, output: Output): void {
  for (const part of parts) {
    if (part.kind === 'text') {
      if (part.text !== '') output.add(part.text)
    } else if (part.kind === 'output') output.add(evaluator.value(part.value))
    else if (part.kind === 'if') put(isTrue(evaluator.used(part.test)) ? part.then : part.otherwise, names, evaluator, output)
    else if (part.kind === 'for') loop(part, names, evaluator, output)
    else set(part, names, evaluator)
  }
}

function loop(part: Extract<Part, { kind: 'for' }>, names: LocalNames, evaluator: Evaluator, output: Output): void {
  const rounds = itemsOf(evaluator.value(part.of), evaluator).filter(item => {
    if (!part.where) return true
    return names.inside(new Map(bound(part.targets, item)), () => isTrue(evaluator.used(part.where!)))
  })
  if (rounds.length === 0) return names.inside(new Map(), () => put(part.otherwise, names, evaluator, output))
  rounds.forEach((item, index) => {
    output.round()
    const own = new Map<string, Jinja>([...bound(part.targets, item), ['loop', loopOf(index, rounds)]])
    names.inside(own, () => put(part.body, names, evaluator, output))
  })
}

function itemsOf(value: Jinja, evaluator: Evaluator): readonly Jinja[] {
  const made = forced(value)
  if (isList(made)) return made
  if (made instanceof Table) return made.keys()
  if (isDict(made)) return [...made.keys()]
  const whole = evaluator.whole(made)
  if (typeof whole === 'string') return [...whole]
  throw new TemplateProblem(`{% for %} goes through lists, dicts and texts, not ${typeName(whole)}`)
}

function bound(targets: readonly string[], item: Jinja): [string, Jinja][] {
  const [only] = targets
  if (targets.length === 1) return [[only!, item]]
  const made = forced(item)
  if (!isList(made) || made.length !== targets.length)
    throw new TemplateProblem(
      `${targets.join(', ')} need a list of ${targets.length}, this is ${typeName(made)}${isList(made) ? ` of ${made.length}` : ''}`,
    )
  return targets.map((name, at) => [name, made[at]!])
}

const loopOf = (index: number, rounds: readonly Jinja[]): Jinja =>
  new Map<string, Jinja>([
    ['index', index + 1],
    ['index0', index],
    ['revindex', rounds.length - index],
    ['revindex0', rounds.length - index - 1],
    ['first', index === 0],
    ['last', index === rounds.length - 1],
    ['length', rounds.length],
    ...(index > 0 ? [['previtem', rounds[index - 1]!] as const] : []),
    ...(index < rounds.length - 1 ? [['nextitem', rounds[index + 1]!] as const] : []),
  ])

function set({ targets, member, value }: Extract<Part, { kind: 'set' }>, names: LocalNames, evaluator: Evaluator): void {
  const made = Array.isArray(value) ? captured(value, names, evaluator) : evaluator.value(value)
  if (member === undefined) return bound(targets, made).forEach(([name, each]) => names.set(name, each))
  const namespace = names.get(targets[0]!)
  if (!(namespace instanceof Namespace))
    throw new TemplateProblem(`{% set ${targets[0]}.${member} %} needs a namespace: {% set ${targets[0]} = namespace() %}`)
  namespace.set(member, made)
}

function captured(parts: readonly Part[], names: LocalNames, evaluator: Evaluator): Jinja {
  const output = new Output(evaluator)
  names.inside(new Map(), () => put(parts, names, evaluator, output))
  return evaluator.text(output.value())
}

/** What `namespace()` makes: the one thing that a loop's inside can change for its outside. */
export class Namespace extends Map<string, Jinja> {}

/** Names set within a template, over those of the scope; a loop's end when it does. */
class LocalNames implements Names {
  private readonly frames: Map<string, Jinja>[] = [new Map<string, Jinja>()]
  constructor(private readonly outer: Names) {}

  get(name: string): Jinja | undefined {
    const frame = this.frames.findLast(one => one.has(name))
    return frame ? frame.get(name) : this.outer.get(name)
  }
  set(name: string, value: Jinja): void {
    this.frames.at(-1)!.set(name, value)
  }
  *known(): Iterable<string> {
    for (const frame of this.frames) yield* frame.keys()
    yield* this.outer.known()
  }
  inside<T>(own: Map<string, Jinja>, run: () => T): T {
    this.frames.push(own)
    try {
      return run()
    } finally {
      this.frames.pop()
    }
  }
}
