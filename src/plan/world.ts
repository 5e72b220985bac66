import type { ThingKey } from '../change.js'
import type { ResolvedSource, SlotSource, World } from '../resources/resource.js'

/** Predicted states, by thing: what was observed, overlaid with what earlier tasks of the plan are predicted to do. */
export class Overlay implements World {
  private readonly states = new Map<ThingKey, unknown>()

  constructor(
    readonly salt: string,
    private readonly resolve: (source: SlotSource) => ResolvedSource,
    /** states of the cluster, shared by all hosts of the plan */
    private readonly cluster?: Overlay,
  ) {}

  state<S>(key: ThingKey): S | undefined {
    return (this.states.has(key) ? this.states.get(key) : this.cluster?.state(key)) as S | undefined
  }

  source(source: SlotSource): ResolvedSource {
    return this.resolve(source)
  }

  set(key: ThingKey, state: unknown): void {
    this.states.set(key, state)
  }

  has(key: ThingKey): boolean {
    return this.states.has(key)
  }
}
