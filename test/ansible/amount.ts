import type { Agreement, Amount } from './agreement.js'

/** `NETPLAY_CASES` makes a run longer. */
export const amount = (cases: number, seed: number): Amount => ({ cases: Number(process.env['NETPLAY_CASES'] ?? cases), seed })

export const tell = (what: string, agreement: Agreement): void =>
  void process.stderr.write(`== agreement with ansible-core on ${what}: ${JSON.stringify(agreement)}\n`)
