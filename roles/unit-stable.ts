import { sh, type ShellText } from 'netplay'

/** What `unitProblem` reads. */
export const unitLook = (unit: string): ShellText => sh`
  systemctl show ${unit} -p ActiveState -p SubState -p NRestarts -p ActiveEnterTimestampMonotonic
  read -r np_up np_rest </proc/uptime && echo "Uptime=$np_up"`

/** Between its crashes a daemon is active too: systemd tries again after five seconds (Restart=, RestartSec=5). */
const settledSeconds = 8

/**
 * What is wrong with a unit that should run. One that systemd had to restart counts only once it has stayed up for a while, so that a crash loop
 * that is just between two crashes holds no check. Source: networking.md 3, "a growing value is a crash loop".
 */
export function unitProblem(unit: string, text: string): string | undefined {
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? ''
  const state = value('ActiveState') || 'unknown'
  if (state !== 'active') return `${unit} is ${state}${value('SubState') === 'auto-restart' ? ', and ends again and again' : ''}`
  const restarts = Number(value('NRestarts'))
  const upSeconds = Number(value('Uptime') || Number.NaN) - Number(value('ActiveEnterTimestampMonotonic')) / 1e6
  return restarts > 0 && upSeconds >= 0 && upSeconds < settledSeconds
    ? `systemd has restarted ${unit} ${restarts === 1 ? 'once' : `${restarts} times`}, the last time ${upSeconds.toFixed(0)} s ago: it may end again`
    : undefined
}
