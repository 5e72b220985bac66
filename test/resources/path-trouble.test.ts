import { directoryKind } from '../../src/resources/directory.js'
import { fileKind } from '../../src/resources/file.js'
import { absentKind } from '../../src/resources/absent.js'
import { binaryKind } from '../../src/resources/binary.js'
import { probeScript } from '../../src/resources/probe-script.js'
import type { Slot } from '../../src/resources/resource.js'
import { probeAll, probeOne, programOf, slotTexts, sourcesWith, undoOf, worldOf } from './contract-engine.js'
import { describeOnHost, openPrivateHost, patience, resetHost, shells, type PrivateHost, type RunShell } from './private-host.js'

const nothing = worldOf(new Map())

describeOnHost('paths on a host in trouble', () => {
  let host: PrivateHost
  beforeAll(async () => void (host = await openPrivateHost()))
  afterAll(() => host.close())

  describe.each(shells)('with sh = %s', shell => {
    let run: RunShell
    const said = async (script: string) => (await run(script)).stdout.toString()
    beforeEach(async () => {
      run = host.with(shell)
      await run(`umount /opt 2>/dev/null; rm -rf /np; ${resetHost}`)
    })
    afterEach(() => run('umount /opt 2>/dev/null'))

    /** @returns exit status and what the host said */
    const apply = async (content: string, slots: Slot[] = []) => {
      const desired = { path: '/opt/x', content }
      const observed = await probeOne(run, fileKind, desired)
      await run(slotTexts([...slots, ...fileKind.slots!(desired, nothing)]))
      const { stdout, stderr } = await run(programOf([], fileKind.steps(desired, observed, nothing)))
      return stdout.toString() + stderr.toString()
    }

    test.each([
      ['in the step', 30_000],
      ['in a slot', 300_000],
    ])(
      'a full disk: the old file stays, in the words of the host (content %s)',
      async (_, size) => {
        await run('mount -t tmpfs -o size=24k tmpfs /opt; echo old >/opt/x')
        expect(await apply('x'.repeat(size))).toMatch(/^failed 1\n[^]*No space left on device/)
        expect(await said('ls -A /opt; cat /opt/x')).toBe('x\nold\n')
      },
      patience,
    )

    test(
      'a read-only file system: the old file stays',
      async () => {
        await run('mount -t tmpfs tmpfs /opt; echo old >/opt/x; mount -o remount,ro /opt')
        expect(await apply('new')).toMatch(/^failed [12]\n[^]*Read-only file system/)
        expect(await said('ls -A /opt; cat /opt/x')).toBe('x\nold\n')
      },
      patience,
    )

    test(
      'what a killed run left is a change that the steps take away',
      async () => {
        const desired = { path: '/opt/x', content: 'a' }
        await run('printf a >/opt/x; mkdir /opt/.np-87b3216a2a38')
        const name = /\.np-[0-9a-f]{12}/.exec(
          JSON.stringify(fileKind.diff(desired, { ...(await probeOne(run, fileKind, desired)), leftover: true }, nothing)),
        )![0]
        await run(`rm -rf /opt/.np*; mkdir /opt/${name}; echo x >/opt/${name}/y`)
        const observed = await probeOne(run, fileKind, desired)
        expect(fileKind.diff(desired, observed, nothing)).toEqual([
          { field: 'leftover', before: `${name}, left by a run that was killed`, after: null },
        ])
        await run(programOf([], fileKind.steps(desired, observed, nothing)))
        expect(await said('ls -A /opt; cat /opt/x')).toBe('x\na')
        expect(fileKind.diff(desired, await probeOne(run, fileKind, desired), nothing)).toEqual([])
      },
      patience,
    )

    test(
      'a FIFO in place of the file is not opened, a link to one neither',
      async () => {
        await run('mkfifo /opt/x; ln -s x /opt/y')
        expect(await probeOne(run, fileKind, { path: '/opt/x', content: 'a' })).toMatchObject({ type: 'fifo' })
        expect(await probeOne(run, fileKind, { path: '/opt/y', content: 'a' })).toMatchObject({ type: 'symlink', target: 'x' })
      },
      patience,
    )

    test(
      'a folder that others filled is not removed by undo, and it says so',
      async () => {
        const desired = { path: '/opt/made/here', parents: true }
        const first = await probeOne(run, directoryKind, desired)
        await run(programOf([], directoryKind.steps(desired, first, nothing)))
        await run('echo theirs >/opt/made/here/x')
        const chain = [directoryKind.after(desired, first, nothing)]
        const { stdout, stderr } = await run(undoOf([{ key: 'file:/opt/made/here', kind: directoryKind, first, chain }]))
        expect(stdout.toString() + stderr.toString()).toMatch(/^back\nfailed 1\nrmdir: .*\/opt\/made\/here.*Directory not empty/)
        expect(await said('cat /opt/made/here/x')).toBe('theirs\n')
      },
      patience,
    )

    test(
      'a folder filled since the plan was made is not removed by the step',
      async () => {
        await run('mkdir /opt/x')
        const first = await probeOne(run, absentKind, { path: '/opt/x' })
        await run('echo theirs >/opt/x/y')
        const { stdout } = await run(programOf([], absentKind.steps({ path: '/opt/x' }, first, nothing)))
        expect(stdout.toString()).toBe('failed 1\n')
        expect(await said('cat /opt/x/y')).toBe('theirs\n')
      },
      patience,
    )

    test(
      'content of the old file is told when it differs, is text and is small',
      async () => {
        await run(
          `printf 'old\\n' >/opt/text; printf 'a\\0b' >/opt/nul; printf 'a\\377b' >/opt/bytes; head -c 70000 /dev/zero | tr '\\0' x >/opt/large; printf same >/opt/same; : >/opt/empty`,
        )
        const files = ['text', 'nul', 'bytes', 'large', 'same', 'empty'].map(name => ({ path: `/opt/${name}`, content: 'same' }))
        const outputs = await probeAll(
          run,
          files.map(file => fileKind.probe(file, nothing)),
        )
        const texts = outputs.map((output, i) => (fileKind.parse(output, files[i]!) as { text?: string }).text)
        expect(texts).toEqual(['old\n', undefined, undefined, undefined, undefined, ''])
      },
      patience,
    )

    test(
      'a secret on the host is told by salted digest alone',
      async () => {
        await run('printf hunter2 >/opt/x')
        const output = (await probeAll(run, [fileKind.probe({ path: '/opt/x', content: 'other', secret: true }, nothing)]))[0]!.toString()
        expect(output).not.toMatch(/hunter2|aHVudGVyMg|f52fbd32/)
        expect(
          fileKind.diff(
            { path: '/opt/x', content: 'hunter2', secret: true },
            await probeOne(run, fileKind, { path: '/opt/x', content: 'hunter2', secret: true }),
            nothing,
          ),
        ).toEqual([])
        expect((await probeAll(run, [fileKind.probe({ path: '/opt/x', content: 'other' }, sourcesWith('s'))]))[0]!.toString()).toMatch(
          'f52fbd32',
        )
      },
      patience,
    )

    test(
      'names are looked up: a known one, an unknown one, and who has a number without a name',
      async () => {
        await run('echo a >/opt/x; chown 4711:4712 /opt/x')
        const state = await probeOne(run, fileKind, { path: '/opt/x', content: 'a', owner: 'etcd', group: 'ops' })
        expect(state).toMatchObject({ owner: '4711', group: '4712', seen: { users: { etcd: 997 }, groups: { ops: 1200 } } })
        expect(await probeOne(run, fileKind, { path: '/opt/y', content: 'a', owner: 'nobody9', group: 'nogroup9' })).toMatchObject({
          seen: { users: { nobody9: null }, groups: { nogroup9: null } },
        })
      },
      patience,
    )

    test(
      'a user who may not read a file is told so',
      async () => {
        await run('echo a >/opt/x; chmod 600 /opt/x; chmod 755 /')
        const script = probeScript(new Map([[0, fileKind.probe({ path: '/opt/x', content: 'b' }, nothing)]]), 'n')
        const { stdout } = await run(
          `cat >/tmp/probe <<'END'\n${script}\nEND\nchmod 644 /tmp/probe; /usr/bin/setpriv --reuid 997 --regid 996 --clear-groups sh /tmp/probe`,
        )
        expect(stdout.toString()).toMatch(/digest=unreadable[^]*self 997 996/)
      },
      patience,
    )
  })

  test(
    'a program on the host is told by name when the file system is too small for it',
    async () => {
      const run = host.with('dash')
      await run('umount /opt 2>/dev/null; mount -t tmpfs -o size=64k tmpfs /opt; echo old >/opt/tool; chmod 755 /opt/tool')
      const desired = { path: '/opt/tool', source: { path: process.execPath } }
      const slot: Slot = {
        name: 'f'.repeat(64),
        source: { type: 'inline', text: 'x'.repeat(200_000) },
        digest: 'f'.repeat(64),
        sizeBytes: 200_000,
        secret: false,
      }
      await run(slotTexts([slot]))
      const observed = await probeOne(run, binaryKind, desired)
      const steps = binaryKind.steps(desired, observed, { ...nothing, source: () => ({ digest: slot.digest, sizeBytes: slot.sizeBytes }) })
      const { stdout, stderr } = await run(programOf([], steps))
      expect(stdout.toString() + stderr.toString()).toMatch(/failed 1[^]*No space left on device/)
      expect((await run('cat /opt/tool; ls -A /opt; umount /opt')).stdout.toString()).toBe('old\ntool\n')
    },
    patience,
  )
})
