import { NetplayError } from '../errors.js'

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
    super(exit > 128 ? `${key}: its step was ended by signal ${exit - 128}` : `${key}: its step exited with status ${exit}`)
  }
  get next() {
    return `Mend what ${this.host} says above and run the same command again: it looks first and does what is left.`
  }
}

/** The connection went, or the program was killed, while it ran: what is done is known up to a step. */
export class ProgramLostError extends NetplayError {
  readonly code = 'UNKNOWN'
  constructor(
    readonly host: string,
    during: string,
    readonly leftAs: string,
    options?: ErrorOptions,
  ) {
    super(`lost ${host} ${during}`, options)
  }
  get next() {
    return 'Run the same command again: it looks first and does what is left.'
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
      `${host} has moved since this plan was made\n${moved.map(({ key, planned, now }) => `  ${key}  planned from ${planned}, now ${now || 'unreadable'}`).join('\n')}`,
    )
  }
  get next() {
    return 'Nothing was written there. Plan again.'
  }
}

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
  get next() {
    return 'Wait for it to end, then run again. The lock goes by itself when that run ends or dies.'
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
  constructor(key: string) {
    super(`${key} has moved since it was read`)
  }
}
