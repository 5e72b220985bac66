import { NetplayError } from '../errors.js'

/** A probe printed something it never prints: the host's shell or tools are not what we know. */
export class ProbeError extends NetplayError {
  readonly code = 'PROBE'
  constructor(
    readonly key: string,
    problem: string,
    readonly words?: string,
  ) {
    super(`the probe of ${key} answered what netplay does not understand: ${problem}`)
  }
  get next() {
    return 'Run again with -vvv and report what is shown; nothing was changed on this host.'
  }
}

/** Neither the host nor an earlier task of the plan provides what a task needs. Found while planning: nothing was written. */
export class RequirementError extends NetplayError {
  readonly code = 'REQUIREMENT'
  constructor(
    problem: string,
    readonly next: string,
    readonly words?: string,
  ) {
    super(problem)
  }
}
