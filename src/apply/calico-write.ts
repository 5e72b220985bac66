import type { CalicoWrite } from '../calico.js'
import { NetplayError, printable } from '../errors.js'
import type { EtcdValue } from '../etcd.js'
import type { ClusterEtcd } from '../plan/etcd-pool.js'
import { calicoctlCall, storedAfter, timeoutSecondsOf } from '../resources/calico-call.js'
import { fieldsSeen, judgedCalico } from '../resources/calico-judged.js'
import type { JsonObject } from '../resources/calico-patch.js'
import type { Session } from '../transport/session.js'
import { CalicoctlError, CalicoMissingError } from './calico-errors.js'
import type { Written } from './cluster-write.js'

/** An update conflict says that somebody wrote the resource; while our fields stay as planned it is tried again. */
const mostTries = 3

/**
 * Write one resource of calico through calicoctl on a host, while its fields are still as planned. What is as wanted already is not written.
 * @throws CalicoctlError it refused, or did not end in time; CalicoMissingError calico/node has not made it
 */
export async function writeCalico(session: Session, etcd: ClusterEtcd, write: CalicoWrite): Promise<Written> {
  for (let tries = 1; ; tries++) {
    const now = await read(etcd, write)
    const judged = judgedCalico(write, now)
    if (judged.found === 'after') return tries === 1 ? 'as-wanted' : 'written'
    if (judged.found === 'missing') throw new CalicoMissingError(session.host, write)
    if (judged.found === 'moved') return { moved: movedWords(judged.fields, now) }
    const failed = await run(session, calicoctlCall(write, now).text, write)
    if (failed === undefined) return readBack(session, etcd, write)
    if (!isConflict.test(failed.words) || tries === mostTries)
      throw new CalicoctlError(session.host, write, failed.words, await leftAs(etcd, write), failed.exit)
  }
}

/**
 * As `writeCalico`, straight to etcd and only at the revision that was read: for taking back what calicoctl wrote on a host that by then has no
 * calicoctl any more, because the same run had brought it.
 */
export async function writeWithoutCalicoctl(etcd: ClusterEtcd, write: CalicoWrite): Promise<Written> {
  const now = await read(etcd, write)
  const judged = judgedCalico(write, now)
  if (judged.found === 'after') return 'as-wanted'
  if (judged.found !== 'before') return { moved: movedWords(judged.found === 'moved' ? judged.fields : [], now) }
  const result = await etcd.write([{ key: write.key, value: storedAfter(write, now), ifRevision: now.revision }])
  return result.done ? 'written' : { moved: movedWords([], result.moved[0]!) }
}

/** Of the undo of a create, where somebody has added to what was made: the patch that takes ours out and leaves theirs. */
export function keepingOthers(write: CalicoWrite): CalicoWrite | undefined {
  const { keepOthers, before, ...rest } = write
  if (keepOthers === undefined || before === undefined || before === null) return undefined
  const patch = { ...rest, set: keepOthers }
  return { ...patch, before: fieldsSeen(patch, before as JsonObject) }
}

const read = async (etcd: ClusterEtcd, { key }: CalicoWrite): Promise<EtcdValue> => (await etcd.read([{ key }]))[0]!

const movedWords = (fields: readonly string[], { value }: EtcdValue): string =>
  fields.length > 0 ? printable(fields.join('; ')) : value === null ? 'it is absent' : printable(value.slice(0, 2000))

/** Somebody else's write came between our reading and calicoctl's: a create that finds it there, a write of an older revision, a delete of nothing. */
const isConflict = /update conflict|resource already exists|resource does not exist/

interface Failed {
  words: string
  exit?: number
}

async function run(session: Session, text: string, write: CalicoWrite): Promise<Failed | undefined> {
  const seconds = timeoutSecondsOf(write)
  const { stdout, stderr, ending } = await session.request(text, { purpose: 'calicoctl', timeoutMs: (seconds + 10) * 1000 })
  const exit = 'exit' in ending ? ending.exit : undefined
  if (exit === 0) return undefined
  // Source: timeout(1): 124 when the time is over.
  if (exit === 124) return { words: `it did not end within ${seconds} s: it waits without end for an etcd that does not answer`, exit }
  // The reason is on stderr, except for two about its configuration.
  const words = [stderr, stdout].map(bytes => printable(bytes.toString().trim())).filter(Boolean)
  return {
    words: words.join('\n') || `it ended with ${exit === undefined ? JSON.stringify(ending) : `status ${exit}`}`,
    ...(exit === undefined ? {} : { exit }),
  }
}

/** calicoctl takes some misspelt words without a word: what counts is what is there now. */
async function readBack(session: Session, etcd: ClusterEtcd, write: CalicoWrite): Promise<Written> {
  const now = await read(etcd, write)
  if (judgedCalico(write, now).found === 'after') return 'written'
  const words = `it says that it is done, and etcd holds ${printable(now.value ?? 'no such resource')}`
  throw new CalicoctlError(session.host, write, words, 'as etcd says above')
}

async function leftAs(etcd: ClusterEtcd, write: CalicoWrite): Promise<string> {
  try {
    const { found } = judgedCalico(write, await read(etcd, write))
    if (found === 'after') return `${write.key} in etcd is as wanted all the same.`
    return found === 'before' ? `${write.key} in etcd is as it was.` : `${write.key} in etcd is neither as it was nor as wanted.`
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    return `Whether ${write.key} was written in etcd is not known.`
  }
}
