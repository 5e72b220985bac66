export interface Deadline {
  /** something came or went: a deadline since the last byte starts again */
  touch(): void
  stop(): void
}

/**
 * Calls `expire` once, `quietMs` after the last touch if that is set, else `timeoutMs` after now; 0 is never.
 * Touching costs no timer: the one that runs looks at the clock again when it fires.
 */
export function watchDeadline(
  { quietMs, timeoutMs }: { quietMs?: number; timeoutMs: number },
  expire: (ms: number, quiet: boolean) => void,
): Deadline {
  const quiet = quietMs !== undefined
  const limitMs = quietMs ?? timeoutMs
  let lastTouch = performance.now()
  let timer: NodeJS.Timeout | undefined
  const arm = (ms: number) => (timer = setTimeout(look, Math.min(ms, maxTimerMs)))
  const look = () => {
    const leftMs = lastTouch + limitMs - performance.now()
    if (leftMs > 0) arm(Math.ceil(leftMs))
    else expire(limitMs, quiet)
  }
  if (limitMs > 0) arm(limitMs)
  return {
    touch: () => {
      if (quiet) lastTouch = performance.now()
    },
    stop: () => clearTimeout(timer),
  }
}

// A longer delay would not fit Node's timers and fire at once.
const maxTimerMs = 2 ** 31 - 1
