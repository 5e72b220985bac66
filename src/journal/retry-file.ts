import { writeFileSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { HostEnd } from '../events.js'

export interface RetryOf {
  playbook: string
  ends: Readonly<Record<string, HostEnd>>
  wanted?: { folder?: string }
}

/**
 * The hosts that are not done, a line each, for `--limit @FILE`: beside the run's journal, or where the admin wants retry files as `PLAYBOOK.retry`.
 * @param options.folder of the journal
 * @param options.wanted retry files are enabled; its folder, default that of the playbook
 * @returns its path; undefined when every host is done
 */
export function keepRetryFile({ run, folder, playbook, ends, wanted }: RetryOf & { run: string; folder: string }): string | undefined {
  const hosts = Object.keys(ends).filter(host => ends[host] !== 'done')
  if (hosts.length === 0) return undefined
  const text = hosts.map(host => `${host}\n`).join('')
  const own = join(folder, `${run}.retry`)
  const asked = wanted && join(wanted.folder ?? dirname(resolve(playbook)), `${basename(playbook, extname(playbook))}.retry`)
  return asked !== undefined && written(asked, text) ? asked : written(own, text) ? own : undefined
}

/** A folder that may not be written to is no reason for a run to fail. */
function written(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { mode: 0o600 })
    return true
  } catch {
    return false
  }
}
