import { absentKind } from '../../src/resources/absent.js'
import { directoryKind } from '../../src/resources/directory.js'
import { fileKind } from '../../src/resources/file.js'
import type { PathState } from '../../src/resources/path-state.js'
import type { ResourceKind } from '../../src/resources/resource.js'
import { symlinkKind } from '../../src/resources/symlink.js'
import { probeOne, programOf, undoOf, worldOf } from './contract-engine.js'
import { describeOnHost, openPrivateHost, patience, resetHost, roots, type PrivateHost, type RunShell } from './private-host.js'
import { treeOf } from './tree.js'

interface Situation {
  name: string
  kind: ResourceKind<never, PathState>
  desired: unknown
  arrange: string
}
const situation = <D>(name: string, kind: ResourceKind<D, PathState>, desired: D, arrange: string): Situation => ({
  name,
  kind: kind,
  desired,
  arrange,
})

const situations = [
  situation('a new file', fileKind, { path: '/etc/x', content: 'new' }, ':'),
  situation(
    'a file written anew',
    fileKind,
    { path: '/etc/x', content: 'new', owner: 'etcd', mode: 0o4750 },
    'echo old >/etc/x; chown 5:6 /etc/x; chmod 2711 /etc/x',
  ),
  situation('owner and mode of a file', fileKind, { path: '/etc/x', content: 'a', owner: 'etcd', mode: 0o600 }, 'printf a >/etc/x'),
  situation('owner of a setuid file', fileKind, { path: '/etc/x', content: 'a', owner: 'etcd' }, 'printf a >/etc/x; chmod 4755 /etc/x'),
  situation('folders', directoryKind, { path: '/srv/a/b/c', parents: true, owner: 'etcd', mode: 0o700 }, ':'),
  situation(
    'owner and mode of a folder',
    directoryKind,
    { path: '/srv/a', owner: 'etcd', mode: 0o700 },
    'mkdir -m 2755 /srv/a; echo x >/srv/a/x',
  ),
  situation('a link', symlinkKind, { path: '/srv/l', target: '/opt' }, 'ln -s /etc /srv/l'),
  situation('a file removed', absentKind, { path: '/etc/x' }, 'echo old >/etc/x; touch -d 2001-02-03 /etc/x'),
  situation(
    'a tree removed',
    absentKind,
    { path: '/srv/a', recursive: true },
    'mkdir -p /srv/a/b; echo x >/srv/a/b/x; touch -d 2001-02-03 /srv/a/b/x; chmod 700 /srv/a/b',
  ),
]

/** Before its Nth command the step dies, with nobody left to clean up; a deletion of a tree dies halfway. */
const dyingBefore = (nth: number) => `echo ${nth} >/np/countdown
np_fault() {
  read -r np_count </np/countdown
  [ "$np_count" -gt 0 ] || return 0
  echo $((np_count - 1)) >/np/countdown
  [ "$np_count" = 1 ] || return 0
  if [ "$1" = -rf ]; then command rm -rf "$2"/*; fi
  sh -c 'kill -9 $PPID'
}
${['chown', 'chmod', 'mv', 'sync', 'rm', 'rmdir', 'mkdir', 'cp', 'ln'].map(name => `${name}() { np_fault "$@"; command ${name} "$@"; }`).join('\n')}
`

describeOnHost('a step that dies before any of its commands', () => {
  let host: PrivateHost
  let run: RunShell
  beforeAll(async () => {
    host = await openPrivateHost()
    run = host.with('dash')
  })
  afterAll(() => host.close())

  /** @returns whether it died: no more commands than N otherwise */
  async function die({ kind, desired, arrange }: Situation, nth: number) {
    await run(`rm -rf /np; mkdir -p /np/store; ${resetHost}\n${arrange}`)
    const before = await treeOf(run, roots)
    const first = await probeOne(run, kind, desired as never)
    const key = kind.key(desired as never)
    const world = worldOf(new Map())
    const after = kind.after(desired as never, first, world)
    const save = kind.thing.save?.(key, first)
    const program = programOf([save ?? []].flat(), kind.steps(desired as never, first, world))
    const { exit } = await run(program.replace('main() {', () => `${dyingBefore(nth)}\nmain() {`))
    return { died: exit !== 0, before, planned: { key, kind, first, chain: [after] } }
  }
  const leftovers = async () => (await run(`/usr/bin/find ${roots.join(' ')} -name '.np-*'`)).stdout.toString()

  test.each(situations.map(one => [one.name, one] as const))(
    '%s: undo brings everything back, no temporary name stays',
    async (_, one) => {
      let deaths = 0
      for (let nth = 1; ; nth++) {
        const { died, before, planned } = await die(one, nth)
        await run(undoOf([planned]))
        expect(await treeOf(run, roots)).toEqual(before)
        if (!died) break
        deaths++
      }
      expect(deaths).toBeGreaterThan(0)
    },
    patience,
  )

  test.each(situations.map(one => [one.name, one] as const))(
    '%s: the next run gets there, no temporary name stays',
    async (_, one) => {
      for (let nth = 1; ; nth++) {
        const { died } = await die(one, nth)
        const { kind, desired } = one
        const seen = await probeOne(run, kind, desired as never)
        const world = worldOf(new Map())
        const changes = kind.diff(desired as never, seen, world)
        if (changes.length > 0) await run(programOf([], kind.steps(desired as never, seen, world)))
        expect(kind.diff(desired as never, await probeOne(run, kind, desired as never), world)).toEqual([])
        expect(await leftovers()).toBe('')
        if (!died) break
      }
    },
    patience,
  )
})
