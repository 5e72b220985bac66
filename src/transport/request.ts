/** How one request ended on the host. `signal` is a name like `SIGKILL`: what shells tell as status 128 + number. */
export type Ending = { exit: number } | { signal: string }

export interface Reply {
  stdout: Buffer
  stderr: Buffer
  ending: Ending
}

/** `sizeBytes` must be what the stream gives, to the byte: fewer or more fail the request. */
export interface StdinStream {
  stream: NodeJS.ReadableStream
  sizeBytes: number
  onProgress?: (sentBytes: number) => void
}

export interface RequestOptions {
  /** counted and reported by this name: 'facts' | 'probes' | 'preflight' | 'program' | 'upload' | 'etcd' | 'gate' | … */
  purpose: string
  /** default 60 000; 0 waits for ever (keepalive still notices a dead host) */
  timeoutMs?: number
  /** when set: deadline since the last byte in either direction instead of the total (programs that stream progress, uploads) */
  quietMs?: number
  /** bytes for the script's standard input (streamed, with backpressure); default: /dev/null */
  stdin?: Buffer | StdinStream
  /**
   * run by the long-lived shell itself rather than by one of its own: what it opens (a lock) stays open until that shell
   * ends. Its stdin is /dev/null; an `exit` or a syntax error in it ends the shell. Default false.
   */
  inShell?: boolean
  /** default 16 MiB a stream; more is an OutputTooLargeError, and the host alone fails */
  maxOutputBytes?: number
  /** called with each chunk of stdout as it arrives; a line is given as soon as its newline is here */
  onStdout?: (chunk: Buffer) => void
}

export const defaultTimeoutMs = 60_000
export const defaultMaxOutputBytes = 16 * 1024 * 1024
