import { setTimeout as sleep } from 'node:timers/promises'

/** Wait until it holds. @returns milliseconds that took. @throws {Error} naming what did not come, after `timeoutMs` */
export async function until(what: string, holds: () => Promise<boolean>, timeoutMs = 30_000): Promise<number> {
  const started = performance.now()
  while (!(await holds())) {
    if (performance.now() - started > timeoutMs) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`)
    await sleep(50)
  }
  return performance.now() - started
}
