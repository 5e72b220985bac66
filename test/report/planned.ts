import type { Action, Change } from '../../src/change.js'
import type { PlannedItem } from '../../src/report/item-words.js'

/** An item of a plan as its event tells it. */
export const item = (host: string, kind: string, key: string, action: Action, changes: Change[] = [], task = key): PlannedItem => ({
  type: 'item-planned',
  play: 1,
  stage: 1,
  host,
  item: `s1.${host}.1`,
  role: 'web',
  task,
  kind,
  key,
  action,
  changes,
})

export const made = (field: string, after: Change['after']): Change => ({ field, before: null, after })
export const changed = (field: string, before: Change['before'], after: Change['after']): Change => ({ field, before, after })
