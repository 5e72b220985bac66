import type { HostRecap } from '../events.js'
import { paintFor, type Paint } from './paint.js'
import { oneLine } from './shown.js'
import { widthOf } from './width.js'

const fields = ['ok', 'changed', 'unreachable', 'failed', 'skipped', 'rescued', 'ignored'] as const

/**
 * One line a host in name order, byte for byte as Ansible has it: name padded to 26, each value to 4, the last one too.
 * Source: ansible-core 2.19 lib/ansible/plugins/callback/default.py, `v2_playbook_on_stats`; lib/ansible/utils/color.py.
 * @param columns of the terminal: where it is too narrow the padding goes
 */
export function recapText(recap: Readonly<Record<string, HostRecap>>, paint: Paint, columns = Infinity): string[] {
  const hosts = Object.keys(recap).sort()
  const line = (host: string, paddings: readonly [name: number, value: number], colours: Paint) => {
    const counts = recap[host]!
    const values = fields.map(field => counted(field, counts[field], paddings[1], colours))
    return `${hostColour(counts, colours)(oneLine(host).padEnd(paddings[0]))} : ${values.join(' ')}`
  }
  const isNarrow = hosts.some(host => widthOf(line(host, ansible, paintFor(false)).trimEnd()) > columns)
  const narrow = [Math.max(0, ...hosts.map(host => oneLine(host).length)), 0] as const
  return [paint.bold('PLAY RECAP'), ...hosts.map(host => line(host, isNarrow ? narrow : ansible, paint))]
}

const ansible = [26, 4] as const

const counted = (field: (typeof fields)[number], count: number, padding: number, paint: Paint): string => {
  const text = `${field}=${String(count).padEnd(padding)}`
  return count === 0 ? text : fieldColour(field, paint)(text)
}

function fieldColour(field: (typeof fields)[number], paint: Paint) {
  if (field === 'unreachable' || field === 'failed') return paint.bad
  if (field === 'changed') return paint.changed
  return field === 'skipped' || field === 'ignored' ? paint.restart : paint.good
}

const hostColour = ({ failed, unreachable, changed }: HostRecap, paint: Paint) =>
  failed + unreachable > 0 ? paint.bad : changed > 0 ? paint.changed : paint.good
