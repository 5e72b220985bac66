/** A value as it is shown to people and written into plans. Never secret bytes, never input for undo. */
export type Shown =
  | null
  | string
  | number
  | boolean
  /** content in full: shown as a unified diff, line by line */
  | { text: string }
  /** content too large or not text: shown by size and digest */
  | { digest: string; sizeBytes: number }
  | { sensitive: true }
  /** not known before apply; `reason` says who makes it: "flanneld writes it" */
  | { unknown: string }

/** One field of one thing, before and after; `null` is absent. */
export interface Change {
  field: string
  before: Shown
  after: Shown
}

/** `restart` is a change of what a process runs with, with no change of the thing itself. */
export type Action = 'none' | 'create' | 'change' | 'remove' | 'restart'

/** What a thing is about: `file:/etc/x`, `unit:flannel.service`, `etcd3:/coreos.com/network/config`. Paths are canonical. */
export type ThingKey = `${string}:${string}`

export const actionOf = (changes: readonly Change[]): Action => {
  if (changes.every(({ before }) => before === null)) return 'create'
  return changes.every(({ after }) => after === null) ? 'remove' : 'change'
}
