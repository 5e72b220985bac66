import type { JsonObject } from './calico-patch.js'

/** Where one kind of resource lies in etcd, and how it is told from there, to calicoctl, and back to there. */
export interface CalicoForm {
  api: 'v2' | 'v3'
  key: (name: string) => string
  /** what an admin sets (`spec`, labels and annotations; of a setting `value`), from the key's text; `undefined`: it is none of calico's */
  content: (text: string) => JsonObject | undefined
  /** what calicoctl reads. @param stored text of the key; `null`: absent */
  document: (name: string, content: JsonObject, stored: string | null) => JsonObject
  /** what calicoctl leaves in etcd of such a document */
  stored: (name: string, document: JsonObject) => string
  /** a setting of calicoctl v1: what it is where nobody set it. It is never absent then */
  unset?: JsonObject
  /** what is written for what is left out. Recorded with calicoctl v3.31.7; networking.md 2.3, 2.10 */
  defaults: JsonObject
  /** JSON pointers of what can never change */
  immutable: string[]
  /** one of each cluster: settings of many owners, none of whom takes away the others' */
  isShared?: true
}
