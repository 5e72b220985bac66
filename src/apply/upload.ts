import { printable } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import type { Slot } from '../resources/resource.js'
import { digestOf, type SourceTable } from '../plan/sources.js'
import { sh } from '../shell.js'
import type { Session } from '../transport/session.js'
import { SourceChangedError, UploadFailedError } from './errors.js'
import { slotsFolder } from './host-folders.js'

/** The source behind every slot must still be what the plan was made with. @throws {SourceChangedError} */
export function confirmSources({ hosts }: Pick<Plan, 'hosts'>, sources: SourceTable): void {
  for (const slot of Object.values(hosts).flatMap(({ slots }) => slots))
    if (digestOf(sources.source(slot.source), slot, sources.salt) !== slot.digest) throw new SourceChangedError(slotTitle(slot))
}

/** Bring what is missing into the host's slot folder: root-only, once a digest, verified there before it counts. */
export async function uploadSlots(
  session: Session,
  slots: readonly Slot[],
  sources: SourceTable,
  onProgress: (slot: Slot, sentBytes: number) => void,
): Promise<void> {
  if (slots.length === 0) return
  const present = await presentSlots(session, slots)
  for (const slot of slots.filter(({ name }) => !present.has(name))) await upload(session, slot, sources, onProgress)
}

async function presentSlots(session: Session, slots: readonly Slot[]): Promise<Set<string>> {
  const tests = slots.map(({ name }) => sh`if [ -f ${`${slotsFolder}/${name}`} ]; then echo ${name}; fi`.text)
  const { stdout } = await session.request(tests.join('\n'), { purpose: 'upload' })
  return new Set(stdout.toString().split('\n'))
}

async function upload(session: Session, slot: Slot, sources: SourceTable, onProgress: (slot: Slot, sentBytes: number) => void) {
  const content = sources.open(slot.source)
  const { digest } = sources.source(slot.source)
  const path = `${slotsFolder}/${slot.name}`
  const script = sh`
    umask 077
    set -e
    mkdir -p ${slotsFolder}
    trap ${`rm -f ${path}.part`} EXIT
    # With nobody left to read our words the part must still go.
    trap '' PIPE
    cat >${`${path}.part`}
    found=$(sha256sum <${`${path}.part`})
    if [ "\${found%% *}" != ${digest} ]; then echo 'the bytes that arrived have another sha256' >&2; exit 3; fi
    mv -f ${`${path}.part`} ${path}`
  const stdin = Buffer.isBuffer(content)
    ? content
    : { stream: content.stream(), sizeBytes: content.sizeBytes, onProgress: (sent: number) => onProgress(slot, sent) }
  const { ending, stderr } = await session.request(script.text, { purpose: 'upload', stdin, timeoutMs: 0, quietMs: 300_000 })
  if (!('exit' in ending) || ending.exit !== 0)
    throw new UploadFailedError(session.host, slotTitle(slot), printable(stderr.toString().trim()))
}

const slotTitle = ({ source, sizeBytes }: Slot): string => {
  if (source.type === 'path' || source.type === 'archive') return source.path
  return source.type === 'url' ? source.url : `a content of ${sizeBytes} bytes`
}
