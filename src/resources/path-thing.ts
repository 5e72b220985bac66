import type { ShellText } from '../shell.js'
import { batched, sh } from '../shell.js'
import { markOf, pathOf, storeNameOf } from './path-key.js'
import type { DirectoryState, PathState } from './path-state.js'
import { octal, pathFingerprint } from './path-state.js'
import type { ThingKind } from './resource.js'

/** What lives at a path, whichever kind of task is about it. Pre-images stay on the host; folders are kept only where a task wants them gone. */
export const pathThing: ThingKind<PathState> = {
  fingerprint: pathFingerprint,
  fingerprintText: (key, state) => batched('np_prints', [pathOf(key), state.salt ?? '-']),
  save: (key, first) => (isKept(first) ? sh`np_save ${pathOf(key)} ${storeNameOf(pathOf(key))}` : undefined),
  // A run killed inside a step leaves the path as it was and a temporary name beside it: swept even where there is nothing to restore.
  undo: (key, first, chain) => ({ restore: restoreOf(pathOf(key), first, chain), after: sweepOf(pathOf(key)) }),
}

const sweepOf = (path: string): ShellText => sh`np_sweep ${path} ${markOf(path)}`

const isKept = (first: PathState) =>
  first.type === 'file' || first.type === 'symlink' || (first.type === 'directory' && first.empty === false)

function restoreOf(path: string, first: PathState, chain: PathState[]): ShellText | undefined {
  if (first.type === 'absent') return sh`np_unmake ${path} ${markOf(path)} ${levelsMade(chain)}`
  if (first.type === 'directory' && !(isKept(first) && chain.some(isGone))) return folderBack(path, first)
  return isKept(first) ? sh`np_back ${path} ${markOf(path)} ${storeNameOf(path)}` : undefined
}

const folderBack = (path: string, { uid, gid, mode }: DirectoryState) =>
  sh`np_clear ${path}; np_mkdir ${path} ${markOf(path)} ${uid} ${gid} ${octal(mode)} no`
const isGone = ({ type }: PathState) => type !== 'directory'
const levelsMade = (chain: PathState[]) => Math.max(0, ...chain.map(state => (state.type === 'directory' ? (state.madeAbove ?? 0) : 0)))
