import { clearCgroup } from './cgroup.js'
import { unmountBelow } from './mounts.js'
import { clearNetwork } from './network.js'
import { labPaths } from './state.js'

/** End everything of a lab that runs or is mounted, whoever started it and however that ended; its files stay. */
export async function clearLab(name: string): Promise<void> {
  await clearCgroup(name)
  await unmountBelow(labPaths(name).folder)
  await clearNetwork(name)
}
