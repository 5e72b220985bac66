import { labDown, labUp, onHost, rebootHost, type Lab } from '../../lab/lab.js'
import { file } from '../../src/resources/file.js'
import { firewallPolicy } from '../../src/resources/firewall-policy.js'
import { firewallRule } from '../../src/resources/firewall-rule.js'
import { firewallUnit } from '../../src/resources/firewall-unit.js'
import { systemdUnit } from '../../src/resources/systemd-unit.js'
import { Driver, type Shell } from '../support/kind-driver.js'
import { runner } from '../support/sandbox.js'
import { until } from './until.js'

const name = `fwunit-${process.pid}`
const script = '/usr/local/lib/netplay/pod-accept.sh'
const rules = [
  { chain: 'FORWARD', rule: ['-s', '10.244.0.0/16', '-j', 'ACCEPT'] },
  { chain: 'FORWARD', rule: ['-d', '10.244.0.0/16', '-j', 'ACCEPT'] },
]
let lab: Lab
const shell: Shell = async text => {
  const { stdout, stderr, code } = await onHost(lab, 'n1', 'exec sh', { input: text, timeoutMs: 120_000 })
  return { stdout: Buffer.from(stdout), stderr, exit: code ?? 137 }
}
const run = (text: string) => runner(shell)(text)
const accepted = async () => (await run('iptables -S FORWARD | grep -c 10.244.0.0/16 || :')).trim()
const inPlace = 'iptables -C FORWARD -s 10.244.0.0/16 -j ACCEPT 2>/dev/null && iptables -C FORWARD -d 10.244.0.0/16 -j ACCEPT 2>/dev/null'

beforeAll(async () => {
  lab = await labUp({ name, hosts: 1, docker: true, say: () => undefined })
}, 900_000)
afterAll(() => labDown(name), 60_000)

test('rules live as long as the host: through restarts and stops of docker and a reboot, without a moment in which they are gone', async () => {
  expect(await run('systemctl is-active docker; iptables -S FORWARD | head -n 1')).toBe('active\n-P FORWARD DROP\n')
  const { unit, script: text } = firewallUnit({ description: 'Forwarded packets of pods', scriptPath: script, rules })
  const tasks = [
    file('unit', { path: '/etc/systemd/system/np-accept.service', content: unit }),
    file('script', { path: script, content: text, mode: 0o755 }),
    systemdUnit('run', { name: 'np-accept.service', enabled: true, active: true, inputs: [script] }),
    ...rules.map((rule, i) => firewallRule(`accept ${i}`, rule)),
  ]
  await run(`mkdir -p ${script.replace(/[^/]*$/, '')}`)
  const driver = new Driver(shell)
  const plan = await driver.plan(tasks)
  await driver.apply(plan)
  expect(await accepted()).toBe('2')
  expect((await driver.plan(tasks)).items.flatMap(({ changes }) => changes)).toEqual([])

  const gaps = await run(`
    : >/run/watching; gone=0; looks=0
    (while [ -e /run/watching ]; do looks=$((looks + 1)); { ${inPlace}; } || gone=$((gone + 1)); done; echo "$gone of $looks" >/run/gaps) &
    systemctl restart docker; rm /run/watching; wait; cat /run/gaps`)
  expect(gaps).toMatch(/^0 of [1-9]/)
  expect(await accepted()).toBe('2')

  // Whoever flushes the chain meanwhile: docker's next start brings ours back.
  await run('systemctl stop docker.socket docker; iptables -F FORWARD; systemctl start docker')
  // systemctl waits for docker alone; what is ordered after it follows.
  await until('the rules are back', async () => (await accepted()) === '2')
  await run('iptables -D FORWARD -d 10.244.0.0/16 -j ACCEPT; systemctl reload np-accept')
  expect(await accepted()).toBe('2')

  await rebootHost(lab, 'n1')
  await run('for i in 1 2 3 4 5 6 7 8 9 10; do systemctl is-active np-accept docker >/dev/null && break; sleep 1; done')
  expect(await accepted()).toBe('2')

  await driver.undo(plan).catch(() => undefined)
  await run('systemctl restart docker')
  expect(await accepted()).toBe('0')
}, 300_000)

test('a policy lives through a restart of docker and a reboot as well', async () => {
  expect(await policy()).toBe('-P FORWARD DROP')
  const policies = [{ chain: 'FORWARD', policy: 'ACCEPT' as const }]
  const { unit, script: text } = firewallUnit({ description: 'Forward by default', scriptPath: script, policies })
  const tasks = [
    file('unit', { path: '/etc/systemd/system/np-policy.service', content: unit }),
    file('script', { path: script, content: text, mode: 0o755 }),
    systemdUnit('run', { name: 'np-policy.service', enabled: true, active: true, inputs: [script] }),
    firewallPolicy('forward', policies[0]!),
  ]
  const driver = new Driver(shell)
  await driver.apply(await driver.plan(tasks))
  expect((await driver.plan(tasks)).items.flatMap(({ changes }) => changes)).toEqual([])
  await run('iptables -P FORWARD DROP; systemctl restart docker')
  await until('the policy is back', async () => (await policy()) === '-P FORWARD ACCEPT')
  await rebootHost(lab, 'n1')
  await until('the policy is back after the boot', async () => (await policy()) === '-P FORWARD ACCEPT')
}, 300_000)

const policy = async () => (await run('iptables -S FORWARD | head -n 1')).trim()
