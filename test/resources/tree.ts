import type { RunShell } from './private-host.js'

export interface TreeOptions {
  /** times of change too, of folders as well: nothing at all was written */
  strictly?: boolean
}

/** Names, types, owners, modes, targets, contents of all, and times of files (in seconds: busybox copies no finer), that is under these folders, a line each. Needs GNU find on the host. */
export async function treeOf(runShell: RunShell, roots: string[], { strictly = false }: TreeOptions = {}): Promise<string[]> {
  const format = strictly ? '%y %m %U %G %T@ %C@ %i' : '%y %m %U %G'
  const { stdout, stderr, exit } =
    await runShell(`/usr/bin/find ${roots.join(' ')} -printf '${format} %p -> %l\\0' -type f -printf '%Ts %p\\0'
/usr/bin/find ${roots.join(' ')} -type f -exec /usr/bin/sha256sum -z {} +`)
  if (exit !== 0) throw new Error(`cannot read the tree: ${stderr.toString()}`)
  return stdout.toString('latin1').split('\0').sort()
}
