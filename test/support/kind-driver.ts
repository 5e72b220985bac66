import { spawn } from 'node:child_process'
import type { Change, ThingKey } from '../../src/change.js'
import { prelude } from '../../src/resources/prelude.js'
import { probeScript, sectionsOf } from '../../src/resources/probe-script.js'
import type { ResourceKind, ResourceTask, Undo, World } from '../../src/resources/resource.js'
import type { ShellText } from '../../src/shell.js'

export interface Ran {
  stdout: Buffer
  stderr: string
  exit: number
}
/** A POSIX shell somewhere: the script is its whole input. */
export type Shell = (script: string) => Promise<Ran>

/** `argv` gets the script on its stdin, e.g. ['sh'] or ['unshare', '-n', 'sh']. */
export const shellOf =
  (...argv: string[]): Shell =>
  script =>
    new Promise((resolve, reject) => {
      const child = spawn(argv[0]!, argv.slice(1), { stdio: 'pipe' })
      const stdout: Buffer[] = []
      let stderr = ''
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
      child.on('error', reject)
      child.on('close', code => resolve({ stdout: Buffer.concat(stdout), stderr, exit: code ?? 137 }))
      child.stdin.on('error', () => undefined)
      child.stdin.end(script)
    })

/** States given by hand, as the plan's overlay would give them. */
export const worldOf = (states: Record<ThingKey, unknown> = {}, salt = 'a1b2'): World => ({
  salt,
  state: <S>(key: ThingKey) => states[key] as S | undefined,
  source: source => {
    throw new RangeError(`no source ${JSON.stringify(source)}`)
  },
})

/** What a plan of these tasks does to one host; rendered before anything runs. */
export interface DrivenPlan {
  adopt: string[]
  items: { title: string; key: ThingKey; changes: Change[]; steps: string[] }[]
  undo: Map<ThingKey, { chain: string[]; fingerprintText: ShellText; texts: Undo; save?: ShellText }>
}

/** The engine in small: it plans tasks on a real shell, makes their steps (or the first of them only) and undoes them. */
export class Driver {
  constructor(
    private readonly shell: Shell,
    /** exists on the host */
    private readonly store = '/run/np-test-store',
  ) {}

  async observe<D, S>(task: ResourceTask<D, S>, world = worldOf()): Promise<S> {
    return (await this.observeAll([task], world))[0] as S
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async observeAll(tasks: readonly ResourceTask<any, any>[], world = worldOf()): Promise<unknown[]> {
    const nonce = 'e5d1a9c37b'
    const texts = new Map(tasks.map((task, i) => [i, task.kind.probe(task.desired as never, world)]))
    const { stdout, stderr } = await this.shell(probeScript(texts, nonce))
    const sections = sectionsOf(stdout, nonce)
    return tasks.map(({ kind, desired }, i) => {
      const section = sections.get(i)
      if (section === undefined) throw new Error(`probe ${i} did not end: ${stderr}`)
      return kind.parse(section.output, desired as never) as unknown
    })
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async plan(tasks: readonly ResourceTask<any, any>[], given: Record<ThingKey, unknown> = {}): Promise<DrivenPlan> {
    const known: Record<ThingKey, unknown> = { ...given }
    const world = worldOf(known)
    const observed = await this.observeAll(tasks, world)
    const histories = new Map<ThingKey, { kind: ResourceKind<never, unknown>; states: unknown[] }>()
    const plan: DrivenPlan = { adopt: [], items: [], undo: new Map() }
    tasks.forEach(({ kind, desired, title }, i) => {
      const key = kind.key(desired as never)
      const now = known[key] ?? observed[i]
      const history = histories.get(key) ?? { kind: kind as ResourceKind<never, unknown>, states: [now] }
      histories.set(key, history)
      const changes = kind.diff(desired as never, now, world)
      const adopt = kind.adopt?.(desired as never, observed[i], world)
      if (adopt !== undefined) plan.adopt.push(adopt.text)
      const steps = changes.length === 0 ? [] : kind.steps(desired as never, now, world).map(String)
      plan.items.push({ title, key, changes, steps })
      known[key] = changes.length === 0 ? now : kind.after(desired as never, now, world)
      if (changes.length > 0) history.states.push(known[key])
    })
    for (const [key, { kind, states }] of histories) {
      const [first, ...chain] = states
      if (chain.length === 0) continue
      plan.undo.set(key, {
        chain: states.map(state => kind.thing.fingerprint(state)),
        fingerprintText: kind.thing.fingerprintText(key, first),
        texts: kind.thing.undo(key, first, chain),
        save: kind.thing.save?.(key, first),
      })
    }
    return plan
  }

  /** @param upTo how many steps are made; default all. @throws with the host's words when one fails */
  async apply(plan: DrivenPlan, { upTo = Infinity, adopt = true } = {}): Promise<void> {
    const steps = plan.items.flatMap(item => item.steps).slice(0, upTo)
    const saves = [...plan.undo.values()].flatMap(({ save }) => save?.text ?? [])
    await this.run([...(adopt ? plan.adopt.map(text => `(${text}) || :`) : []), ...saves, ...steps])
  }

  async undo(plan: DrivenPlan): Promise<void> {
    const things = [...plan.undo]
    const phase = (name: keyof Undo, order: typeof things) =>
      order.flatMap(([key, { texts, chain, fingerprintText }]) => {
        const text = texts[name]
        if (text === undefined) return []
        const pairs = chain.slice(1).map((after, i) => `np_within "$np_at" '${chain[i]!}' '${after}'`)
        return [
          `np_at=$(${fingerprintText.text})\nif ${pairs.join(' || ')}; then ${text.text}\nelse echo "moved ${key}: $np_at" >&2; exit 9; fi`,
        ]
      })
    await this.run([...phase('before', things), ...phase('restore', [...things].reverse()), ...phase('after', things)])
  }

  async fingerprint(text: ShellText): Promise<string> {
    const { stdout } = await this.shell(`${prelude}\n${text.text}\n`)
    return stdout.toString().trim()
  }

  /** Each text under `set -eu` in a subshell, as steps are; stops at the first that fails. */
  async run(texts: readonly string[]): Promise<void> {
    // Not `( … ) || exit`: there the shell would ignore -e inside.
    const body = texts.map(text => `( set -eu\n${text}\n) </dev/null\nnp_rc=$?; if [ $np_rc != 0 ]; then exit $np_rc; fi`)
    const script = [prelude, 'main() {', `NP_STORE=${this.store}; export NP_STORE; mkdir -p "$NP_STORE"`, ...body, '}', 'main', ''].join(
      '\n',
    )
    const { exit, stderr } = await this.shell(script)
    if (exit !== 0) throw new Error(`status ${exit}: ${stderr}`)
  }
}
