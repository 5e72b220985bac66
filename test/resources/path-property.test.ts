import fc from 'fast-check'
import type { ThingKey } from '../../src/change.js'
import { absentKind } from '../../src/resources/absent.js'
import { directoryKind } from '../../src/resources/directory.js'
import { RequirementError } from '../../src/resources/errors.js'
import { fileKind } from '../../src/resources/file.js'
import { parentOf } from '../../src/resources/path-key.js'
import type { PathState } from '../../src/resources/path-state.js'
import type { ResourceKind, Slot } from '../../src/resources/resource.js'
import { symlinkKind } from '../../src/resources/symlink.js'
import type { ShellText } from '../../src/shell.js'
import { quote } from '../../src/shell.js'
import { probeAll, programOf, slotTexts, undoOf, worldOf } from './contract-engine.js'
import { describeOnHost, openPrivateHost, resetHost, roots, shells, type PrivateHost, type RunShell } from './private-host.js'
import { treeOf } from './tree.js'

/** Data alone, so that a counterexample can be read. */
interface Wish {
  kind: keyof typeof kinds
  desired: { path: string }
}
const kinds = { file: fileKind, directory: directoryKind, symlink: symlinkKind, absent: absentKind } as unknown as Record<
  'file' | 'directory' | 'symlink' | 'absent',
  ResourceKind<unknown, PathState>
>

const pieces = [
  "'",
  '"',
  '`touch /etc/pwned`',
  '$(touch /etc/pwned)',
  '\n',
  '\\',
  ' ',
  '-',
  '*',
  '?',
  '[a]',
  '~',
  '#',
  '&',
  ';',
  '|',
  '<',
  '>',
  '!',
  '%s',
  '$HOME',
  'é',
  '🐳',
  '\t',
  '\r',
  '=',
  ':',
  '{a,b}',
  '\u001b[31m',
  'a',
  '0',
]
const awkward = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 12 }).map(parts => parts.join(''))
const content = fc.oneof(
  awkward,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constant(''),
  awkward.map(text => `${text}\0`),
  awkward.map(text => text.repeat(6000)),
)
const name = fc.oneof(awkward, fc.constant('n'.repeat(255)), fc.constant('-rf')).filter(text => Buffer.byteLength(text) <= 255)
const mode = fc.option(fc.constantFrom(0o644, 0o600, 0o755, 0o4755, 0o2775, 0o1777, 0o000), { nil: undefined })
const owner = fc.option(fc.constantFrom('root', 'etcd', '4711'), { nil: undefined })
const group = fc.option(fc.constantFrom('root', 'ops', '4712'), { nil: undefined })

const wish = (path: string): fc.Arbitrary<Wish> => {
  const of = (kind: Wish['kind'], desired: fc.Arbitrary<object>) => desired.map(rest => ({ kind, desired: { path, ...rest } }))
  return fc.oneof(
    { weight: 3, arbitrary: of('file', fc.record({ content, mode, owner, group })) },
    { weight: 1, arbitrary: of('file', fc.record({ content, mode, owner, secret: fc.constant(true) })) },
    { weight: 2, arbitrary: of('directory', fc.record({ mode, owner, group })) },
    { weight: 1, arbitrary: of('symlink', fc.record({ target: awkward })) },
    { weight: 2, arbitrary: of('absent', fc.record({ recursive: fc.boolean() })) },
  )
}

const found = (path: string) =>
  fc.constantFrom(
    ':',
    `printf old >${quote(path)}; chown 997:1200 ${quote(path)}; chmod 2751 ${quote(path)}; touch -d 2001-02-03 ${quote(path)}`,
    `mkdir -m 2750 ${quote(path)}`,
    `mkdir ${quote(path)}; echo a >${quote(path)}/-x; chown 997 ${quote(path)}/-x; touch -d 2001-02-03 ${quote(path)}/-x`,
    `ln -s 'some where' ${quote(path)}`,
    `ln -s /etc ${quote(path)}`,
  )

const story = name
  .map(text => `/opt/${text}`.replaceAll(/\/+/g, '/'))
  .chain(path =>
    fc.record({
      path: fc.constant(path),
      found: found(path),
      wishes: fc.array(wish(path), { minLength: 1, maxLength: 4 }),
      cut: fc.nat(),
      shell: fc.constantFrom(...shells, 'busybox-coreutils' as const),
    }),
  )

interface Plan {
  key: ThingKey
  first: PathState
  chain: PathState[]
  steps: ShellText[]
  slots: Slot[]
  /** the last wish that was planned */
  last?: Wish
}

/** Plans wish after wish over the predictions of those before; what is refused is left out. */
async function planOf(run: RunShell, wishes: Wish[]): Promise<Plan> {
  const outputs = await probeAll(
    run,
    wishes.map(({ kind, desired }) => kinds[kind].probe(desired, worldOf(new Map()))),
  )
  const states = new Map<ThingKey, unknown>()
  const world = worldOf(states)
  const { kind: firstKind, desired: firstDesired } = wishes[0]!
  const first = kinds[firstKind].parse(outputs[0]!, firstDesired)
  const plan: Plan = { key: kinds[firstKind].key(firstDesired), first, chain: [], steps: [], slots: [] }
  wishes.forEach(({ kind: name, desired }, i) => {
    const kind = kinds[name]
    const now = plan.chain.at(-1) ?? plan.first
    const own = kind.parse(outputs[i]!, desired)
    const observed = { ...now, seen: own.seen } as PathState
    try {
      if (kind.diff(desired, observed, world).length === 0) return
    } catch (error) {
      if (!(error instanceof RequirementError)) throw error
      return
    }
    plan.steps.push(...kind.steps(desired, observed, world))
    plan.slots.push(...(kind.slots?.(desired, world) ?? []))
    plan.chain.push(kind.after(desired, observed, world))
    plan.last = wishes[i]!
  })
  return plan
}

describeOnHost('any chain of wishes for one path', () => {
  let host: PrivateHost
  beforeAll(async () => void (host = await openPrivateHost()))
  afterAll(() => host.close())

  test('is carried out as predicted step by step, twice as once, undone from any step, and executes nothing', async () => {
    let planned = 0
    let deep = 0
    await fc.assert(
      fc.asyncProperty(story, async ({ path, found: arrange, wishes, cut, shell }) => {
        const run = host.with(shell)
        const arranged = await run(`rm -rf /np; mkdir -p /np/store; ${resetHost}\nset -e\nmkdir -p ${quote(parentOf(path))}\n${arrange}`)
        expect({ exit: arranged.exit, stderr: arranged.stderr.toString() }).toMatchObject({ exit: 0 })
        const before = await treeOf(run, roots)
        const { key, first, chain, steps, slots, last } = await planOf(run, wishes)
        if (last === undefined) return
        planned++
        if (chain.length > 1) deep++
        const kind = kinds[last.kind]
        const { thing } = kind
        const save = [thing.save?.(key, first) ?? []].flat()
        const upTo = cut % (steps.length + 1)
        await run(slotTexts(slots))
        const stopped = await run(programOf(save, steps.slice(0, upTo), [thing.fingerprintText(key, first)]))
        expect(stopped.stdout.toString()).toBe(`${thing.fingerprint([first, ...chain][upTo]!)}\n`)
        await run(undoOf([{ key, kind: kind, first, chain }]))
        expect(await treeOf(run, roots)).toEqual(before)
        for (let round = 0; round < 2; round++) {
          const done = await run(programOf(save, steps, [thing.fingerprintText(key, first)]))
          if (round === 0 || steps.length === 1) expect(done.stdout.toString()).toBe(`${thing.fingerprint(chain.at(-1)!)}\n`)
        }
        expect((await run('ls /etc')).stdout.toString()).toBe('group\nnsswitch.conf\npasswd\n')
      }),
      { numRuns: 200 },
    )
    expect(planned).toBeGreaterThan(100)
    expect(deep).toBeGreaterThan(20)
  }, 300_000)
})
