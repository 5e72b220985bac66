import { randomBytes } from 'node:crypto'
import type { HostItem, PlanHost, PlannedThing } from '../plan/plan.js'
import { prelude } from '../resources/prelude.js'
import { quote } from '../shell.js'

/** Root-only folders on a host, below one of netplay's own. */
export const stateFolder = '/var/lib/netplay'
export const runFolder = '/run/netplay'
export const slotsFolder = `${stateFolder}/slots`
export const storeFolder = (run: string) => `${stateFolder}/runs/${run}`

/** One program: the items of one host between two barriers, in task order. */
export interface Program {
  text: string
  nonce: string
}

/**
 * Text of a program. It arrives whole before it runs (`main` is called on the last line). First it compares every thing that it is about to
 * change with what the plan expects there, then it keeps the pre-images, then it makes the steps; before each step it looks for a stop file and
 * says what it is about to do: with the reader gone it ends between steps, never inside one.
 * What the steps print goes to a log on the host; the end of it comes back when a step fails.
 */
export function programOf(items: readonly HostItem[], host: PlanHost, run: string, salt: string): Program {
  const nonce = randomBytes(12).toString('hex')
  const things = new Map(host.things.map(thing => [thing.key, thing]))
  const firstExpected = new Map<string, HostItem>()
  for (const item of items) if (!firstExpected.has(item.key)) firstExpected.set(item.key, item)
  const guards = [...firstExpected.values()].map(item => guardOf(things.get(item.key)!, item))
  const saves = [...firstExpected.keys()].flatMap(key => things.get(key as PlannedThing['key'])!.save ?? [])
  const steps = items.flatMap(item => item.steps.map((step, i) => stepOf(item, step, i)))
  const text = [
    prelude,
    programPrelude,
    'main() {',
    `np_nonce=${nonce} np_run=${quote(run)}`,
    `NP_SALT=${quote(salt)} NP_SLOTS=${quote(slotsFolder)} NP_STORE=${quote(`${storeFolder(run)}/store`)}`,
    'export NP_SALT NP_SLOTS NP_STORE',
    `np_log=${quote(`${storeFolder(run)}/log`)}`,
    'umask 022',
    '( umask 077; mkdir -p "$NP_STORE" ) && : >>"$np_log" || { np_say stopped store; return; }',
    ...guards,
    '[ -z "$np_moved" ] || { np_say stopped moved; return; }',
    ...saves.map(save => `( set -eu\n${save}\n) </dev/null >>"$np_log" 2>&1 || { np_failed 0 - $?; return; }`),
    ...steps,
    'np_say end',
    '}',
    'main',
    '',
  ].join('\n')
  return { text, nonce }
}

const guardOf = (thing: PlannedThing, item: HostItem) =>
  [`np_now=$(${thing.fingerprintText.text})`, `[ "$np_now" = ${quote(item.expects)} ] || np_moved ${quote(item.id)} "$np_now"`].join('\n')

const stepOf = (item: HostItem, step: string, index: number) =>
  [
    `np_step ${quote(item.id)} ${index} || return`,
    `( set -eu\n${step}\n) </dev/null >>"$np_log" 2>&1 || { np_failed ${quote(item.id)} ${index} $?; return; }`,
    `np_say done ${quote(item.id)} ${index}`,
  ].join('\n')

/** Lines to the controller are `<nonce> word…`; a step's own output never gets there. */
const programPrelude = `
np_moved=
np_say() { printf '%s %s\\n' "$np_nonce" "$*"; }
np_moved() { np_moved=1; np_say moved "$1" "$(printf %s "$2" | base64 | tr -d '\\n')"; }
np_step() {
  if [ -e ${runFolder}/stop-"$np_run" ]; then np_say stopped asked; return 1; fi
  np_say step "$1" "$2" || return 1
  if [ -e ${runFolder}/fault ] && [ "$(cat ${runFolder}/fault)" = "$1.$2" ]; then kill -9 $$; fi
  np_mark=$(wc -c <"$np_log")
}
np_failed() { np_say failed "$1" "$2" "$3" "$(tail -c +"$((\${np_mark:-0} + 1))" "$np_log" | tail -n 20 | tail -c 4000 | base64 | tr -d '\\n')"; }
`

/** What a program told so far. */
export type ProgramLine =
  | { type: 'step' | 'done'; item: string; step: number }
  | { type: 'moved'; item: string; now: string }
  | { type: 'failed'; item: string; step: number; exit: number; words: string }
  | { type: 'stopped'; why: 'asked' | 'moved' | 'store' }
  | { type: 'end' }

/** Lines that carry the program's nonce; anything else a program prints is not for us. */
export function parseProgramLine(line: string, nonce: string): ProgramLine | undefined {
  if (!line.startsWith(`${nonce} `)) return undefined
  const [type, first = '', second = '', third = '', fourth = ''] = line.slice(nonce.length + 1).split(' ')
  if (type === 'step' || type === 'done') return { type, item: first, step: Number(second) }
  if (type === 'moved') return { type, item: first, now: unbase64(second) }
  if (type === 'failed') return { type, item: first, step: Number(second), exit: Number(third), words: unbase64(fourth) }
  if (type === 'stopped') return { type, why: first as 'asked' }
  return type === 'end' ? { type } : undefined
}

const unbase64 = (text: string) => Buffer.from(text, 'base64').toString()

/**
 * Text that puts every thing of a host back, whatever a run got to: as first observed, nothing; between two states of its chain, restored;
 * anything else is left alone and told (`<nonce> moved …`). Needs no journal: only the store that the program filled.
 */
export function undoProgramOf(host: PlanHost, run: string, salt: string): Program {
  const nonce = randomBytes(12).toString('hex')
  const touched = host.things.filter(({ undo }) => Object.keys(undo).length > 0)
  const phase = (name: 'before' | 'restore' | 'after', things: PlannedThing[]) =>
    things.flatMap(({ key, undo }) => {
      const index = touched.findIndex(thing => thing.key === key)
      const text = undo[name]
      // A unit that reads as before may still run what we gave it: its own texts judge that. Contents are put back only where they differ.
      const when = name === 'restore' ? `"$np_verdict_${index}" = restore` : `"$np_verdict_${index}" != moved`
      return text === undefined
        ? []
        : [`if [ ${when} ]; then ( set -eu\n${text}\n) </dev/null >>"$np_log" 2>&1 || np_failed ${quote(key)} 0 $?; fi`]
    })
  const text = [
    prelude,
    programPrelude,
    'main() {',
    `np_nonce=${nonce} np_run=${quote(run)}`,
    `NP_SALT=${quote(salt)} NP_SLOTS=${quote(slotsFolder)} NP_STORE=${quote(`${storeFolder(run)}/store`)}`,
    'export NP_SALT NP_SLOTS NP_STORE',
    `np_log=${quote(`${storeFolder(run)}/undo-log`)}`,
    '( umask 077; mkdir -p "$NP_STORE" )',
    ': >>"$np_log"',
    ...touched.map(verdictOf),
    ...phase('before', touched),
    ...phase('restore', [...touched].reverse()),
    ...phase('after', touched),
    'np_say end',
    '}',
    'main',
    '',
  ].join('\n')
  return { text, nonce }
}

const verdictOf = ({ key, chain, fingerprintText }: PlannedThing, index: number) => {
  const pairs = chain.slice(1).map((after, i) => `np_within "$np_now" ${quote(chain[i]!)} ${quote(after)}`)
  return [
    `np_now=$(${fingerprintText.text})`,
    `if [ "$np_now" = ${quote(chain[0]!)} ]; then np_verdict_${index}=same`,
    `elif ${pairs.join(' || ') || 'false'}; then np_verdict_${index}=restore`,
    `else np_verdict_${index}=moved; np_moved ${quote(key)} "$np_now"; fi`,
  ].join('\n')
}
