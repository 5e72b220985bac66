import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ThingKey } from '../../src/change.js'
import { prelude } from '../../src/resources/prelude.js'
import { probeScript, sectionsOf } from '../../src/resources/probe-script.js'
import type { ResolvedSource, ResourceKind, Slot, SlotSource, Sources, World } from '../../src/resources/resource.js'
import type { ShellText } from '../../src/shell.js'
import { quote } from '../../src/shell.js'
import type { RunShell } from './private-host.js'

/** The smallest engine that keeps the contract: one host, no transport. The suite proves kinds with it; the real one is src/plan and src/apply. */
export interface Planned<S = unknown> {
  key: ThingKey
  kind: ResourceKind<never, S>
  first: S
  chain: S[]
}

export const bytesOf = (source: SlotSource): Buffer => {
  if (source.type === 'secret') return Buffer.from(source.value.reveal())
  if (source.type === 'inline') return Buffer.from(source.text)
  if (source.type === 'path') return readFileSync(source.path)
  if (source.type === 'archive') return execFileSync('tar', ['-xOf', source.path, source.member])
  throw new Error(`the contract suite has no source of type ${source.type}`)
}

const resolve = (source: SlotSource): ResolvedSource => {
  const bytes = bytesOf(source)
  const text = bytes.toString()
  const isText = bytes.length <= 65536 && !text.includes('\0') && Buffer.from(text).equals(bytes)
  return { digest: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length, ...(isText ? { text } : {}) }
}

export const sourcesWith = (salt: string): Sources => ({ salt, source: resolve })

export const worldOf = (states: ReadonlyMap<ThingKey, unknown>, salt = 'pepper'): World => ({
  ...sourcesWith(salt),
  state: <S>(key: ThingKey) => states.get(key) as S | undefined,
})

/** Runs probes as a real check does: one script, one section each. */
export async function probeAll(runShell: RunShell, texts: ShellText[]): Promise<Buffer[]> {
  const nonce = randomBytes(12).toString('hex')
  const { stdout, stderr } = await runShell(probeScript(new Map(texts.entries()), nonce))
  const sections = sectionsOf(stdout, nonce)
  return texts.map((text, i) => {
    const section = sections.get(i)
    if (section === undefined) throw new Error(`no answer to ${text.text}: ${stderr.toString()}`)
    return section.output
  })
}

export const probeOne = async <D, S>(runShell: RunShell, kind: ResourceKind<D, S>, desired: D, salt = 'pepper'): Promise<S> =>
  kind.parse((await probeAll(runShell, [kind.probe(desired, sourcesWith(salt))]))[0]!, desired)

const folders = 'NP_STORE=/np/store NP_SLOTS=/np/slots; export NP_STORE NP_SLOTS; mkdir -p "$NP_STORE" "$NP_SLOTS"; umask 022'

/** Text that puts contents where steps look for them. */
export const slotTexts = (slots: Slot[]): string =>
  [
    'mkdir -p /np/slots',
    ...slots.map(slot => `printf %s '${bytesOf(slot.source).toString('base64')}' | base64 -d >/np/slots/${slot.name}`),
  ].join('\n')

/** A program: pre-images, then steps, each in a shell of its own; after the steps the fingerprints of its things, a line each. */
export const programOf = (saves: ShellText[], steps: ShellText[], things: ShellText[] = []): string =>
  [
    prelude,
    'main() {',
    folders,
    ...[...saves, ...steps].map(text => `( set -eu\n${text}\n) </dev/null >&2 || { echo "failed $?"; return 1; }`),
    ...things.map(String),
    '}',
    'main',
  ].join('\n')

/** Guarded undo of one thing; prints `same`, `back` or `moved`. */
export function undoOf(things: Planned[]): string {
  const touched = things.map(thing => ({ ...thing, undo: thing.kind.thing.undo(thing.key, thing.first, thing.chain) }))
  const each = (text: ShellText | undefined, i: number, when: string) =>
    text === undefined ? '' : `if [ "$np_verdict_${i}" ${when} ]; then ( set -eu\n${text}\n) </dev/null >&2 || echo "failed $?"; fi`
  return [
    prelude,
    'main() {',
    folders,
    ...touched.map(({ kind, key, first, chain }, i) => {
      const [before, ...after] = [first, ...chain].map(state => kind.thing.fingerprint(state))
      const pairs = after.map((state, j) => `np_within "$np_now" ${quote([before, ...after][j]!)} ${quote(state)}`)
      return `np_now=$(${kind.thing.fingerprintText(key, first)})
if [ "$np_now" = ${quote(before!)} ]; then np_verdict_${i}=same
elif ${pairs.join(' || ') || 'false'}; then np_verdict_${i}=back
else np_verdict_${i}=moved; fi
echo "$np_verdict_${i}"`
    }),
    ...touched.map(({ undo }, i) => each(undo.before, i, '!= moved')),
    ...touched.map(({ undo }, i) => each(undo.restore, i, '= back')).reverse(),
    ...touched.map(({ undo }, i) => each(undo.after, i, '!= moved')),
    '}',
    'main',
  ].join('\n')
}
