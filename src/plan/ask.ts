import { randomBytes } from 'node:crypto'
import { NetplayError, printable } from '../errors.js'
import { probeScript, sectionsOf, type Section } from '../resources/probe-script.js'
import type { ShellText } from '../shell.js'
import type { Session } from '../transport/session.js'

/** A probe that ended the shell it ran in, whatever was tried; named by its place in the list. */
export class ProbeDiedError extends NetplayError {
  readonly code = 'PROBE_DIED'
  constructor(
    readonly host: string,
    readonly index: number,
    text: string,
    readonly words: string,
  ) {
    super(`a probe ended the shell that it ran in on ${host}: ${printable(text.trim().split('\n')[0]!.slice(0, 200))}`)
  }
  get next() {
    return 'Look at the probe named above: a probe only reads and prints. Nothing was changed on this host.'
  }
}

/**
 * Ask many texts in one request. A text that kills its shell costs only itself: the rest is sent again.
 * @returns one section a text, in the order of the texts
 * @throws {ProbeDiedError} naming the text that ends the shell each time
 */
export async function askAll(session: Session, texts: readonly ShellText[], purpose: string): Promise<Section[]> {
  const found = new Map<number, Section>()
  let wanted = new Map(texts.map((text, index) => [index, text]))
  while (wanted.size > 0) {
    const nonce = randomBytes(12).toString('hex')
    const reply = await session.request(probeScript(wanted, nonce), { purpose })
    const sections = sectionsOf(reply.stdout, nonce)
    if (sections.size === 0) {
      const [index, { text }] = [...wanted][0]!
      throw new ProbeDiedError(session.host, index, text, reply.stderr.toString().slice(-2000))
    }
    for (const [index, section] of sections) found.set(index, section)
    // Batches are sent once only: whatever one of them leaves open is asked alone.
    wanted = new Map([...wanted].filter(([index]) => !found.has(index)).map(([index, { text }]) => [index, { text }]))
  }
  return texts.map((_, index) => found.get(index)!)
}
