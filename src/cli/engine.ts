import { setFlagsFromString } from 'node:v8'

/**
 * A run lasts a second or two, most of it waiting for hosts. At its defaults V8 spends a fifth of that run's CPU on optimizing code that is then
 * hardly used; with a larger budget only what is really hot is optimized, and a run on a thousand hosts is faster too. Measured with Node 20
 * (docs/benchmarks.md); another Node may know other flags, and would say so on standard error.
 */
export function optimizeLate(): void {
  if (process.versions.node.startsWith('20.')) setFlagsFromString('--interrupt-budget=4000000')
}
