import { formatOrigin, InputError, NetplayError, printable } from '../errors.js'
import { secretVariables } from '../inventory/connection.js'
import type { Host, Inventory, Value, Variables } from '../inventory/model.js'
import { placeOf, reasonOf, settingsOf, viewsOf, type Setting, type View } from '../playbook/explain.js'
import type { Play } from '../playbook/model.js'
import { playScope, type ScopeSource } from '../playbook/play-scope.js'
import { Secret } from '../secret.js'
import { didYouMean } from '../suggest.js'
import { evaluate, holdsTemplate } from '../templates/evaluate.js'
import { hostScope } from '../templates/host-scope.js'
import type { YamlNode } from '../yaml.js'

/** What is known of one variable in one view; values are as they may be shown. */
export interface ExplainedVariable {
  name: string
  /** plays, roles, tasks, blocks; it holds in what lies in them, where nothing else is told of that. Absent: outside of plays, or everywhere */
  where?: string
  /** absent where a template cannot be evaluated */
  value?: unknown
  error?: string
  /** the template that gave the value */
  template?: unknown
  /** weakest first; the last one won */
  settings: { level: number; place: string; origin: string; value: unknown }[]
  /** why the last beats the one before it */
  because?: string
}

export interface Explaining {
  inventory: Inventory
  extraVars: Variables
  plays: readonly Play[]
  run?: ScopeSource['run']
  /** absolute; of the playbook */
  playbookDir?: string
}

/**
 * A host's variables, or one of them: each place that sets it and why the last one wins. A play, role, task or block that changes nothing about it is
 * not told.
 * @throws InputError nobody sets the variable
 */
export function explain(host: Host, name: string | undefined, from: Explaining): ExplainedVariable[] {
  const views = viewsOf(host, from.plays, from.extraVars)
  const names = [...new Set(views.flatMap(({ layers }) => layers.flatMap(({ vars }) => [...vars.keys()])))].sort()
  if (name !== undefined && !names.includes(name))
    throw new InputError(`nothing sets ${name} for ${host.name}${didYouMean(name, names)}`, {
      next: `See all of them: netplay explain ${host.name}.`,
    })
  return (name === undefined ? names : [name]).flatMap(one => ofAllViews(one, host, views, from))
}

function ofAllViews(name: string, host: Host, views: readonly View[], from: Explaining): ExplainedVariable[] {
  const keys = new Map<View, string>()
  const told: { key: string; explained: ExplainedVariable }[] = []
  for (const view of views) {
    const settings = settingsOf(name, view)
    if (settings.length === 0) continue
    const explained = explainOne(name, settings, host, view, from)
    const key = JSON.stringify([explained.value, explained.error, explained.settings])
    keys.set(view, key)
    if (view.within !== undefined && keys.get(view.within) === key) continue
    const same = told.find(one => one.key === key && one.explained.where !== undefined)?.explained
    if (same === undefined) told.push({ key, explained })
    else same.where = `${same.where}, ${view.where}`
  }
  return told.map(({ explained }) => explained)
}

function explainOne(name: string, settings: readonly Setting[], host: Host, view: View, from: Explaining): ExplainedVariable {
  const { value } = settings.at(-1)!
  const because = reasonOf(settings, from.inventory)
  return {
    name,
    ...(view.where === undefined ? {} : { where: view.where }),
    ...outcomeOf(name, value, host, view, from),
    ...(holdsTemplate(value) ? { template: shown(name, value) } : {}),
    settings: settings.map(setting => ({
      level: setting.level,
      place: placeOf(setting),
      origin: formatOrigin(setting.value.origin),
      value: shown(name, setting.value),
    })),
    ...(because === undefined ? {} : { because }),
  }
}

function outcomeOf(
  name: string,
  value: Value,
  host: Host,
  { play, of, loop }: View,
  from: Explaining,
): Pick<ExplainedVariable, 'value' | 'error'> {
  const { inventory, extraVars, playbookDir } = from
  const scope = play ? playScope(from, play, host, of) : hostScope(inventory, extraVars, host, { playbookDir })
  try {
    const evaluated = evaluate(value, scope, name)
    return evaluated === undefined ? { value: 'omit' } : { value: shown(name, evaluated) }
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    const [problem] = error.message.split('\n')
    const isOfItem = [loop?.variable, loop?.indexVariable].some(variable => problem!.includes(`"${variable}" is not defined`))
    return { error: isOfItem ? 'another for each item of the loop' : problem! }
  }
}

/** As it may be shown; numbers as they were written, so that `1.10` stays `1.10`. */
function shown(name: string, { value, node }: Value): unknown {
  return secretVariables.has(name) ? '***' : withoutSecrets(value, node)
}

function withoutSecrets(value: unknown, node?: YamlNode): unknown {
  if (value instanceof Secret || (node?.kind === 'scalar' && node.vaulted !== undefined)) return '***'
  if (Array.isArray(value)) return value.map((item, at) => withoutSecrets(item, node?.kind === 'sequence' ? node.items[at] : undefined))
  if (typeof value !== 'object' || value === null) return value
  const nodes = node?.kind === 'mapping' ? new Map(node.entries.map(entry => [entry.key, entry.value])) : undefined
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, secretVariables.has(key) ? '***' : withoutSecrets(item, nodes?.get(key))]),
  )
}

/** For people. @param width of the terminal in columns; longer values are cut */
export function explainText(host: Host, explained: readonly ExplainedVariable[], isOne: boolean, width = 120): string {
  const groups = host.groups.length > 0 ? `  groups: ${host.groups.join(', ')}` : ''
  const body = isOne ? explained.flatMap(one => detailed(one, width)) : table(explained, width)
  return [`${host.name}${groups}`, ...body].map(printable).join('\n')
}

function detailed({ name, where, settings, because, ...outcome }: ExplainedVariable, width: number): string[] {
  const places = settings.map(({ place }) => place)
  const [placeWidth, originWidth] = [widest(places), widest(settings.map(({ origin }) => origin))]
  const rows = [...settings].reverse().map(({ place, origin, value }, at) => {
    const mark = at === 0 ? '✔' : '·'
    return cut(`  ${mark} ${place.padEnd(placeWidth)}  ${origin.padEnd(originWidth)}  ${inline(value)}`, width)
  })
  const head = `${name}${where === undefined ? '' : `  in ${where}`} = `
  return [
    '',
    `${head}${cut(inlineOutcome(outcome), Math.max(20, width - head.length))}`,
    ...(outcome.template === undefined ? [] : [cut(`  from the template ${inline(outcome.template)}`, width)]),
    ...rows,
    ...(because === undefined ? [] : [`  ${because}`]),
  ]
}

function table(explained: readonly ExplainedVariable[], width: number): string[] {
  const labels = explained.map(({ name, where }) => (where === undefined ? name : `${name} (${where})`))
  const values = explained.map(inlineOutcome)
  const [labelWidth, valueWidth] = [Math.min(60, widest(labels)), Math.min(44, widest(values))]
  return explained.map(({ settings }, at) => {
    const over = settings.length > 1 ? `  over ${settings.length - 1}` : ''
    const value = cut(values[at]!, valueWidth).padEnd(valueWidth)
    return cut(`  ${labels[at]!.padEnd(labelWidth)}  ${value}  ${settings.at(-1)!.origin}${over}`, width)
  })
}

const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(({ length }) => length))
const inline = (value: unknown): string =>
  typeof value === 'string' ? (/^[\w./:@-]+$/.test(value) || value === '***' ? value : JSON.stringify(value)) : JSON.stringify(value)
const inlineOutcome = ({ value, error }: Pick<ExplainedVariable, 'value' | 'error'>) => (error === undefined ? inline(value) : `✖ ${error}`)
const cut = (text: string, width: number) => (text.length > width ? `${text.slice(0, width - 1)}…` : text)
