import { createHash } from 'node:crypto'
import { systemdUnit } from '../../src/resources/systemd-unit.js'
import { Driver, worldOf } from '../support/kind-driver.js'
import { describeInSandbox, openSandbox, type Sandbox } from '../support/sandbox.js'

/** Stands in for systemd where there is none: answers `show` from /run/units/NAME, and counts its calls. */
const systemctl = `#!/bin/sh
echo "$*" >>/run/calls
case $* in
  *--timestamp*) [ ! -e /run/old ] || { echo "systemctl: unrecognized option '--timestamp=us+utc'" >&2; exit 1; } ;;
esac
[ ! -e /run/mute ] || { echo 'Failed to connect to bus: Host is down' >&2; exit 1; }
while [ "$1" != -- ]; do shift; done
shift
between=
for unit; do
  printf "$between"; between='\\n'
  if [ -e "/run/units/$unit" ]; then cat "/run/units/$unit"; else printf 'Id=%s\\nLoadState=not-found\\nActiveState=inactive\\nUnitFileState=\\n' "$unit"; fi
done
`
const shown = (unit: string) =>
  `Id=${unit}\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nType=simple\nInvocationID=1d1d\nNeedDaemonReload=no\nExecMainStartTimestamp=Sun 2026-11-22 23:01:58.099193 UTC\n`
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describeInSandbox('how units are looked at', () => {
  describe.each([['dash'], ['bash'], ['busybox', 'sh']])('by %s', (...argv) => {
    let sandbox: Sandbox
    let driver: Driver
    beforeAll(async () => {
      sandbox = await openSandbox(...argv)
      await sandbox.run(`mkdir -p /run/bin /run/units; cat >/run/bin/systemctl <<'END'\n${systemctl}END\nchmod +x /run/bin/systemctl`)
      driver = new Driver(script => sandbox.shell(`PATH=/run/bin:$PATH\n${script}`), '/run/store')
    })
    afterAll(() => sandbox.close())
    beforeEach(async () => {
      await sandbox.run(`rm -rf /run/calls /run/old /run/mute /run/units/* /run/netplay /run/in; mkdir /run/in; : >/run/calls`)
      for (const unit of ['a.service', 'b.service']) await sandbox.run(`cat >/run/units/${unit} <<'END'\n${shown(unit)}END`)
      await sandbox.run(`printf one >/run/in/one; printf two >'/run/in/t w o'; ln -s one /run/in/link; mkfifo /run/in/fifo`)
    })
    const record = (unit: string, identity: string, ...lines: string[]) =>
      sandbox.run(
        `mkdir -p /run/netplay/units; printf '%b' 'identity\\t${identity}\\n${lines.map(line => `${line}\\n`).join('')}' >/run/netplay/units/${unit}`,
      )

    test('many units, and one that is not there, by one call of systemctl', async () => {
      const tasks = [
        systemdUnit('a', { name: 'a.service', inputs: ['/run/in/one', '/run/in/t w o', '/run/in/fifo', '/run/in/none'] }),
        systemdUnit('b', { name: 'b.service', inputs: ['/run/in/link'] }),
        systemdUnit('c', { name: 'c@1.service' }),
      ]
      const [a, b, c] = (await driver.observeAll(tasks)) as Awaited<
        ReturnType<typeof driver.observe<never, { inputs: Record<string, unknown>[]; loadState: string; startedAtUs?: number }>>
      >[]
      expect(a!.startedAtUs).toBe(1_795_388_518_099_193)
      expect(a!.inputs.map(({ present }) => present)).toEqual(['absent', sha256('one'), sha256('two'), 'other', 'absent'])
      expect(a!.inputs[1]!.changedAtUs).toBeGreaterThan(1_000_000_000_000_000)
      expect(b!.inputs[1]).toMatchObject({ present: sha256('one'), link: 'one', target: '/run/in/one' })
      expect(c!.loadState).toBe('not-found')
      expect((await sandbox.run('cat /run/calls')).trim().split('\n')).toHaveLength(1)
    })

    test('a record counts for the process that it was written for only', async () => {
      const task = systemdUnit('a', { name: 'a.service', inputs: ['/run/in/one', { etcd: 'etcd3:/k' }] })
      await record('a.service', '1d1d', `/run/in/one\\t${'c'.repeat(64)}\\t-`, `etcd3:/k\\t${'d'.repeat(64)}\\t-`)
      expect((await driver.observe(task)).inputs.map(({ recorded }) => recorded)).toEqual([undefined, 'c'.repeat(64), 'd'.repeat(64)])
      await record('a.service', 'other', `/run/in/one\\t${'c'.repeat(64)}\\t-`)
      expect((await driver.observe(task)).inputs.map(({ recorded }) => recorded)).toEqual([undefined, undefined, undefined])
    })

    test('a file is not read again while its stat is the recorded one, and is when it is another or tells no more than seconds', async () => {
      const task = systemdUnit('a', { name: 'a.service', inputs: ['/run/in/one'] })
      const stat = (await sandbox.run("stat -L -c '%d:%i:%s:%.9Y:%.9Z' /run/in/one")).trim()
      await record('a.service', '1d1d', `/run/in/one\\t${'c'.repeat(64)}\\t${stat}`)
      expect((await driver.observe(task)).inputs[1]!.present).toBe(stat.includes('.') ? 'c'.repeat(64) : sha256('one'))
      await sandbox.run('sleep 0.05; chmod 0600 /run/in/one')
      expect((await driver.observe(task)).inputs[1]!.present).toBe(sha256('one'))
    })

    test('the digest of a secret is salted, the recorded one too', async () => {
      const task = systemdUnit('a', { name: 'a.service', inputs: [{ path: '/run/in/one', secret: true }] })
      await record('a.service', '1d1d', `/run/in/one\\t${sha256('older')}\\t-`)
      expect((await driver.observe(task, worldOf({}, 'salt'))).inputs[1]).toMatchObject({
        present: sha256(`salt${sha256('one')}`),
        recorded: sha256(`salt${sha256('older')}`),
      })
    })

    test('a systemctl that is older than 247', async () => {
      await sandbox.run(`: >/run/old; sed -i 's/58.099193/58/' /run/units/a.service`)
      expect((await driver.observe(systemdUnit('a', { name: 'a.service' }))).startedAtUs).toBe(1_795_388_518_000_000)
    })

    test('a systemd that does not answer, for one and all', async () => {
      await sandbox.run(': >/run/mute')
      await expect(driver.observeAll([systemdUnit('a', { name: 'a.service' }), systemdUnit('b', { name: 'b.service' })])).rejects.toThrow(
        /Host is down/,
      )
    })
  })
})
