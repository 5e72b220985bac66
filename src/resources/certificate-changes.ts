import type { Change } from '../change.js'
import { RequirementError } from './errors.js'
import type { PathState } from './path-state.js'
import { readCertificates, type Certificate } from './x509.js'
import { certificatesText, expiryInWords } from './x509-text.js'

export type IfDifferent = 'write' | 'refuse'

/** What is told of certificates that take another's place, instead of their bytes. */
export function certificateChanges(observed: PathState, wanted: readonly [Certificate, ...Certificate[]], now: Date): Change[] {
  const before = certificatesOn(observed)
  const [expired, expires] = [before?.[0], wanted[0]].map(leaf => (leaf === undefined ? null : expiryInWords(leaf, now)))
  const content = { field: 'content', before: oldContent(observed, before), after: { text: certificatesText(wanted) } }
  if (before !== undefined && certificatesText(before) === content.after.text)
    return [{ field: 'content', before: 'the same certificates, written differently', after: 'as on the controller' }]
  return [content, ...(expired === expires ? [] : [{ field: 'expires', before: expired!, after: expires! }])]
}

/** @returns undefined: nothing there, or nothing that can be read as certificates */
export function certificatesOn(observed: PathState): Certificate[] | undefined {
  if (observed.type !== 'file' || observed.text === undefined) return undefined
  try {
    const found = readCertificates(observed.text)
    return found.length === 0 ? undefined : found
  } catch {
    return undefined
  }
}

function oldContent(observed: PathState, before: Certificate[] | undefined): Change['before'] {
  if (observed.type !== 'file') return null
  return before === undefined ? { digest: observed.digest, sizeBytes: observed.sizeBytes } : { text: certificatesText(before) }
}

/** @throws {RequirementError} the task only counts on what the host has, and it has something else */
export function refuseOtherContent({ path, ifDifferent }: { path: string; ifDifferent?: IfDifferent }, changes: readonly Change[]): void {
  if (ifDifferent !== 'refuse' || changes.every(({ field }) => field !== 'content')) return
  throw new RequirementError(
    `${path} on this host is not the one of the controller, and this play does not change it`,
    'Run the play that distributes it, on every host, before this one; nothing was changed on any host.',
  )
}
