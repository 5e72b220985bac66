import { randomBytes } from 'node:crypto'
import type { HostItem, PlanHost, PlannedThing } from '../plan/plan.js'
import { preludeFor } from '../resources/prelude-for.js'
import { quote } from '../shell.js'
import { runFolder, runStore, slotsFolder, stopFile } from './host-folders.js'
import { heldPrelude, lockOwnerFile } from './lock.js'

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
  const things = new Map(host.things.map(thing => [thing.key, thing]))
  const firstExpected = new Map<string, HostItem>()
  for (const item of items) if (!firstExpected.has(item.key)) firstExpected.set(item.key, item)
  const guards = guardsOf([...firstExpected.values()].map(item => ({ item, thing: things.get(item.key)! })))
  const saves = [...firstExpected.keys()].flatMap(key => things.get(key as PlannedThing['key'])!.save ?? [])
  const steps = items.flatMap(item => item.steps.map((step, i) => stepOf(item, step, i)))
  return wrapped(run, salt, 'log', [
    ...guards,
    '[ -z "$np_moved" ] || { np_say stopped moved; return; }',
    '( umask 077; mkdir -p "$NP_STORE" && : >>"$np_log" ) || { np_say stopped store; return; }',
    ...saves.map(save => `${alone(save)}\n[ "$np_rc" = 0 ] || { np_failed 0 - "$np_rc"; return; }`),
    ...steps,
    ...items.slice(-1).map(({ id }) => `np_fault ${quote(`${id}.end`)}`),
  ])
}

/** The frame of every program that writes on a host. @param log name of the file in the run's folder that takes what the texts print */
export function wrapped(run: string, salt: string, log: string, body: readonly string[]): Program {
  const nonce = randomBytes(12).toString('hex')
  const text = [
    preludeFor(body.join('\n')),
    heldPrelude,
    programPrelude,
    'main() {',
    `np_nonce=${nonce} np_stop=${stopFile(run)}`,
    `NP_SALT=${quote(salt)} NP_SLOTS=${slotsFolder} NP_STORE=${runStore(run)}/store`,
    'export NP_SALT NP_SLOTS NP_STORE',
    `np_log=${runStore(run)}/${log}`,
    'umask 022',
    `np_held || { np_say stopped locked "$(base64 <${lockOwnerFile} | tr -d '\\n')"; return; }`,
    ...body,
    'np_say end',
    '}',
    'main',
    '',
  ].join('\n')
  return { text, nonce }
}

/** A text in a shell of its own; its status is in np_rc, since `( set -e … ) || …` would turn -e off inside. The lock stays with the program: what a text leaves running does not hold the host for ever. */
export const alone = (text: string): string => `( set -eu\n${text}\n) </dev/null >>"$np_log" 2>&1 9>&-\nnp_rc=$?`

interface Guarded {
  item: HostItem
  thing: PlannedThing
}

/** Is every thing as expected? Where one call answers for many, all answers are compared at once, and only a difference is looked at one by one. */
function guardsOf(guarded: readonly Guarded[]): string[] {
  const groups = new Map<string, Guarded[]>()
  for (const one of guarded) {
    const name = one.thing.fingerprintText.batch?.function ?? one.item.id
    groups.set(name, [...(groups.get(name) ?? []), one])
  }
  return [...groups].map(([name, members]) => (members.length === 1 ? guardOf(members[0]!) : groupGuardOf(name, members)))
}

const groupGuardOf = (name: string, members: readonly Guarded[]) => {
  const words = members.map(({ thing }, i) => [i, ...thing.fingerprintText.batch!.words.map(quote)].join(' '))
  const expected = members.map(({ item }, i) => `${item.expects}\n\nnp ${i} 0\n`).join('')
  return [
    `np_now=$(np_nonce=np; ${name} \\\n  ${words.join(' \\\n  ')})`,
    // A command substitution leaves out the last newline.
    `if [ "$np_now" != ${quote(expected.slice(0, -1))} ]; then`,
    ...members.map(guardOf),
    'fi',
  ].join('\n')
}

const guardOf = ({ thing, item }: Guarded) => {
  const fine = [item.expects, ...(thing.looksItself === true ? thing.chain.slice(-1) : [])]
  const tests = fine.map(print => `[ "$np_now" = ${quote(print)} ]`)
  return [`np_now=$(${thing.fingerprintText.text})`, `${tests.join(' || ')} || np_moved ${quote(item.id)} "$np_now"`].join('\n')
}

const stepOf = (item: HostItem, step: string, index: number) =>
  [
    `np_step ${quote(item.id)} ${index} || return`,
    alone(step),
    `[ "$np_rc" = 0 ] || { np_failed ${quote(item.id)} ${index} "$np_rc"; return; }`,
    `np_say done ${quote(item.id)} ${index}`,
  ].join('\n')

/**
 * Lines to the controller are `<nonce> word…`; a step's own output never gets there.
 * `/run/netplay/fault` with `<item>.<step>` kills the program right before that step, with `<item>.end` after the last step of its last item:
 * for tests of what a death leaves.
 */
const programPrelude = `
np_moved= np_me=$(id -u):$(id -g)
np_say() { printf '%s %s\\n' "$np_nonce" "$*"; }
np_moved() { np_moved=1; np_say moved "$1" "$(printf %s "$2" | base64 | tr -d '\\n')"; }
np_step() {
  if [ -e "$np_stop" ]; then np_say stopped asked; return 1; fi
  np_say step "$1" "$2" || return 1
  np_fault "$1.$2"
  np_mark "$1.$2"
}
np_fault() { if [ -e ${runFolder}/fault ] && [ "$(cat ${runFolder}/fault)" = "$1" ]; then kill -9 $$; fi; }
np_mark() { printf '%s %s\\n' "$np_nonce" "$1" >>"$np_log" || :; } 2>/dev/null
np_failed() { # ITEM STEP STATUS: with what was printed after the last mark
  np_words=$np_nl$(tail -n 21 "$np_log" | tail -c 4000)$np_nl
  case $np_words in *"$np_nl$np_nonce "*) np_words=\${np_words##*"$np_nl$np_nonce "}; np_words=\${np_words#*"$np_nl"} ;; esac
  np_say failed "$1" "$2" "$3" "$(printf %s "$np_words" | base64 | tr -d '\\n')"
}
`
