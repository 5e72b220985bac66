import type { Agreement, Amount } from './agreement.js'

/** `NETPLAY_CASES` and `NETPLAY_SEED` repeat a run, or make a longer one. */
export const amount = (cases: number): Amount => ({
  cases: Number(process.env['NETPLAY_CASES'] ?? cases),
  ...(process.env['NETPLAY_SEED'] ? { seed: Number(process.env['NETPLAY_SEED']) } : {}),
})

export const tell = (what: string, agreement: Agreement): void =>
  void process.stderr.write(`== agreement with ansible-core on ${what}: ${JSON.stringify(agreement)}\n`)
