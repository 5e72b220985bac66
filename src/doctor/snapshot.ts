import { NetplayError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import { containerdContainer, dockerContainers, type Container } from './containers.js'
import type { TextFile } from './text-file.js'

/** A daemon that runs: its arguments, the program first. */
export interface Process {
  pid: number
  name: string
  words: string[]
}

/** What one host answered to the doctor's script. */
export interface Snapshot {
  texts: Map<string, TextFile>
  /** names in folders, by folder */
  folders: Map<string, string[]>
  /** folders that CNI configuration may be read from, and those that plugins may be in */
  cniConfFolders: string[]
  /** executables, by folder */
  plugins: Map<string, string[]>
  /** properties by unit, as `systemctl show` has them */
  units: Map<string, Record<string, string>>
  processes: Process[]
  /** rules about forwarded packets by program that told them; empty lines where it told none */
  forward: Map<string, string[]>
  /** undefined: neither docker nor containerd answers here */
  containers?: Container[]
  /** what programs say to `-version`, by path */
  versions: Map<string, string>
  /** of units that do not run: what they said since they were last started */
  journals: Map<string, string[]>
}

/** A host as it was looked at. */
export interface SeenHost {
  name: string
  facts: Facts
  snapshot: Snapshot
}

/** The script was cut off, or something else answered. */
export class SnapshotError extends NetplayError {
  readonly code = 'SNAPSHOT'
  constructor(
    host: string,
    readonly words: string,
  ) {
    super(`${host} did not answer the doctor's script to its end`)
  }
  get next() {
    return 'See that `sh` on the host is a POSIX shell and that nothing ends its scripts, then run again; nothing was changed.'
  }
}

type Section = { words: string[]; lines: string[] }

/** @throws {SnapshotError} the last section is not `end` */
export function parseSnapshot(host: string, output: Buffer, nonce: string): Snapshot {
  const text = output.toString('utf8')
  const sections = sectionsOf(text, nonce)
  if (sections.at(-1)?.words[0] !== 'end') throw new SnapshotError(host, text.slice(-400))
  const of = (name: string) => sections.filter(({ words }) => words[0] === name)
  const byPath = (name: string) => new Map(of(name).map(({ words, lines }) => [words.slice(1).join(' '), lines]))
  const containers = containersOf(of)
  return {
    texts: new Map([...byPath('text')].map(([path, lines]) => [path, { path, lines }])),
    folders: mapped(byPath('folder'), present),
    cniConfFolders: [...byPath('cni-conf').keys()],
    plugins: mapped(byPath('cni-bin'), present),
    units: unitsOf(of('units')[0]?.lines ?? []),
    processes: of('process').map(({ words, lines }) => ({ pid: Number(words[1]), name: words[2] ?? '', words: withoutLast(lines) })),
    forward: mapped(byPath('forward'), present),
    ...(containers === undefined ? {} : { containers }),
    versions: mapped(byPath('version'), lines => lines.join('\n').trim()),
    journals: mapped(byPath('journal'), present),
  }
}

/** Files keep their lines as they are; what is between sections is one line end. */
function sectionsOf(text: string, nonce: string): Section[] {
  const parts = text.split(`\n${nonce} `).slice(1)
  return parts.map(part => {
    const [head = '', ...lines] = part.split('\n')
    return { words: head.split(' '), lines }
  })
}

const present = (lines: string[]): string[] => lines.filter(line => line !== '')
/** An empty argument is one; what follows the last line end is none. */
const withoutLast = (lines: string[]): string[] => (lines.at(-1) === '' ? lines.slice(0, -1) : lines)
const mapped = <A, B>(map: Map<string, A>, change: (value: A) => B): Map<string, B> =>
  new Map([...map].map(([key, value]) => [key, change(value)]))

function unitsOf(lines: readonly string[]): Map<string, Record<string, string>> {
  const units = new Map<string, Record<string, string>>()
  for (const block of lines.join('\n').split('\n\n')) {
    const properties: Record<string, string> = Object.create(null) as Record<string, string>
    for (const line of block.split('\n')) {
      const [, name, value] = /^([A-Za-z]{1,60})=(.*)$/.exec(line) ?? []
      if (name !== undefined) properties[name] = value ?? ''
    }
    if (properties['Id'] !== undefined) units.set(properties['Id'], properties)
  }
  return units
}

/** undefined: neither was asked. */
function containersOf(of: (name: string) => Section[]): Container[] | undefined {
  const [docker, containerd] = [of('containers')[0], of('containerd')[0]]
  if (docker === undefined && containerd === undefined) return undefined
  const bird = new Map(of('bird').map(({ words, lines }) => [words[1] ?? '', present(lines)]))
  return [
    ...dockerContainers(docker?.lines ?? [], bird),
    ...of('containerd-container').flatMap(({ words: [, id = '', state], lines }) =>
      containerdContainer(lines, state === 'running', bird.get(id) ?? []),
    ),
  ]
}
