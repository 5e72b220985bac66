import type { Verdict } from '../resources/resource.js'

/**
 * Where the hosts of a batch meet: a play-wide gate is judged when every host that is still on its way to it has arrived.
 * A host that fails before it no longer counts, so it never keeps the others waiting.
 */
export class Barriers {
  private readonly waiting = new Map<string, Map<string, (verdict: Promise<Verdict>) => void>>()
  private readonly passed = new Map<string, Set<string>>()
  private readonly live: Set<string>

  /**
   * @param gatesOf keys of the play-wide gates in each host's work
   * @param judge asked once a gate with the hosts that arrived
   */
  constructor(
    private readonly gatesOf: ReadonlyMap<string, ReadonlySet<string>>,
    private readonly judge: (gate: string, hosts: string[]) => Promise<Map<string, Verdict>>,
  ) {
    this.live = new Set(gatesOf.keys())
  }

  async arrive(gate: string, host: string): Promise<Verdict> {
    const arrived = this.waiting.get(gate) ?? new Map<string, (verdict: Promise<Verdict>) => void>()
    this.waiting.set(gate, arrived)
    const verdict = new Promise<Verdict>(resolve => arrived.set(host, resolve))
    this.openWhatIsComplete()
    return verdict
  }

  /** The host goes no further in this stage. */
  leave(host: string): void {
    this.live.delete(host)
    this.openWhatIsComplete()
  }

  private openWhatIsComplete() {
    for (const [gate, arrived] of this.waiting) {
      const expected = [...this.live].filter(host => this.gatesOf.get(host)!.has(gate) && !this.passed.get(gate)?.has(host))
      if (arrived.size === 0 || expected.some(host => !arrived.has(host))) continue
      this.waiting.delete(gate)
      this.passed.set(gate, new Set([...(this.passed.get(gate) ?? []), ...arrived.keys()]))
      const verdicts = this.judge(gate, [...arrived.keys()])
      for (const [host, resolve] of arrived)
        resolve(verdicts.then(found => found.get(host) ?? { holds: false, reason: 'it was not judged' }))
    }
  }
}
