import type { HostRecap } from '../events.js'
import type { Paint } from './paint.js'

const fields = ['ok', 'changed', 'unreachable', 'failed', 'skipped', 'rescued', 'ignored'] as const

/** One line a host in name order, in Ansible's form: name padded to 26, each value padded to 4. */
export const recapText = (recap: Readonly<Record<string, HostRecap>>, paint: Paint): string[] => [
  paint.bold('PLAY RECAP'),
  ...Object.keys(recap)
    .sort()
    .map(host =>
      `${colourOf(recap[host]!, paint)(host.padEnd(26))} : ${fields.map(field => `${field}=${String(recap[host]![field]).padEnd(4)}`).join(' ')}`.trimEnd(),
    ),
]

const colourOf = ({ failed, unreachable, changed }: HostRecap, paint: Paint) =>
  failed + unreachable > 0 ? paint.bad : changed > 0 ? paint.changed : paint.good
