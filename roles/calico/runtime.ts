import { RequirementError, type RoleHost } from 'netplay'

export const runtimeNames = ['docker', 'nerdctl', 'ctr'] as const
export type RuntimeName = (typeof runtimeNames)[number]

/** What runs containers on a host, and the unit that it needs. */
export interface Runtime {
  name: RuntimeName
  unit: 'docker.service' | 'containerd.service'
}

/**
 * docker where it runs, else containerd through nerdctl, else through ctr.
 * @param wanted what the admin chose
 * @throws RequirementError the host has none
 */
export function runtimeOf({ name: host, facts }: RoleHost, wanted?: RuntimeName): Runtime {
  const has = (tool: RuntimeName) => facts?.tools[tool] === true && (tool === 'docker' ? facts.docker : facts.containerd) !== 'absent'
  const name = wanted ?? runtimeNames.find(has)
  if (name !== undefined && (facts === undefined || has(name)))
    return { name, unit: name === 'docker' ? 'docker.service' : 'containerd.service' }
  throw new RequirementError(
    `${host} has no ${wanted ?? 'docker, nerdctl or ctr'} with its service`,
    'Install a container runtime there, or name the one it has in calico_container_runtime; nothing was changed.',
  )
}

/**
 * Words that run a program in a container that runs. containerd wants a new id for each: one of a client that was killed is taken as long as the
 * program runs.
 */
export const execWords = ({ name }: Runtime, container: string): string[] =>
  name === 'ctr' ? ['sh', '-c', ctrExec, container] : [name, 'exec', container]

const ctrExec = 'exec ctr tasks exec --exec-id "netplay-$(cat /proc/sys/kernel/random/uuid)" "$0" "$@"'
