import { jest } from '@jest/globals'
import { stripVTControlCharacters } from 'node:util'
import { netnsArgv, onHost } from '../../lab/lab.js'
import { run } from '../../lab/command.js'
import { quote } from '../../src/shell.js'
import { mistakesIn } from '../support/events-schema.js'
import { netplayMain, openStory, openStoryMs, packageRoot, type Story } from './story.js'

let story: Story
jest.setTimeout(90_000)
beforeAll(async () => void (story = await openStory({ name: 'screens' })), openStoryMs)
afterAll(() => story?.close(), 60_000)

const playbook = `${packageRoot}/playbooks/flannel.yml`
const recapOf = (stdout: string) => stdout.slice(stdout.indexOf('PLAY RECAP'))

/** As an admin sees it: on a terminal of so many columns, by script(1). */
async function onTerminal(columns: number, ...argv: string[]): Promise<string> {
  const words = netnsArgv(story.lab, [process.execPath, netplayMain, ...argv])
    .map(quote)
    .join(' ')
  const { NO_COLOR: _, ...env } = process.env
  const { stdout } = await run(['script', '-qec', `stty cols ${columns} rows 40; ${words}`, '/dev/null'], {
    cwd: story.folder,
    env: { ...env, TERM: 'xterm-256color', NODE_OPTIONS: '', NETPLAY_STATE_DIR: story.stateDir },
    timeoutMs: 120_000,
  })
  return stdout
}

/** What was on a line at any time: redrawing moves about, and never writes past the end. */
const linesOf = (screen: string) =>
  screen
    .split(/\r|\n|\u001b\[\d*[A-HJK]/)
    .map(line => stripVTControlCharacters(line).trimEnd())
    .filter(line => line !== '')

test('a check on fresh hosts tells each change once, with what differs from host to host in place', async () => {
  const { stdout, code } = await story.play('flannel.yml', ['--check', '--diff'])
  expect(code).toBe(0)
  const lines = stdout.split('\n')
  expect(lines[0]).toMatch(/flannel\.yml · 3 hosts · 2 plays · \d+ tasks$/)
  for (const line of [
    /^PLAY 1 flannel configuration in etcd {4,}n1$/,
    /^ {2}\+ etcd \/coreos\.com\/network\/config {4,}n1$/,
    /^ {6}\+ {3}"Network": "10\.244\.0\.0\/16",$/,
    /^PLAY 2 flannel {4,}n1 n2 n3$/,
    /^ {2}\+ firewall FORWARD -s 10\.244\.0\.0\/16 -j ACCEPT {4,}3 hosts$/,
    /^ {2}\+ file \/usr\/local\/bin\/flanneld {4}0755 root:root {3}\d+ MB {2}sha256 [0-9a-f]{6}… {4,}3 hosts$/,
    /^ {2}\+ file \/etc\/systemd\/system\/flannel\.service {4}0644 root:root {4,}3 hosts, differ in 1 line$/,
    /^ {6}\+ {3}-iface=198\.18\.0\.11 \\ {3}\(n1; n2 \.12; n3 \.13\)$/,
    /^ {2}\+ unit flannel\.service {4}enabled, running {4,}3 hosts$/,
    /^ {2}\+ file \/run\/flannel\/subnet\.env {4}\(known after apply: flanneld writes it\) {4,}3 hosts$/,
    /^ {2}\+ symlink \/opt\/cni\/bin\/bridge → \/usr\/lib\/cni\/bridge {4,}3 hosts$/,
    /^Would change: 3 hosts, \d+ items\. Would start: netplay-forward\.service on 3, flannel\.service on 3\. Nothing was written\.$/,
  ])
    expect(lines.filter(each => line.test(each))).toHaveLength(1)
  expect(stdout).not.toContain('\u001b')
})

test('applied on a terminal, each host has a line that says what it is at, and no line is longer than the terminal', async () => {
  const screen = await onTerminal(90, playbook, '-i', 'hosts.ini')
  const lines = linesOf(screen)
  expect(lines.filter(line => line.length > 90)).toEqual([])
  expect(screen).toContain('\u001b[')
  const seen = (pattern: RegExp) => expect(lines.some(line => pattern.test(line))).toBe(true)
  seen(/^PLAY 2 flannel {2}batch 2 of 2 {2}▕░+▏ 0 of 2 hosts {3}0:0\d$/)
  seen(/^ {2}\S n2 {3}\d+\/\d+ {2}Install flanneld/)
  seen(/^ {2}\S n3 {3}\d+\/\d+ {2}Run flanneld/)
  seen(/^PLAY 2 flannel {2}batch 2 of 2 {2}▕█{20}▏ 2 of 2 hosts {3}0:\d\d$/)
  seen(/^ {2}✔ n3 {3}\d+ changed {3}0:\d\d$/)
  seen(/^n1 : ok=\d+ changed=\d+ unreachable=0 failed=0 skipped=0 rescued=0 ignored=0$/)
  // The terminal is as it was: the cursor is shown again.
  expect(screen.lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.lastIndexOf('\u001b[?25l'))
})

test('a second run says that nothing is to do, and the recap as Ansible prints it', async () => {
  const { stdout, code } = await story.play('flannel.yml')
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^No changes\. 3 hosts are as wanted\.\n\nPLAY RECAP\n(n\d {24} : ok=\d\d {3}changed=0 {4}unreachable=0 {4}failed=0 {4}skipped=0 {4}rescued=0 {4}ignored=0 {3}\n){3}$/,
  )
})

test('a drifted host is told by what differs there, and by the restart that follows', async () => {
  await onHost(
    story.lab,
    'n2',
    "sed -i 's/-ip-masq/-ip-masq=false/' /etc/systemd/system/flannel.service && systemctl daemon-reload && systemctl restart flannel",
    { check: true },
  )
  const { stdout } = await story.play('flannel.yml', ['--check', '--diff'])
  expect(stdout.slice(stdout.indexOf('\n') + 1, stdout.indexOf('PLAY RECAP'))).toBe(`
PLAY 2 flannel                                                                  3 hosts, 2 as wanted
  ~ file /etc/systemd/system/flannel.service                                                      n2
      @@ -12,7 +12,7 @@
          -etcd-certfile=/etc/kubernetes/ssl/kubernetes.pem \\
          -etcd-keyfile=/etc/kubernetes/ssl/kubernetes-key.pem \\
          -iface=198.18.0.12 \\
      -   -ip-masq=false \\
      +   -ip-masq \\
          -healthz-ip=127.0.0.1 \\
          -healthz-port=10258
        Restart=always
  ↻ unit flannel.service    restart: its unit file changed                                        n2

Would change: 1 host, 1 item, 1 restart. 2 hosts are as wanted. Nothing was written.

`)
})

test('a saved plan that no longer fits is refused thing by thing, and shown as it was', async () => {
  const plan = await story.netplay(['plan', playbook, '-i', 'hosts.ini', '--out', 'window.plan', '--detailed-exitcode'])
  expect(plan.code).toBe(2)
  expect(plan.stdout).toContain('Plan: 0 to add, 2 to change, 0 to destroy.\nSaved to window.plan. Next: netplay apply window.plan\n')
  expect((await story.netplay(['show', 'window.plan', '--diff'])).stdout).toContain('      +   -ip-masq \\\n')
  await onHost(story.lab, 'n3', 'systemctl stop flannel; echo >>/etc/cni/net.d/10-flannel.conflist')
  const { stdout, code } = await story.netplay(['apply', 'window.plan'])
  expect(stdout).toMatch(
    /^Refused: 1 of 3 hosts has moved since this plan was made \(\d{4}-\d\d-\d\d \d\d:\d\d UTC by \S+@\S+\)\.\n {2}n3 {2}flannel\.service {21}planned from running, now stopped\n {2}n3 {2}\/etc\/cni\/net\.d\/10-flannel\.conflist {2}planned from sha256 [0-9a-f]{6}…, now sha256 [0-9a-f]{6}…\nNothing was written\. Plan again, or apply to the 2 others with --partial\.\n\nPLAY RECAP\n/,
  )
  expect(code).toBe(1)
})

test('--output json is events alone, as docs/events.md has them: a run that changes, a check, a plan that is stale, verify', async () => {
  const json = ['--output', 'json']
  const runs = [
    await story.netplay(['apply', 'window.plan', ...json]),
    await story.play('flannel.yml', json),
    await story.play('flannel.yml', ['--check', '-vvv', ...json]),
    await story.netplay(['plan', playbook, '-i', 'hosts.ini', '--out', 'next.plan', ...json]),
    await story.netplay(['verify', playbook, '-i', 'hosts.ini', ...json]),
  ]
  expect(runs.map(({ code }) => code)).toEqual([1, 0, 0, 0, 0])
  expect(runs.flatMap(({ events }) => mistakesIn(events))).toEqual([])
  const types = new Set(runs.flatMap(({ events }) => events.map(({ type }) => type)))
  for (const type of [
    'plan-stale',
    'item-started',
    'item-changed',
    'item-ok',
    'stage-ended',
    'host-ended',
    'plan-saved',
    'check-judged',
    'checks-judged',
  ] as const)
    expect(types).toContain(type)
  for (const { events } of runs) expect([events[0]!.type, events.at(-1)!.type]).toEqual(['run-started', 'run-finished'])
})

test('-vvv tells what each host was asked', async () => {
  const { stdout } = await story.play('flannel.yml', ['--check', '-vvv'])
  expect(stdout).toMatch(/^ {2}= unit flannel\.service {4,}3 hosts$/m)
  expect(stdout).toMatch(/^n2 {2}connected \d+\.\d s · facts \d+\.\d s · probes \d+\.\d s {4}requests: facts 1, probes 1$/m)
  expect(recapOf(stdout)).toContain('n3')
})

test('what a failing step prints cannot drive the terminal', async () => {
  await story.write(
    'roles/rude/role.ts',
    `import { command, defineRole } from 'netplay'
export default defineRole({ name: 'rude', params: { type: 'object' }, tasks: () => [command('Be rude', { run: "printf '\\\\033]0;owned\\\\007\\\\302\\\\23331m no room' >&2; exit 3", done: 'false' })] })`,
  )
  await story.write('rude.yml', '- hosts: nodes\n  roles: [rude]\n')
  const { stdout, code } = await story.play('rude.yml')
  expect(stdout).toMatch(
    /FAILED n1 n2 n3 {2}rude · Be rude \(roles\/rude\/role\.ts:2:\d+\)\n {2}\S+: its step exited with status 3\n {4}\\x1b\]0;owned\\x07\\x9b31m no room\n/,
  )
  expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
  expect(code).toBe(2)
})
