import { dirname, resolve } from 'node:path'
import type { Host, Inventory, Variables } from '../inventory/model.js'
import { hostScope, type HostScopeOptions } from '../templates/host-scope.js'
import type { Scope } from '../templates/scope.js'
import type { Play, RoleUse } from './model.js'
import { serialBatches } from './serial.js'
import { strongestFirst, type TaskVars } from './written-task.js'

/** What the command line says of a run, for templates. */
export interface RunNames {
  limit?: string
  tags: readonly string[]
  skipTags: readonly string[]
  forks: number
  diff: boolean
}

export interface ScopeSource {
  inventory: Inventory
  extraVars: Variables
  run?: RunNames
}

/**
 * What templates can name in a play on a host, and in a role or a task of it. Strongest first: `-e`, the role's keys, the `vars` of its entry or of the
 * task and of what is around it, files of the play's `vars_files`, its `vars`, the host's variables.
 * @param of a role of the play, or the `vars` of a task, innermost first
 */
export const playScope = (source: ScopeSource, play: Play, host: Host, of?: RoleUse | readonly TaskVars[]): Scope =>
  hostScope(source.inventory, source.extraVars, host, playScopeOptions(source, play, host, of))

const isVars = (of: RoleUse | readonly TaskVars[] | undefined): of is readonly TaskVars[] => Array.isArray(of)

function playScopeOptions({ run }: ScopeSource, play: Play, host: Host, of?: RoleUse | readonly TaskVars[]): HostScopeOptions {
  const use = isVars(of) ? undefined : of
  const namesOfHosts = () => play.hosts.map(({ name }) => name)
  const names = new Map<string, () => unknown>([
    ['ansible_play_hosts', namesOfHosts],
    ['ansible_play_hosts_all', namesOfHosts],
    [
      'ansible_play_batch',
      () => (serialBatches(play.serial, play.hosts).find(batch => batch.includes(host)) ?? []).map(({ name }) => name),
    ],
    ['ansible_play_name', () => play.name],
    ['ansible_play_role_names', () => play.roles.map(({ role }) => role.name)],
    ...(use
      ? ([
          ['role_name', () => use.role.name],
          ['role_path', () => dirname(use.role.file)],
        ] as const)
      : []),
    ...namesOfRun(run),
  ])
  return {
    over: [...(use ? [use.params, use.vars] : []), ...(isVars(of) ? strongestFirst(of).map(({ vars }) => vars) : []), play.vars],
    names,
    playbookDir: dirname(resolve(play.file)),
    ...(use ? { roleDir: dirname(use.role.file) } : {}),
  }
}

function namesOfRun(run: RunNames | undefined): [string, () => unknown][] {
  if (!run) return []
  return [
    ['ansible_limit', () => run.limit ?? null],
    ['ansible_run_tags', () => (run.tags.length > 0 ? run.tags : ['all'])],
    ['ansible_skip_tags', () => run.skipTags],
    ['ansible_forks', () => run.forks],
    ['ansible_diff_mode', () => run.diff],
  ]
}
