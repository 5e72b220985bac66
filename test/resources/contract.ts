import type { ThingKey } from '../../src/change.js'
import type { ResourceKind, World } from '../../src/resources/resource.js'
import { probeOne, programOf, slotTexts, undoOf, worldOf, type Planned } from './contract-engine.js'
import {
  describeOnHost,
  openPrivateHost,
  patience,
  resetHost,
  roots,
  shells,
  type PrivateHost,
  type RunShell,
  type ShellName,
} from './private-host.js'
import { treeOf } from './tree.js'

/** One situation of one kind. */
export interface ContractCase<D> {
  name: string
  /** shell script that prepares the empty host */
  arrange?: string
  desired: D
  /** fields of the diff, in order; [] where all is as wanted */
  changes: string[]
  /** what earlier tasks of the plan are predicted to have done; `arrange` does it, too, unless the case is about the prediction alone */
  world?: [ThingKey, unknown][]
  /** someone else's change after our steps, which undo must not touch; default: the suite's */
  disturb?: string
  /** of the shells, those that this case is about; default all */
  shells?: readonly ShellName[]
}

export interface ContractOptions<D> {
  /** someone else's change after our steps */
  disturb: (desired: D) => string
  /** a host other than the chroot */
  host?: Bench
}

/** Where the cases run: asked for its shell when a test runs, brought to its start by `reset`, compared under `roots`. */
export interface Bench {
  runShell: () => RunShell
  reset: string
  roots: string[]
}

/** What every kind promises (engine.md, the contract of a kind), on a real shell. Each case runs in every shell, from an empty host each time. */
export function resourceContract<D, S>(kind: ResourceKind<D, S>, cases: readonly ContractCase<D>[], options: ContractOptions<D>) {
  if (options.host !== undefined) return describe(`kind ${kind.kind}`, () => onHost(kind, cases, options, options.host!))
  describeOnHost(`kind ${kind.kind}`, () => {
    let host: PrivateHost
    beforeAll(async () => void (host = await openPrivateHost()), patience)
    afterAll(() => host.close())
    const fitting = (shell: ShellName) => cases.filter(({ shells: only }) => only === undefined || only.includes(shell))
    describe.each(shells.filter(shell => fitting(shell).length > 0))('with sh = %s', shell => {
      onHost(kind, fitting(shell), options, { runShell: () => host.with(shell), reset: resetHost, roots })
    })
  })
}

function onHost<D, S>(kind: ResourceKind<D, S>, cases: readonly ContractCase<D>[], { disturb }: ContractOptions<D>, bench: Bench) {
  describe.each(cases.map(one => [one.name, one] as const))('%s', (_, one) => {
    const promised = promisesOf(kind, one, bench)
    test('the probe tells what would change, and writes nothing', promised.probeOnlyReads, patience)
    if (one.changes.length === 0) return
    test(
      'after the steps nothing would change, all is as predicted, and the same steps again change nothing',
      promised.stepsReachThePrediction,
      patience,
    )
    test(
      'undo after any prefix of the steps brings everything back, but for what someone else changed since',
      () => promised.undoFromEveryPrefix(one.disturb ?? disturb(one.desired)),
      patience,
    )
  })
}

function promisesOf<D, S>(kind: ResourceKind<D, S>, one: ContractCase<D>, { runShell, reset, roots: folders }: Bench) {
  const { desired } = one
  const key = kind.key(desired)
  const run = (script: string) => runShell()(script)
  const tree = (strictly = false) => treeOf(run, folders, { strictly })
  const probe = () => probeOne(run, kind, desired)
  const printed = async (state: S) => (await run(programOf([], [], [kind.thing.fingerprintText(key, state)]))).stdout.toString()
  const worldWith = (state: S): World => worldOf(new Map<ThingKey, unknown>([...(one.world ?? []), [key, state]]))

  /** The host as the case wants it, looked at and planned for. */
  async function start() {
    const arranged = await run(`cd /; rm -rf /np; ${reset}\nset -e\n${one.arrange ?? ''}`)
    expect({ exit: arranged.exit, stderr: arranged.stderr.toString() }).toMatchObject({ exit: 0 })
    const first = await probe()
    const world = worldWith(first)
    const changes = kind.diff(desired, first, world)
    const after = changes.length === 0 ? first : kind.after(desired, first, world)
    const planned: Planned<S> = { key, kind: kind, first, chain: changes.length === 0 ? [] : [after] }
    return { first, world, changes, after, planned, save: [kind.thing.save?.(key, first) ?? []].flat() }
  }
  async function startToStep() {
    const begun = await start()
    const slots = kind.slots?.(desired, begun.world) ?? []
    if (slots.length > 0) await ok(run(slotTexts(slots)))
    const steps = kind.steps(desired, begun.first, begun.world)
    const step = (upTo = Infinity) => ok(run(programOf(begun.save, steps.slice(0, upTo))))
    return { ...begun, step, count: steps.length }
  }
  const undo = async (planned: Planned<S>) => (await ok(run(undoOf([planned as Planned])))).stdout.toString()

  return {
    probeOnlyReads: async () => {
      const { first, changes } = await start()
      const before = await tree(true)
      await probe()
      expect(await printed(first)).toBe(`${kind.thing.fingerprint(first)}\n`)
      expect(await tree(true)).toEqual(before)
      expect(changes.map(({ field }) => field)).toEqual(one.changes)
    },
    stepsReachThePrediction: async () => {
      const { after, step } = await startToStep()
      await step()
      const reached = await probe()
      expect(kind.diff(desired, reached, worldWith(reached))).toEqual([])
      expect(kind.thing.fingerprint(reached)).toBe(kind.thing.fingerprint(after))
      expect(await printed(after)).toBe(`${kind.thing.fingerprint(after)}\n`)
      const once = withoutTimes(await tree())
      await step()
      expect(withoutTimes(await tree())).toEqual(once)
    },
    undoFromEveryPrefix: async (theirs: string) => {
      const { planned, step, count } = await startToStep()
      const before = await tree()
      for (let upTo = 0; upTo <= count; upTo++) {
        await step(upTo)
        const verdict = await undo(planned)
        if (upTo === count) expect(verdict).toBe(isSame(planned) ? 'same\n' : 'back\n')
        expect(await tree()).toEqual(before)
      }
      await step()
      await ok(run(`set -e\n${theirs}`))
      const disturbed = await tree()
      expect(await undo(planned)).toBe('moved\n')
      expect(await tree()).toEqual(disturbed)
    },
  }
}

const withoutTimes = (lines: string[]) => lines.filter(line => !/^\d+ \//.test(line))

/** A change of what surrounds a thing alone (a leftover of a killed run) leaves its fingerprint as it was. */
const isSame = <S>({ kind, first, chain }: Planned<S>) => kind.thing.fingerprint(first) === kind.thing.fingerprint(chain.at(-1)!)

async function ok<R extends { exit: number; stdout: Buffer; stderr: Buffer }>(running: Promise<R>): Promise<R> {
  const reply = await running
  const words = reply.stdout.toString() + reply.stderr.toString()
  expect({ exit: reply.exit, failed: /^failed/m.test(words) ? words : '' }).toEqual({ exit: 0, failed: '' })
  return reply
}
