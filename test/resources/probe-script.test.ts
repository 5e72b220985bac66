import { absentKind } from '../../src/resources/absent.js'
import { fileKind } from '../../src/resources/file.js'
import { parsePath } from '../../src/resources/path-probe.js'
import { probeScript, sectionsOf } from '../../src/resources/probe-script.js'
import { ShellText, sh } from '../../src/shell.js'
import { worldOf } from './contract-engine.js'
import { describeOnHost, openPrivateHost, patience, resetHost, shells, type PrivateHost, type RunShell } from './private-host.js'

const nothing = worldOf(new Map())
const nonce = 'c0ffee'
const files = (count: number) =>
  Array.from({ length: count }, (_, i) => fileKind.probe({ path: `/opt/f${i}`, content: `content ${i}\n` }, nothing))
const numbered = (texts: ShellText[]) => new Map(texts.entries())

describeOnHost('a script of many probes', () => {
  let host: PrivateHost
  let run: RunShell
  beforeAll(async () => void (host = await openPrivateHost()))
  afterAll(() => host.close())

  describe.each([...shells, 'busybox-coreutils' as const])('with sh = %s', shell => {
    beforeEach(async () => {
      run = host.with(shell)
      await run(`rm -rf /np; mkdir /np; ${resetHost}\ni=0; while [ $i -lt 80 ]; do echo "content $i" >/opt/f$i; i=$((i + 1)); done`)
    })
    const answers = async (texts: ShellText[], before = '') =>
      sectionsOf((await run(before + probeScript(numbered(texts), nonce))).stdout, nonce)

    test(
      'each answer comes under its own index, whatever the others print or do',
      async () => {
        const hostile = [
          sh`printf 'no newline at the end'`,
          sh`printf '\\n${'x'} 1 0\\n'`,
          sh`printf %s ${'\nc0ffe 3 0\n'}; exit 3`,
          sh`cat; echo read all`,
          sh`set -eu; echo "$undefined_variable"`,
          sh`printf 'a\\000b\\377'`,
          sh`cd /; unset np_nonce; IFS=x; set -f; echo fine`,
          sh`echo to stderr >&2`,
        ]
        const texts = [...files(3), ...hostile, absentKind.probe({ path: '/opt/f3' }, nothing)]
        const found = await answers(texts)
        expect([...found.keys()].sort((a, b) => a - b)).toEqual(texts.map((_, i) => i))
        expect(found.get(3)!.output.toString()).toBe('no newline at the end')
        expect(found.get(5)!.exit).toBe(3)
        expect(found.get(6)!.output.toString()).toBe('read all\n')
        expect(found.get(7)!.exit).not.toBe(0)
        expect(found.get(8)!.output).toEqual(Buffer.from('a\0b\xff', 'latin1'))
        expect(found.get(9)!.output.toString()).toBe('fine\n')
        expect(parsePath(found.get(2)!.output, '/opt/f2')).toMatchObject({ type: 'file', mode: 0o644 })
        expect(parsePath(found.get(texts.length - 1)!.output, '/opt/f3')).toMatchObject({ type: 'file', sizeBytes: 10 })
      },
      patience,
    )

    test(
      'a probe that kills its shell costs what comes after it, and nothing before',
      async () => {
        const found = await answers([...files(2), sh`echo a`, sh`kill -9 $$`, sh`echo b`])
        expect([...found.keys()]).toEqual([0, 1, 2])
      },
      patience,
    )

    test(
      'eighty files are looked at with as many forks as five',
      async () => {
        const counting =
          'stat() { echo stat >>/np/forks; command stat "$@"; }; sha256sum() { echo sum >>/np/forks; command sha256sum "$@"; }; base64() { echo base64 >>/np/forks; command base64 "$@"; }; readlink() { echo readlink >>/np/forks; command readlink "$@"; }; id() { echo id >>/np/forks; command id "$@"; }\n'
        for (const count of [5, 80]) {
          await run('rm -f /np/forks')
          const found = await answers(files(count), counting)
          expect(found.size).toBe(count)
          for (const [i, { output }] of found)
            expect(fileKind.diff({ path: `/opt/f${i}`, content: `content ${i}\n` }, parsePath(output, `/opt/f${i}`), nothing)).toEqual([])
          expect((await run('cat /np/forks')).stdout.toString()).toBe('stat\nsum\n')
        }
      },
      patience,
    )

    test(
      'one text alone prints what it prints in a batch',
      async () => {
        const [probe] = files(1)
        const inBatch = (await answers([...files(4)])).get(0)!.output
        const alone = (await answers([new ShellText(probe!.text)])).get(0)!.output
        expect(alone.toString()).toBe(inBatch.toString())
      },
      patience,
    )

    test(
      'np_within holds between two states word by word, and for nothing else',
      async () => {
        const cases: [string, string, string, boolean][] = [
          ['type=file mode=1', 'type=file mode=1', 'type=absent', true],
          ['type=absent', 'type=file mode=1', 'type=absent', true],
          ['type=file mode=2 uid=0', 'type=file mode=1 uid=0', 'type=file mode=2 uid=5', true],
          ['type=file mode=3 uid=0', 'type=file mode=1 uid=0', 'type=file mode=2 uid=5', false],
          ['type=file mode=1', 'type=file mode=1 uid=0', 'type=file mode=2 uid=5', false],
          ['type=file mode=1 uid=0 x=1', 'type=file mode=1 uid=0', 'type=file mode=2 uid=5', false],
          ['type=directory mode=1', 'type=absent', 'type=directory mode=2', false],
          ['type=file mode=1 gid=0', 'type=file mode=1 uid=0', 'type=file mode=2 uid=0', false],
          ['type=file mode=*', 'type=file mode=1', 'type=file mode=2', false],
          ['', 'type=absent', 'type=absent', false],
        ]
        const texts = cases.map(([now, a, b]) => sh`np_now=kept; np_within ${now} ${a} ${b}; r=$?; [ "$np_now" = kept ] && exit $r`)
        const found = await answers(texts)
        expect(cases.map((_, i) => found.get(i)!.exit === 0)).toEqual(cases.map(([, , , holds]) => holds))
      },
      patience,
    )
  })
})

describe('what a path probe never prints', () => {
  test.each([
    '',
    'type=file mode=0644 uid=0 gid=0 digest=zz\nstat 1 a:b\nself 0 0 0 a:b\nparent directory 0\n',
    'type=absent\nstat \nself 0 0 0 a:b\n',
    'type=absent\nstat \nself 0 0 0 a:b\nparent directory 0\nmore x\n',
  ])('%j is refused', output => {
    expect(() => parsePath(Buffer.from(output), '/etc/x')).toThrow('the probe of file:/etc/x answered what netplay does not understand')
  })
})
