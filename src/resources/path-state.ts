/** What is at a path, as observed or as predicted. The same union for file, directory, absent, symlink and binary. */
export type PathState = PathBody & {
  /** a temporary name of a killed run lies beside it */
  leftover?: boolean
  /** digests of this path are salted, because a task says that its content is secret */
  salt?: string
  /** an earlier task of the plan removes a folder here with all that is in it */
  removesTree?: boolean
  /** what the probe saw around the path; a prediction keeps it */
  seen?: Surroundings
}

/** What a prediction keeps of the state before. */
export const kept = ({ salt, removesTree, seen }: PathState): Pick<PathState, 'salt' | 'removesTree' | 'seen'> => ({
  ...(salt === undefined ? {} : { salt }),
  ...(removesTree === undefined ? {} : { removesTree }),
  ...(seen === undefined ? {} : { seen }),
})

export type PathBody = AbsentState | FileState | DirectoryState | SymlinkState | OtherState

export interface AbsentState {
  type: 'absent'
}
export interface Owned {
  /** all twelve bits */
  mode: number
  uid: number
  gid: number
  /** names as the host shows them; a number where there is no name */
  owner: string
  group: string
}
export interface FileState extends Owned {
  type: 'file'
  /** sha256 of the bytes in hex; with a salt: sha256(salt + that); `unreadable` for who may not read it */
  digest: string
  sizeBytes: number
  /** content, where it was asked for and is UTF-8 without NUL of at most 64 KiB; never of a secret */
  text?: string
}
export interface DirectoryState extends Owned {
  type: 'directory'
  /** known where a task wants it gone */
  empty?: boolean
  /** levels above it that a task made along with it */
  madeAbove?: number
}
export interface SymlinkState {
  type: 'symlink'
  target: string
  /** the target as fingerprints write it: as it is, or `hex:` and its bytes */
  word: string
}
export interface OtherState {
  type: 'fifo' | 'socket' | 'device'
}

export interface Surroundings {
  /** the folder it is in; `absent`: there is a folder `missing` levels up; `other`: what is there is no folder */
  parent: 'directory' | 'absent' | 'other'
  missing: number
  /** who writes: owner of new files unless a task says otherwise */
  self: Omit<Owned, 'mode'>
  /** numbers of the names that the task asked for; null: there is no such name */
  users: Record<string, number | null>
  groups: Record<string, number | null>
}

/** Blank-separated words; equal to what `np_prints` prints on a host in this state. */
export function pathFingerprint(state: PathState): string {
  const owned = ({ mode, uid, gid }: Owned) => `mode=${octal(mode)} uid=${uid} gid=${gid}`
  switch (state.type) {
    case 'file':
      return `type=file ${owned(state)} digest=${state.digest}`
    case 'directory':
      return `type=directory ${owned(state)}`
    case 'symlink':
      return `type=symlink target=${state.word}`
    default:
      return `type=${state.type}`
  }
}

/** Four digits, as admins write modes. */
export const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

export const symlinkTo = (target: string): SymlinkState => ({
  type: 'symlink',
  target,
  word: /^[A-Za-z0-9_/.,=@%+-]*$/.test(target) ? target : `hex:${Buffer.from(target).toString('hex')}`,
})

export const symlinkFrom = (word: string): SymlinkState => ({
  type: 'symlink',
  target: word.startsWith('hex:') ? Buffer.from(word.slice('hex:'.length), 'hex').toString() : word,
  word,
})
