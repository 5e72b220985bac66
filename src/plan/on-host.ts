import { RequirementError } from '../resources/errors.js'
import { pathKey } from '../resources/path-key.js'
import type { PathState } from '../resources/path-state.js'
import type { ClusterTask, World } from '../resources/resource.js'
import { sh, type ShellText } from '../shell.js'
import type { Answers } from './observe.js'

/** Of a path that a task of the cluster needs on its host. */
export const thereProbe = (path: string): ShellText => sh`if [ -f ${path} ]; then echo there; fi`

/** @throws RequirementError neither the host nor a task before provides what this one writes with */
export function requireOnHost(host: string, { kind, desired, title }: ClusterTask, world: World, answers: Answers): void {
  const missing = (kind.onHost?.(desired) ?? []).filter(path => {
    const planned = world.state<PathState>(pathKey(path))
    if (planned !== undefined) return planned.type !== 'file' && planned.type !== 'symlink'
    return answers.get(thereProbe(path).text)?.output.toString().trim() !== 'there'
  })
  if (missing.length === 0) return
  throw new RequirementError(
    `"${title}" is written with ${missing.join(' and ')}, which ${host} does not have`,
    'Bring it by a task before (a role does when it is given where to take it from), or install it; nothing was changed on this host.',
  )
}
