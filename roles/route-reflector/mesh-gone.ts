import { command, sh, type Task } from 'netplay'
import { containerName } from '../calico-node/unit.js'
import { execWords, runtimeOf } from '../calico/runtime.js'
import { nodeNameOf, nodesOf, type Context } from './names.js'

/** Until confd must have taken the sessions away, and between two restarts: more than a node needs to have its sessions again (5.5 s, measured). */
const turnSeconds = 20

/**
 * P13: confd takes the mesh's sessions away by itself. A node that keeps one is restarted, and no other, one after another: a restart while
 * another's is not over can cost routes (networking.md 4.4).
 */
export function restartWhereMeshRemains(context: Context): Task {
  const exec = execWords(runtimeOf(context.host, context.params.container_runtime), containerName)
  const turn = nodesOf(context).findIndex(host => nodeNameOf(host) === nodeNameOf(context.host))
  return command('Sessions of the mesh are gone', {
    shows: 'wait for it; systemctl restart calico.service where one remains, one node after another',
    ...meshGone(exec, turnSeconds * (1 + Math.max(turn, 0))),
  })
}

/** @param exec words that run a program in the container @param patienceSeconds after which the node is restarted */
export function meshGone(exec: readonly string[], patienceSeconds: number): { done: string; run: string; undo: string } {
  const protocols = sh`timeout 20 ${exec} birdcl -s /var/run/calico/bird.ctl show protocols`
  // BIRD that does not answer has not said that they are gone.
  const isGone = sh`said=$(${protocols}) && ! printf '%s\n' "$said" | grep -q '^ *Mesh_'`
  const waits = sh`
    gone() { ${isGone}; }
    waits() { left=$1; while [ "$left" -gt 0 ]; do ! "$2" || exit 0; left=$((left - 1)); sleep 1; done; }`
  return {
    done: String(isGone),
    run: String(sh`
      ${waits}
      waits ${patienceSeconds} gone
      systemctl restart calico.service
      waits ${turnSeconds} gone`),
    // By then etcd asks for the mesh again: confd brings it back.
    undo: String(sh`
      ${waits}
      back() { ! gone; }
      waits ${turnSeconds} back`),
  }
}
