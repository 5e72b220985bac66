import { NetplayError, printable } from '../errors.js'

/** A step on a host exited with a status other than 0. */
export class StepFailedError extends NetplayError {
  readonly code = 'STEP_FAILED'
  constructor(
    readonly host: string,
    readonly key: string,
    exit: number,
    /** the last lines that the step printed */
    readonly words: string,
    readonly leftAs: string,
  ) {
    const thing = key.slice(key.indexOf(':') + 1)
    super(exit > 128 ? `${thing}: its step was ended by signal ${exit - 128}` : `${thing}: its step exited with status ${exit}`)
  }
  get next() {
    return `Mend what ${this.host} says above and run the same command again: it looks first and does what is left.`
  }
}

/** The connection went, or the program was killed, while it ran: what is done is known up to a step. */
export class ProgramLostError extends NetplayError {
  readonly code = 'UNKNOWN'
  /** how it was lost */
  readonly words: string
  constructor(
    readonly host: string,
    /** as it is told: `during "Run flanneld" (unit:flannel.service)` */
    during: string,
    readonly leftAs: string,
    private readonly run: string,
    options: ErrorOptions,
  ) {
    super(`lost ${host} ${during}`, options)
    this.words = options.cause instanceof Error ? options.cause.message : ''
  }
  get next() {
    return `Run the same command again: it looks first and does what is left. \`netplay rollback ${this.run}\` puts back what is done.`
  }
}

/** The host is not as the plan found it. Nothing was written there. */
export class MovedError extends NetplayError {
  readonly code = 'MOVED'
  constructor(
    readonly host: string,
    readonly moved: { key: string; planned: string; now: string }[],
  ) {
    super(
      `${host} has moved since this plan was made\n${moved.map(({ key, planned, now }) => `  ${key}  ${movedText(planned, now)}`).join('\n')}`,
    )
  }
  get next() {
    return 'Nothing was written there. Plan again.'
  }
}

/** Two fingerprints in the words in which they differ: `planned from mode=0644, now mode=0600`. */
export function movedText(planned: string, now: string): string {
  const [before, after] = [planned.split(' '), now.split(' ')]
  const sameFields = before.length === after.length && before.every((word, i) => fieldOf(word) === fieldOf(after[i]!))
  const differing = before.flatMap((word, i) => (word === after[i] ? [] : [i]))
  const shown = (words: string[]) => (sameFields ? differing.map(i => words[i]!) : words).map(shortened).join(' ')
  return `planned from ${shown(before)}, now ${now === '' ? 'unreadable' : printable(shown(after))}`
}

const fieldOf = (word: string) => word.slice(0, word.indexOf('=') + 1)
/** Whole digests help nobody to see what moved. */
const shortened = (word: string) => word.replace(/\b([0-9a-f]{8})[0-9a-f]{56}\b/, '$1…')

/** A gate did not come to hold within its time. */
export class GateFailedError extends NetplayError {
  readonly code = 'GATE'
  constructor(
    readonly host: string,
    title: string,
    reason: string,
    afterMs: number,
    readonly words: string | undefined,
    readonly advice: string | undefined,
    /** what was done so far may stay, but nothing comes after it */
    readonly stops = false,
  ) {
    super(`${title}: not within ${Math.round(afterMs / 1000)} s: ${reason}`)
  }
  get next() {
    return this.advice ?? `See what ${this.host} says above, mend it, and run the same command again.`
  }
}

/** Somebody else's run holds the host. */
export class LockedError extends NetplayError {
  readonly code = 'LOCKED'
  constructor(
    readonly host: string,
    /** who, since when, doing what: as the holder wrote it */
    readonly words: string,
  ) {
    super(`another run holds ${host}`)
  }
  readonly leftAs = 'This run wrote nothing there.'
  get next() {
    return `Wait for it to end, then run again. The lock goes by itself when that run ends or dies. Where its machine lost the network, ${this.host} notices that late: ending the process named above frees it once its program there has ended, and cuts no step in half.`
  }
}

/** The run cannot begin on a host: it would have no place for its lock or for what it replaces. */
export class BeginFailedError extends NetplayError {
  readonly code = 'BEGIN'
  readonly leftAs = 'Nothing was written there.'
  constructor(
    readonly host: string,
    problem: string,
    /** the host's own words */
    readonly words: string,
    readonly next: string,
  ) {
    super(problem)
  }
}

/** The content behind a slot is not what the plan was made with. */
export class SourceChangedError extends NetplayError {
  readonly code = 'SOURCE_CHANGED'
  readonly next = 'Plan again with the new content, or put the old one back; nothing was written.'
  constructor(source: string) {
    super(`${source} is not what it was when the plan was made`)
  }
}

/** The host has no room, or the bytes arrived damaged: the old file stays. */
export class UploadFailedError extends NetplayError {
  readonly code = 'UPLOAD'
  readonly leftAs = 'The old file is in place; nothing of the new one is left.'
  constructor(
    readonly host: string,
    name: string,
    readonly words: string,
  ) {
    super(`could not bring ${name} to ${host}`)
  }
  get next() {
    return `Make room on ${this.host} (or mend what it says above) and run the same command again.`
  }
}

/** A value in etcd is not what the plan read there. */
export class ClusterMovedError extends NetplayError {
  readonly code = 'CLUSTER_MOVED'
  readonly next = 'Somebody else wrote it meanwhile: plan again. Nothing was written to it by this run.'
  constructor(
    readonly key: string,
    /** which of its fields, or what it is now, where that helps */
    readonly words?: string,
  ) {
    super(`${key} has moved since it was read`)
  }

  /** Several told as one, each by its name; of anything else the first. */
  static together(errors: readonly [NetplayError, ...NetplayError[]]): NetplayError {
    const moved = errors.filter(error => error instanceof ClusterMovedError)
    if (moved.length !== errors.length || moved.length === 1) return errors[0]
    const [last, ...others] = moved.map(({ key }) => key).reverse()
    const words = moved.flatMap(({ key, words: own }) => (own === undefined ? [] : [`${key}: ${own}`])).join('\n')
    return new ClusterMovedError(`each of ${others.reverse().join(', ')} and ${last}`, words || undefined)
  }
}

/** Undo found a thing that is neither as before the run nor as the run left it: somebody else changed it since. */
export class LeftAloneError extends NetplayError {
  readonly code = 'LEFT_ALONE'
  readonly next = 'See what is there, and put it back by hand if it should be as before the run.'
  constructor(
    readonly host: string,
    key: string,
    now: string,
  ) {
    super(`${key} was changed by somebody else since the run; it is left as it is: ${now || 'unreadable'}`)
  }
}

/** The host refused to take a thing back. */
export class NotPutBackError extends NetplayError {
  readonly code = 'NOT_PUT_BACK'
  constructor(
    readonly host: string,
    key: string,
    readonly words: string,
  ) {
    super(`${key} could not be put back`)
  }
  get next() {
    return `Mend what ${this.host} says above and run the same rollback again: what is back stays back.`
  }
}

/** The connection went while things were put back. */
export class UndoLostError extends NetplayError {
  readonly code = 'UNKNOWN'
  readonly leftAs = 'How far it got is not known; nothing is half put back.'
  readonly words: string
  constructor(
    readonly host: string,
    private readonly run: string,
    options: { cause: Error },
  ) {
    super(`lost ${host} while things were put back`, options)
    this.words = options.cause.message
  }
  get next() {
    return `Run it again: \`netplay rollback ${this.run}\` looks first and puts back what is left.`
  }
}
