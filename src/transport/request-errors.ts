import { HostError } from './errors.js'

/** One request got no reply that can be believed; the connection may still stand. How it ended on the host is unknown. */
export abstract class RequestError extends HostError {
  constructor(
    host: string,
    readonly purpose: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(host, message, options)
  }
  get next() {
    return `Look at ${this.host} and run again: netplay probes it afresh and repeats nothing that is done.`
  }
}

export class RequestTimeoutError extends RequestError {
  readonly code = 'REQUEST_TIMEOUT'
  /** @param quiet the deadline ran since the last byte, not since the start */
  constructor(host: string, purpose: string, timeoutMs: number, quiet: boolean) {
    super(
      host,
      purpose,
      `${host}: ${purpose} ${quiet ? 'said nothing for' : 'gave no reply within'} ${timeoutMs / 1000} s; it may still be running there`,
    )
  }
}

export class OutputTooLargeError extends RequestError {
  readonly code = 'OUTPUT_TOO_LARGE'
  constructor(host: string, purpose: string, stream: 'stdout' | 'stderr', maxBytes: number) {
    super(
      host,
      purpose,
      `${host}: ${purpose} printed more than ${maxBytes} bytes on ${stream}; it was cut off and may still be running there`,
    )
  }
}

/** What came back is not what the shell on the host prints: something else writes into it. */
export class BrokenFrameError extends RequestError {
  readonly code = 'BROKEN_FRAME'
  constructor(host: string, purpose: string, problem: string) {
    super(host, purpose, `${host}: the reply to ${purpose} is broken: ${problem}; whether it took effect is unknown`)
  }
}

/** The shell ended before the reply did: killed from inside or outside, its sudo session ended. The connection stands. */
export class ShellLostError extends RequestError {
  readonly code = 'SHELL_LOST'
  constructor(host: string, purpose: string, how: string) {
    super(host, purpose, `${host}: the shell ended during ${purpose} (${how}); whether it took effect is unknown`)
  }
}

/** The controller's own side of an upload failed: its stream broke off, or gave another number of bytes than was said. */
export class StdinError extends RequestError {
  readonly code = 'STDIN_FAILED'
  constructor(host: string, purpose: string, problem: string, options?: ErrorOptions) {
    super(host, purpose, `${host}: cannot send the input of ${purpose}: ${problem}`, options)
  }
}
