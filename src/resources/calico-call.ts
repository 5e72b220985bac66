import type { CalicoWrite } from '../calico.js'
import type { EtcdValue } from '../etcd.js'
import { sh, type ShellText } from '../shell.js'
import { contentAt } from './calico-judged.js'
import { calicoForms } from './calico-kinds.js'
import { merged, type JsonObject } from './calico-patch.js'
import { word } from './calico-v1-forms.js'
import { isObject } from './json-compare.js'

/** After which calicoctl is ended. Source: networking.md 2.10: with a dead etcd it hangs without end; otherwise it takes 55-130 ms. */
export const timeoutSecondsOf = ({ calicoctl: { timeoutSeconds = 20 } }: Pick<CalicoWrite, 'calicoctl'>): number => timeoutSeconds

/**
 * What runs on the host, of the write and of what etcd holds right now. An apply carries the revision that was read, a create none: calicoctl
 * refuses the one with "update conflict" and the other with "resource already exists" when somebody wrote meanwhile (recorded). Its v1 knows no
 * revisions. `--config` belongs behind the verb.
 */
export function calicoctlCall(write: CalicoWrite, now: EtcdValue): ShellText {
  const { calicoctl, kind, name, set } = write
  const call = ['timeout', timeoutSecondsOf(write), calicoctl.path]
  const config = `--config=${calicoctl.config}`
  const document = documentAfter(write, now)
  if (calicoForms[kind].unset !== undefined) return sh`${call} config set ${kind} ${word(document?.['value'])} ${config}`
  const verb = set === null ? 'delete' : now.value === null ? 'create' : 'apply'
  const given = document ?? calicoForms[kind].document(name, {}, null)
  return sh`printf %s ${JSON.stringify(withRevision(write, given, now))} | ${[...call, verb]} -f - ${config}`
}

/** What etcd holds once calicoctl has done it; `null`: nothing. For who has no calicoctl any more. */
export function storedAfter(write: CalicoWrite, now: EtcdValue): string | null {
  const document = documentAfter(write, now)
  return document === null ? null : calicoForms[write.kind].stored(write.name, document)
}

function documentAfter(write: CalicoWrite, now: EtcdValue): JsonObject | null {
  const { kind, name, set } = write
  if (set === null) return null
  return calicoForms[kind].document(name, merged(contentAt(write, now), set as JsonObject), now.value)
}

function withRevision({ kind }: CalicoWrite, document: JsonObject, { value, revision }: EtcdValue): JsonObject {
  const { metadata } = document
  if (calicoForms[kind].api === 'v2' || value === null || !isObject(metadata)) return document
  return { ...document, metadata: { ...metadata, resourceVersion: String(revision) } }
}
