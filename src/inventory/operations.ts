import type { Origin } from '../errors.js'
import type { Value } from './model.js'

/** What a source says, one statement each; reading a source makes these, `Draft` carries them out. */
export type Operation =
  | { op: 'group'; name: string; origin: Origin }
  | { op: 'hosts'; names: readonly string[]; group: string; port?: number; vars: readonly Assignment[]; origin: Origin }
  | { op: 'child'; parent: string; child: string; origin: Origin }
  | { op: 'group-vars'; group: string; vars: readonly Assignment[] }

export type Assignment = readonly [name: string, value: Value]

/** Tells the admin of something odd; the position is put before the sentence. */
export type Warn = (problem: string, origin: Origin) => void
