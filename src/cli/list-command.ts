import { loadPlays } from './play.js'
import { connectionsOf } from './play-connections.js'
import { checkTasks, listHosts, listTags, listTasks } from './list.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import type { RunOptions } from './options.js'

export interface ListOptions extends RunOptions {
  playbooks: string[]
  listHosts?: boolean
  listTasks?: boolean
  listTags?: boolean
  syntaxCheck?: boolean
}

/** What can be said without asking any host. */
export async function listCommand(options: ListOptions): Promise<ExitCode> {
  const { playbook, extraVars } = await loadPlays(options)
  if (options.listHosts) process.stdout.write(listHosts(playbook))
  if (options.listTasks) process.stdout.write(listTasks(playbook, options))
  if (options.listTags) process.stdout.write(listTags(playbook))
  if (options.syntaxCheck) {
    connectionsOf(playbook, extraVars, options, {})
    checkTasks(playbook)
    process.stdout.write(`playbook: ${options.playbooks.join(' ')}\n`)
  }
  return exitCodes.done
}
