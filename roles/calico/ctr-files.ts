import { check, sh, type Check, type CheckKind } from 'netplay'
import type { Runtime } from './runtime.js'

/** `ctr run --net-host` mounts the host's own two, and fails where one is missing; docker and nerdctl make some of their own. */
export const ctrFiles: CheckKind<{ paths: string[] }> = {
  kind: 'ctr-files',
  scope: 'host',
  probe: ({ paths }) => sh`for f in ${paths}; do [ -e "$f" ] || printf '%s\n' "$f"; done`,
  verdict: (_params, _seen, { output }) => {
    const [missing] = output.split('\n')
    if (!missing) return { holds: true }
    return {
      holds: false,
      reason: `ctr runs no container in the host's network while ${missing} is missing`,
      next: 'Make it, if only an empty one, or run calico through docker or nerdctl (calico_container_runtime).',
    }
  },
}

/** What a runtime needs on the host beside itself. */
export const runtimeChecks = ({ name }: Runtime): Check[] =>
  name === 'ctr' ? [check('ctr can run a container', ctrFiles, { paths: ['/etc/hosts', '/etc/resolv.conf'] })] : []
