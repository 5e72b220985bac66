import { check, gate, sh, systemdUnit, type CheckKind, type Task } from 'netplay'
import { majority, majorityParams } from './majority.js'
import { etcdUnit, memberSet, setsOf, type Context } from './sets.js'

/**
 * Restarts what reads the files only when it starts: etcd first, between two looks at its cluster, then its clients. With `serial: 1` no two members
 * are ever restarted together.
 */
export function restartTasks(context: Context): Task[] {
  const readers = [...inputsByReader(context)].sort(([a], [b]) => Number(b === etcdUnit) - Number(a === etcdUnit))
  return readers.flatMap(([name, inputs]) => {
    const restart = systemdUnit(`Restart ${name} when its certificates changed`, { name, inputs })
    const runs = gate(check(`${name} runs`, readerRuns, { name }), { timeoutMs: 60_000 })
    if (name !== etcdUnit || memberSet(context) === undefined) return [restart, runs]
    return [
      gate(check('etcd can spare this member', majority, majorityParams(context, 'without')), { timeoutMs: 60_000 }),
      restart,
      runs,
      gate(check('etcd has this member back', majority, majorityParams(context, 'with')), { timeoutMs: 120_000 }),
    ]
  })
}

export type ReaderInput = string | { path: string; secret: true }

/** A unit that two sets name reads the files of both. */
export function inputsByReader(context: Context): Map<string, ReaderInput[]> {
  const found = new Map<string, ReaderInput[]>()
  for (const { ca, cert, key, readers = [] } of setsOf(context))
    for (const name of readers) found.set(name, [...(found.get(name) ?? []), ca, cert, { path: key, secret: true }])
  return found
}

/** Long enough for a daemon that cannot use its certificates to have ended. */
const steadySeconds = 2

/** A unit that is not on the host, or that somebody stopped, is left alone: nothing was restarted there. */
export const readerRuns: CheckKind<{ name: string }> = {
  kind: 'reader-runs',
  scope: 'host',
  probe: ({ name }) => sh`
    systemctl show -p LoadState -p ActiveState -p SubState -p ActiveEnterTimestampMonotonic -- ${name}
    read -r up rest </proc/uptime
    echo "Uptime=$up"
    case $(systemctl is-active -- ${name}) in active|inactive|unknown) ;; *) journalctl -u ${name} -n 10 -o cat --no-pager 2>/dev/null ;; esac
    :`,
  verdict: ({ name }, _seen, { output }) => {
    const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(output)?.[1] ?? ''
    const state = value('ActiveState')
    if (value('LoadState') === 'not-found') return { holds: true, detail: 'not on this host' }
    if (state === 'inactive') return { holds: true, detail: 'not running, left so' }
    const next = `See \`journalctl -u ${name} -n 50\` on the host; \`netplay rollback RUN --forks 1\` puts the files back.`
    if (state !== 'active')
      return { holds: false, reason: `${name} is ${state} (${value('SubState')})`, evidence: output.split(/^Uptime=.*\n/m)[1] ?? '', next }
    const seconds = Number(value('Uptime')) - Number(value('ActiveEnterTimestampMonotonic')) / 1e6
    return seconds >= steadySeconds ? { holds: true } : { holds: false, reason: `${name} runs, but for less than ${steadySeconds} s`, next }
  },
}
