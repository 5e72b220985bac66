import { ProbeError, RequirementError } from '../../src/resources/errors.js'
import { firewallPolicyKind } from '../../src/resources/firewall-policy.js'
import { firewallRule, firewallRuleKind as kind } from '../../src/resources/firewall-rule.js'
import { firewallUnit } from '../../src/resources/firewall-unit.js'
import { Driver, worldOf } from '../support/kind-driver.js'
import { describeInSandbox, openSandbox, type Sandbox } from '../support/sandbox.js'

const desired = { chain: 'FORWARD', rule: ['-s', '10.244.0.0/16', '-j', 'ACCEPT'] }
const parsed = (text: string) => kind.parse(Buffer.from(text), desired)

test('a missing rule is one change, told in the words of iptables', () =>
  expect(kind.diff(desired, parsed('rule absent iptables: Bad rule\n'), worldOf())).toEqual([
    { field: 'filter FORWARD', before: null, after: '-s 10.244.0.0/16 -j ACCEPT' },
  ]))
test('no iptables, or one that refuses, is an error at plan time with its words', () => {
  expect(() => kind.diff(desired, parsed('rule tool \n'), worldOf())).toThrow(/no iptables/)
  const refused = () => kind.diff(desired, parsed("rule error iptables: Couldn't load match `nosuch'\n"), worldOf())
  expect(refused).toThrow(RequirementError)
  try {
    refused()
  } catch (error) {
    expect((error as RequirementError).words).toContain('nosuch')
  }
})
test('what is no answer is an error', () => {
  for (const text of ['', 'rule maybe \n', 'rule present \nrule present \n']) expect(() => parsed(text)).toThrow(ProbeError)
  expect(() => firewallPolicyKind.parse(Buffer.from('policy QUEUE x\n'), { chain: 'FORWARD', policy: 'ACCEPT' })).toThrow(ProbeError)
})

test('the unit puts rules in after docker, and again when docker restarts; nothing takes them out', () => {
  const { unit, script } = firewallUnit({
    description: 'Pods',
    scriptPath: '/usr/local/lib/x.sh',
    policies: [{ chain: 'FORWARD', policy: 'ACCEPT' }],
    rules: [desired, { ...desired, position: 'last', ipVersion: 6, rule: ['-m', 'comment', '--comment', "it's"] }],
  })
  expect(unit).toBe(`[Unit]
Description=Pods
After=network-pre.target docker.service
PartOf=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/x.sh
ExecReload=/usr/local/lib/x.sh

[Install]
WantedBy=multi-user.target docker.service
`)
  expect(script).toBe(`#!/bin/sh
# Written by netplay: puts in each rule that is missing.
set -eu
iptables -w 30 -t filter -P FORWARD ACCEPT
iptables -w 30 -t filter -C FORWARD -s 10.244.0.0/16 -j ACCEPT 2>/dev/null || iptables -w 30 -t filter -I FORWARD -s 10.244.0.0/16 -j ACCEPT
ip6tables -w 30 -t filter -C FORWARD -m comment --comment 'it'\\''s' 2>/dev/null || ip6tables -w 30 -t filter -A FORWARD -m comment --comment 'it'\\''s'
`)
})

describeInSandbox('on this kernel', () => {
  let sandbox: Sandbox
  beforeAll(async () => void (sandbox = await openSandbox()))
  afterAll(() => sandbox.close())

  test('the script of the unit makes each rule once, however often it runs', async () => {
    const { script } = firewallUnit({
      description: 'x',
      scriptPath: '/x',
      rules: [desired, { ...desired, rule: ['-d', '10.244.0.0/16', '-m', 'comment', '--comment', "it's", '-j', 'ACCEPT'] }],
    })
    const count = () => sandbox.run("iptables -S FORWARD | grep -c -e '-j ACCEPT'")
    await sandbox.run(script)
    expect(await count()).toBe('2\n')
    await sandbox.run(script)
    expect(await count()).toBe('2\n')
    await sandbox.run('iptables -F FORWARD')
  })

  test('what iptables refuses is an error before anything is written', async () => {
    const driver = new Driver(sandbox.shell)
    await expect(driver.plan([firewallRule('x', { chain: 'FORWARD', rule: ['-m', 'nosuch', '-j', 'ACCEPT'] })])).rejects.toThrow(
      RequirementError,
    )
  })

  test('where the old variant is in use, looking neither loads a table nor makes a lock file', async () => {
    await sandbox.run('mkdir -p /run/bin; for tool in iptables ip6tables; do ln -sf "$(command -v $tool-legacy)" /run/bin/$tool; done')
    const legacy = new Driver(script => sandbox.shell(`PATH=/run/bin:$PATH\n${script}`), '/run/store')
    const task = firewallRule('x', desired)
    const policy = (await import('../../src/resources/firewall-policy.js')).firewallPolicy('y', { chain: 'FORWARD', policy: 'DROP' })
    const look = 'cat /proc/net/ip_tables_names; ls /run'
    const before = await sandbox.run(look)
    const plan = await legacy.plan([task, policy])
    expect(plan.items.flatMap(({ changes }) => changes)).toHaveLength(2)
    expect(await sandbox.run(look)).toBe(before)
    await legacy.apply(plan)
    expect((await legacy.plan([task, policy])).items.flatMap(({ changes }) => changes)).toEqual([])
    expect(await sandbox.run('iptables-legacy -S FORWARD')).toBe('-P FORWARD DROP\n-A FORWARD -s 10.244.0.0/16 -j ACCEPT\n')
    await legacy.undo(plan)
    expect(await sandbox.run('iptables-legacy -S FORWARD')).toBe('-P FORWARD ACCEPT\n')
  })
})
