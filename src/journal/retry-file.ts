import { writeFileSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { HostEnd } from '../events.js'

/**
 * The hosts that are not done, a line each, for `--limit @FILE`: beside the run's journal. Where Ansible is told to keep retry files
 * (`ANSIBLE_RETRY_FILES_ENABLED`, `ANSIBLE_RETRY_FILES_SAVE_PATH`) it is `PLAYBOOK.retry` beside the playbook, or in that folder.
 * @param options.folder of the journal
 * @returns its path; undefined when every host is done
 */
export function keepRetryFile(
  { run, folder, playbook, ends }: { run: string; folder: string; playbook: string; ends: Readonly<Record<string, HostEnd>> },
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const hosts = Object.keys(ends).filter(host => ends[host] !== 'done')
  if (hosts.length === 0) return undefined
  const text = hosts.map(host => `${host}\n`).join('')
  const own = join(folder, `${run}.retry`)
  const asked = ansibles(playbook, env)
  return asked !== undefined && written(asked, text) ? asked : written(own, text) ? own : undefined
}

function ansibles(playbook: string, env: NodeJS.ProcessEnv): string | undefined {
  if (!/^(?:1|true|yes|on|t|y)$/i.test(env['ANSIBLE_RETRY_FILES_ENABLED'] ?? '')) return undefined
  const folder = env['ANSIBLE_RETRY_FILES_SAVE_PATH'] || dirname(resolve(playbook))
  return join(folder, `${basename(playbook, extname(playbook))}.retry`)
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
