import { file } from '../../src/resources/file.js'
import { systemdUnit, systemdUnitKind } from '../../src/resources/systemd-unit.js'
import { taskOf } from '../../src/resources/task.js'
import { Driver, type Shell } from '../support/kind-driver.js'
import { runner } from '../support/sandbox.js'

const name = 'np-r.service'
const unitFile = `/etc/systemd/system/${name}`
const conf = '/etc/np-r.conf'
const store = '/run/np-restart-store'

/** Its command line tells which configuration it was started with. */
const unitText = (description: string, more = '') =>
  `[Unit]\nDescription=${description}\n[Service]\n${more}ExecStart=/bin/sh -c 'exec sleep $$(cat ${conf})'\n[Install]\nWantedBy=multi-user.target\n`

const tasksWith = (kind: typeof systemdUnitKind, seconds: number, description = 'np', more = '') => [
  file('configuration', { path: conf, content: `${seconds}\n`, mode: 0o644 }),
  file('unit file', { path: unitFile, content: unitText(description, more) }),
  taskOf(kind)('run', { name, enabled: true, active: true, inputs: [conf] }),
]
const tasksFor = (seconds: number, description?: string, more?: string) => tasksWith(systemdUnitKind, seconds, description, more)

/** `changed in this run` instead of `started with`: what restarts must not be judged by. */
const mutant: typeof systemdUnitKind = {
  ...systemdUnitKind,
  diff: (desired, observed, world) =>
    systemdUnitKind.diff(desired, { ...observed, inputs: observed.inputs.map(input => ({ ...input, recorded: input.present })) }, world),
}

/** engine.md, "Restart as state": the table, a row a test, with a real systemd. */
export function unitRestarts(shellNow: () => Shell, timeoutMs = 60_000) {
  const run = (script: string) => runner(shellNow())(script)
  const driver = () => new Driver(shellNow(), store)
  const identity = async () => (await run(`systemctl show -p InvocationID --value ${name}`)).trim()
  const runsWith = async () => (await run(`tr '\\0' ' ' </proc/$(systemctl show -p MainPID --value ${name})/cmdline`)).trim()

  /** Runs with 1001 since a while, by a run of netplay that came to its end. */
  async function begin(tasks = tasksFor(1001)) {
    await run(`systemctl disable --now ${name} 2>/dev/null || :; rm -rf ${unitFile} ${conf} /run/netplay ${store}; systemctl daemon-reload`)
    await driver().apply(await driver().plan(tasks))
    await run(`rm -rf ${store}; sleep 0.1`)
  }
  /** A run that dies before its last step, which restarts the unit. */
  async function killedBeforeRestart(tasks = tasksFor(1002)) {
    const plan = await driver().plan(tasks)
    const count = plan.items.flatMap(item => item.steps).length
    expect(plan.items.at(-1)!.steps.at(-1)).toContain('np_unit_run')
    await driver().apply(plan, { upTo: count - 1 })
    await run('sleep 0.1')
  }
  /** @returns how often the next run restarts the unit; it must find nothing to do after */
  async function restartsByTheNextRun(tasks = tasksFor(1002)) {
    const before = await identity()
    const plan = await driver().plan(tasks)
    await driver().apply(plan)
    const after = await identity()
    expect((await driver().plan(tasks)).items.flatMap(item => item.changes)).toEqual([])
    await driver().apply(plan)
    expect(await identity()).toBe(after)
    return before === after ? 0 : 1
  }

  const rows: [what: string, restarts: number, before: () => Promise<unknown>, runs: string][] = [
    ['killed before the restart', 1, () => killedBeforeRestart(), 'sleep 1002'],
    [
      'killed before the restart, then restarted by hand',
      0,
      async () => (await killedBeforeRestart(), await run(`systemctl restart ${name}`)),
      'sleep 1002',
    ],
    [
      'killed before the restart of a unit whose file changed too, then restarted by hand without daemon-reload',
      1,
      async () => {
        const plan = await driver().plan(tasksFor(1002, 'other'))
        await driver().apply(plan, { upTo: 2 })
        await run(`sleep 0.1; systemctl restart ${name} 2>/dev/null`)
      },
      'sleep 1002',
    ],
    ['restarted by hand only', 0, () => run(`systemctl restart ${name}`), 'sleep 1001'],
    [
      'file edited by hand and daemon restarted by hand (file is put back)',
      1,
      () => run(`echo 1009 >${conf}; sleep 0.1; systemctl restart ${name}`),
      'sleep 1001',
    ],
    ['file edited by hand, daemon not restarted (file is put back)', 0, () => run(`echo 1009 >${conf}`), 'sleep 1001'],
    [
      'unit file edited by hand and read by systemd, daemon not restarted (file is put back)',
      0,
      () => run(`echo '# by hand' >>${unitFile}; systemctl daemon-reload`),
      'sleep 1001',
    ],
    ['record lost, files older than the process', 0, () => run('rm -rf /run/netplay'), 'sleep 1001'],
    ['record lost, a file touched since', 1, () => run(`rm -rf /run/netplay; touch ${conf}`), 'sleep 1001'],
    ['no record, chmod by hand', 1, () => run(`rm -rf /run/netplay; chmod 0600 ${conf}`), 'sleep 1001'],
    ['chmod by hand while there is a record', 0, () => run(`chmod 0600 ${conf}`), 'sleep 1001'],
    [
      'killed by a signal and brought back by systemd',
      0,
      () => run(`systemctl kill -s KILL ${name}; sleep 0.2; systemctl start ${name}`),
      'sleep 1001',
    ],
  ]

  test.each(rows)(
    '%s: %i restarts by the next run',
    async (what, restarts, before, runs) => {
      const wanted = runs.endsWith('2') ? tasksFor(1002, what.includes('file changed too') ? 'other' : 'np') : tasksFor(1001)
      await begin()
      await before()
      expect(await restartsByTheNextRun(wanted)).toBe(restarts)
      expect(await runsWith()).toBe(runs)
    },
    timeoutMs,
  )

  test(
    'killed between restart and record, file younger than the margin: 1 restart by the next run, needless, and none by the one after',
    async () => {
      const more = `ExecStartPre=/usr/bin/touch ${conf}\n`
      await begin(tasksFor(1001, 'np', more))
      const plan = await driver().plan(tasksFor(1002, 'np', more))
      const steps = plan.items.flatMap(item => item.steps)
      await expect(driver().run([...steps.slice(0, -1), `np_unit_write() { exit 9; }\n${steps.at(-1)}`])).rejects.toThrow('status 9')
      expect(await runsWith()).toBe('sleep 1002')
      expect(await restartsByTheNextRun(tasksFor(1002, 'np', more))).toBe(1)
      expect(await restartsByTheNextRun(tasksFor(1002, 'np', more))).toBe(0)
    },
    timeoutMs,
  )

  test(
    'a process that runs with its files since before netplay came is recorded before the first write, so that our own chmod restarts nothing',
    async () => {
      await begin()
      await run(`rm -rf /run/netplay; chmod 0600 ${conf}; sleep 0.1; systemctl restart ${name}`)
      const plan = await driver().plan(tasksFor(1001))
      expect(plan.items.map(({ changes }) => changes.length)).toEqual([1, 0, 0])
      await driver().apply(plan)
      expect(await restartsByTheNextRun(tasksFor(1001))).toBe(0)
    },
    timeoutMs,
  )

  /** After a run that died at each step boundary in turn, the next one must leave the process running with the new files. */
  async function lostRestarts(kind: typeof systemdUnitKind) {
    const lost: number[] = []
    const count = await (async () => (
      await begin(),
      (await driver().plan(tasksWith(kind, 1002, 'other'))).items.flatMap(item => item.steps).length
    ))()
    for (let upTo = 0; upTo <= count; upTo++) {
      await begin()
      const before = await identity()
      await driver().apply(await driver().plan(tasksWith(kind, 1002, 'other')), { upTo })
      const between = await identity()
      await driver().apply(await driver().plan(tasksWith(kind, 1002, 'other')))
      const after = await identity()
      if ((await runsWith()) !== 'sleep 1002') lost.push(upTo)
      else expect({ upTo, restarts: new Set([before, between, after]).size - 1 }).toEqual({ upTo, restarts: 1 })
    }
    return lost
  }

  test(
    'killed at every step boundary, one after another: no restart is lost, none is made twice',
    async () => expect(await lostRestarts(systemdUnitKind)).toEqual([]),
    3 * timeoutMs,
  )

  test(
    'a kind that restarts only for what changed in this run loses some there: these tests are awake',
    async () => expect((await lostRestarts(mutant)).length).toBeGreaterThan(0),
    3 * timeoutMs,
  )

  test(
    'undo does not restart a process that the run did not restart',
    async () => {
      await begin()
      const plan = await driver().plan(tasksFor(1002))
      await driver().apply(plan, { upTo: 1 })
      const before = await identity()
      await driver().undo(plan)
      expect(await identity()).toBe(before)
      expect(await run(`cat ${conf}`)).toBe('1001\n')
    },
    timeoutMs,
  )

  test(
    'undo restarts a process that the run restarted, once',
    async () => {
      await begin()
      const plan = await driver().plan(tasksFor(1002))
      await driver().apply(plan)
      const before = await identity()
      await driver().undo(plan)
      const after = await identity()
      expect(after).not.toBe(before)
      expect(await runsWith()).toBe('sleep 1001')
      await driver().undo(plan)
      expect(await identity()).toBe(after)
    },
    timeoutMs,
  )

  test(
    'a unit that does not come up fails in time, with its own words',
    async () => {
      await begin()
      await run(
        `printf '[Service]\\nType=notify\\nExecStart=/bin/sh -c "echo no key in etcd; exec sleep 100"\\n' >${unitFile}; systemctl daemon-reload; systemctl stop ${name}`,
      )
      const plan = await driver().plan([systemdUnit('run', { name, active: true, startTimeoutSeconds: 2 })])
      const started = Date.now()
      await expect(driver().apply(plan)).rejects.toThrow(/np-r\.service is not up after 2 s[^]*no key in etcd/)
      expect(Date.now() - started).toBeLessThan(10_000)
      await run(
        `systemctl stop ${name}; printf '[Service]\\nExecStart=/bin/sh -c "echo wrong flag; exit 3"\\n' >${unitFile}; systemctl daemon-reload`,
      )
      await expect(driver().apply(await driver().plan([systemdUnit('run', { name, active: true })]))).rejects.toThrow(/wrong flag/)
    },
    timeoutMs,
  )
}
