import type { PlanHost, PlannedThing } from '../plan/plan.js'
import { quote } from '../shell.js'
import { runStore } from './host-folders.js'
import { alone, wrapped, type Program } from './program.js'

/** The things of a host that its run can have changed, in the order that an undo program counts them. */
export const undoable = ({ things }: PlanHost): PlannedThing[] => things.filter(({ undo }) => Object.keys(undo).length > 0)

/**
 * Text that puts every thing of a host back, whatever the run got to, and whatever became of it: as first observed, nothing; between two states
 * of its chain, restored; anything else is left alone and told. Needs no journal: only the store that the run filled before its first write.
 * First units are stopped and disabled, then paths restored in reverse order, then units enabled and started: nothing runs a new configuration
 * over restored files. Where all went well the store goes last.
 * @param keepsStore other things of the run stand, and may be put back later
 */
export function undoProgramOf(host: PlanHost, run: string, salt: string, keepsStore = false): Program {
  const touched = undoable(host)
  const phase = (name: 'before' | 'restore' | 'after') =>
    touched.flatMap(({ undo }, i) => (undo[name] === undefined ? [] : [partOf(name, undo[name], i)]))
  return wrapped(run, salt, 'undo-log', [
    '[ -d "$NP_STORE" ] || { np_say stopped untouched; return; }',
    ': >>"$np_log"',
    'np_trouble=',
    ...touched.map(verdictOf),
    ...phase('before'),
    ...phase('restore').reverse(),
    ...phase('after'),
    ...touched.map((_, i) => `[ "$np_verdict_${i}" != restore ] || np_say back ${i}`),
    ...(keepsStore ? [] : [`[ -n "$np_trouble" ] || rm -rf ${runStore(run)}`]),
  ])
}

/** A unit that reads as before may still run what we gave it: its own texts judge that. Contents are put back only where they differ. */
const partOf = (name: 'before' | 'restore' | 'after', text: string, i: number) => {
  const when = name === 'restore' ? `[ "$np_verdict_${i}" = restore ]` : `[ "$np_verdict_${i}" != moved ]`
  return `if ${when}; then np_mark ${i}; ${alone(text)}\n[ "$np_rc" = 0 ] || { np_failed ${i} 0 "$np_rc"; np_verdict_${i}=failed np_trouble=1; }; fi`
}

const verdictOf = ({ chain, fingerprintText }: PlannedThing, i: number) => {
  const pairs = chain.slice(1).map((after, j) => `np_within "$np_now" ${quote(chain[j]!)} ${quote(after)}`)
  return [
    `np_now=$(${fingerprintText.text})`,
    `if [ "$np_now" = ${quote(chain[0]!)} ]; then np_verdict_${i}=same`,
    `elif ${pairs.join(' || ') || 'false'}; then np_verdict_${i}=restore`,
    `else np_verdict_${i}=moved np_trouble=1; np_moved ${i} "$np_now"; fi`,
  ].join('\n')
}
