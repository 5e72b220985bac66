import type { Setting } from './flags.js'
import type { EnvEntry, Unit } from './unit.js'
import { envFile } from './unit.js'
import type { TextFile } from './text-file.js'

/** A container that a unit runs by `docker run`, `nerdctl run`, `podman run` or `ctr run`. */
export interface DockerRun {
  image: string
  name?: string
  /** what the container sees, by variable */
  env: Map<string, Setting>
  /** names of the unit's variables that go into it under any name, or by `--env-file` */
  passed: Set<string>
  volumes: Setting[]
  restart?: string
}

/** Options of `run` that take no word after them. Source: docker run --help, ctr run --help. */
const switches = new Set([
  ...[
    '-d',
    '--detach',
    '--rm',
    '--privileged',
    '-t',
    '--tty',
    '-i',
    '--interactive',
    '-it',
    '-ti',
    '-dit',
    '-itd',
    '--init',
    '--read-only',
  ],
  ...['-P', '--publish-all', '--no-healthcheck', '--oom-kill-disable', '--net-host', '--null-io', '--sig-proxy', '-q', '--quiet'],
])

/** @returns undefined when the unit runs no container */
export function dockerRunOf({ command, env }: Unit, texts: ReadonlyMap<string, TextFile>): DockerRun | undefined {
  const start = command.findIndex(({ text }, i) => text === 'run' && command.slice(0, i).some(word => runtime.test(word.text)))
  if (start < 0) return undefined
  const isCtr = command.slice(0, start).some(({ text }) => /(^|\/)ctr$/.test(text))
  const run: DockerRun = { image: '', env: new Map(), passed: new Set(), volumes: [] }
  for (let i = start + 1; i < command.length; i++) {
    const { text, raw, at } = command[i]!
    if (!text.startsWith('-')) {
      run.image = text
      // The word after it is the name there.
      if (isCtr) run.name = command[i + 1]?.text
      break
    }
    const [, name = text, , inline] = /^(--[a-z0-9-]+)(=(.*))?$/s.exec(text) ?? []
    const follows = inline === undefined && !switches.has(text) ? command[++i] : undefined
    take(run, name, { value: inline ?? follows?.text ?? '', text: follows?.raw ?? raw, at: follows?.at ?? at }, env, texts)
  }
  return run
}

const runtime = /(^|\/)(docker|nerdctl|podman|ctr)$/

function take(run: DockerRun, option: string, setting: Setting, env: readonly EnvEntry[], texts: ReadonlyMap<string, TextFile>): void {
  if (option === '--name') run.name = setting.value
  else if (option === '--restart') run.restart = setting.value
  else if (option === '-v' || option === '--volume' || option === '--mount') run.volumes.push(setting)
  else if (option === '--env-file') {
    for (const { key, value, at } of envFile(texts.get(setting.value))) run.env.set(key, { value, text: `${key}=${value}`, at })
    for (const { key } of envFile(texts.get(setting.value))) run.passed.add(key)
  } else if (option === '-e' || option === '--env') passOne(run, setting, env)
}

/** `-e KEY=value`, or `-e KEY` for what the unit has under this name; a value may be made of the unit's variables. */
function passOne(run: DockerRun, setting: Setting, env: readonly EnvEntry[]): void {
  const [, key = setting.value, , value] = /^([^=]+)(=(.*))?$/s.exec(setting.value) ?? []
  const own = env.findLast(entry => entry.key === key)
  const source = /\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?/.exec(setting.text)?.[1]
  if (value === undefined) run.passed.add(key)
  for (const [, name] of setting.text.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?/g)) run.passed.add(name!)
  const from = value === undefined ? own : source === undefined ? undefined : env.findLast(entry => entry.key === source)
  // What an admin would edit is the env file's line.
  run.env.set(
    key,
    from === undefined
      ? { ...setting, value: value ?? '' }
      : { value: value ?? from.value, text: `${from.key}=${from.value}`, at: from.at },
  )
}
