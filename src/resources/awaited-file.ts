import { quote, sh } from '../shell.js'
import type { ResourceKind, ThingKind } from './resource.js'
import { taskOf } from './task.js'

/** A file that a daemon writes, not we: known after apply, and later tasks may count on it. */
export interface AwaitedFileParams {
  /** absolute */
  path: string
  /** who writes it, for people: "flanneld writes it" */
  by: string
  /** default 60 */
  timeoutSeconds?: number
}

export interface AwaitedFileState {
  present: boolean
}

const schema = {
  type: 'object',
  required: ['path', 'by'],
  additionalProperties: false,
  properties: { path: { type: 'string', pattern: '^/' }, by: { type: 'string' }, timeoutSeconds: { type: 'integer', minimum: 1 } },
} as const

/** Nothing of it is ours: it is neither kept nor put back. */
const awaitedThing: ThingKind<AwaitedFileState> = {
  fingerprint: ({ present }) => `present=${present ? 'yes' : 'no'}`,
  fingerprintText: key => sh`if [ -s ${key.slice('awaited:'.length)} ]; then echo present=yes; else echo present=no; fi`,
  undo: () => ({}),
}

export const awaitedFileKind: ResourceKind<AwaitedFileParams, AwaitedFileState> = {
  kind: 'awaited-file',
  schema,
  thing: awaitedThing,
  key: ({ path }) => `awaited:${path}`,
  probe: ({ path }) => sh`[ -s ${path} ] && echo yes || echo no`,
  parse: output => ({ present: output.toString().trim() === 'yes' }),
  diff: ({ by }, { present }) => (present ? [] : [{ field: 'content', before: null, after: { unknown: by } }]),
  after: () => ({ present: true }),
  steps: ({ path, by, timeoutSeconds = 60 }) => [
    sh`
      left=${timeoutSeconds}
      until [ -s ${path} ]; do
        left=$((left - 1))
        if [ "$left" -le 0 ]; then echo ${`${quote(path)} did not appear within ${timeoutSeconds} s: ${by}`} >&2; exit 1; fi
        sleep 1
      done`,
  ],
}

/** `awaitedFile('Subnet of this host', { path: '/run/flannel/subnet.env', by: 'flanneld writes it' })` */
export const awaitedFile = taskOf(awaitedFileKind)
