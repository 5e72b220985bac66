import { NetplayError } from '../src/errors.js'

/** The lab cannot do what was asked, for a reason a person can mend. */
export class LabError extends NetplayError {
  readonly code: string = 'LAB'
  constructor(
    message: string,
    readonly next: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** This machine cannot hold a lab: not Linux, not root, programs missing. */
export class LabNeedsError extends LabError {
  override readonly code = 'LAB_NEEDS'
}

/** No lab of that name is up. */
export class LabDownError extends LabError {
  override readonly code = 'LAB_DOWN'
  constructor(readonly lab: string) {
    super(`The lab "${lab}" is not up`, `Boot it: netplay lab up 3 --name ${lab}`)
  }
}

/** A program of this machine, or a script on a lab host, did not succeed. */
export class LabCommandError extends LabError {
  override readonly code = 'LAB_COMMAND'
  constructor(
    readonly command: string,
    readonly result: { stdout: string; stderr: string; code: number },
    next = 'The lines above are its own words; mend what they name and run again.',
  ) {
    super(`\`${command}\` exited with status ${result.code}${indented(result.stderr || result.stdout)}`, next)
  }
}

const indented = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .slice(-15)
    .map(line => (line ? `\n    ${line}` : ''))
    .join('')
