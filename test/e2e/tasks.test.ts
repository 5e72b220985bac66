import { jest } from '@jest/globals'
import { onHost } from '../../lab/lab.js'
import { openStory, openStoryMs, type Story } from './story.js'

let story: Story

jest.setTimeout(60_000)
beforeAll(async () => {
  story = await openStory({ name: 'e2e-tasks', hosts: 3, etcd: false, vars: { site_text: 'one', site_secret: 'plain' } })
  await story.write('site.yml', site)
  await story.write('tasks/limits.yml', limits)
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const site = `- name: A daemon of our own
  hosts: nodes
  serial: [1, 2]
  environment: {LC_ALL: C}
  pre_tasks:
    - name: Folder
      directory: {path: /etc/site, mode: '0750'}
      register: folder
  tasks:
    - name: Configuration
      file: {path: /etc/site/site.conf, content: "text={{ site_text }} host={{ inventory_hostname }}\\n"}
      notify: restart the daemon
    - name: Unit
      file:
        path: /etc/systemd/system/site.service
        content: |
          [Service]
          ExecStart=/bin/sh -c 'cat /etc/site/site.conf >>/run/site.started; exec sleep infinity'
    - name: Running
      systemd_unit: {name: site.service, enabled: false, active: true}
    - include_tasks: "tasks/{{ {'n1': 'limits', 'n3': 'limits'}[inventory_hostname] }}.yml"
      when: inventory_hostname != 'n2'
    - name: Only where the folder is new
      file: {path: /etc/site/new, content: "new\\n"}
      when: folder is changed
    - name: Once a batch
      file: {path: /etc/site/once, content: "{{ inventory_hostname }}\\n"}
      run_once: true
      register: once
    - name: On the first host
      command:
        cmd: echo "$WHO $LC_ALL" >>/run/site.joined
        unless: grep -q "^$WHO " /run/site.joined
      environment: {WHO: "{{ inventory_hostname }}"}
      delegate_to: n1
    - name: Where the batch has it
      file: {path: /etc/site/batch, content: "x\\n"}
      when: once.changed
  handlers:
    - name: restart the daemon
      systemd_unit: {name: site.service}
`
const limits = `- name: Limits
  sysctl: {name: "net.ipv4.{{ item.name }}", value: "{{ item.value }}", file: /etc/sysctl.d/90-site.conf}
  loop:
    - {name: ip_forward, value: 1}
`

const on = async (host: string, text: string) => (await onHost(story.lab, host, text)).stdout
const recapOf = (stdout: string, host: string) => new RegExp(`^${host} +: (.*)$`, 'm').exec(stdout)?.[1]?.replaceAll(/ +/g, ' ').trim()

test('a check of tasks shows what the run then does, in the order of the playbook, and writes nothing', async () => {
  const check = await story.play('site.yml', ['--check', '--diff'])
  expect({ code: check.code, err: check.stderr }).toMatchObject({ code: 0 })
  expect(check.stdout).toContain('+ text=one host=n1')
  expect(recapOf(check.stdout, 'n2')).toContain('skipped=1')
  expect(await on('n1', 'ls -d /etc/site /run/site.joined 2>&1; :')).not.toContain('\n/')
  const run = await story.play('site.yml')
  expect({ code: run.code, out: run.stdout + run.stderr }).toMatchObject({ code: 0 })
  expect(run.stdout).toContain('n1 | tasks | On the first host [n2 -> n1] | changed')
  for (const host of ['n1', 'n2', 'n3']) expect(recapOf(run.stdout, host)).toBe(recapOf(check.stdout, host))
})

test('what the tasks say is on the hosts: loops, conditions, results, once a batch, on another host', async () => {
  const seen =
    'cd /etc/site; echo $(ls); cat site.conf; cat /run/site.started; stat -c %a .; sysctl -n net.ipv4.ip_forward; ls /etc/sysctl.d/90-site.conf 2>/dev/null; :'
  expect(await on('n1', seen)).toBe('batch new once site.conf\ntext=one host=n1\ntext=one host=n1\n750\n1\n/etc/sysctl.d/90-site.conf\n')
  expect(await on('n2', seen)).toMatch(/^batch new once site.conf\ntext=one host=n2\ntext=one host=n2\n750\n\d\n$/)
  expect(await on('n3', 'cd /etc/site; echo $(ls)')).toBe('batch new site.conf\n')
  expect(await on('n1', 'cat /run/site.joined')).toBe('n1 C\nn2 C\nn3 C\n')
})

test('a second run changes nothing; a changed variable restarts the daemon that the task notifies, and nothing else', async () => {
  const again = await story.play('site.yml')
  expect({ code: again.code, out: again.stdout }).toMatchObject({ code: 0 })
  for (const host of ['n1', 'n2', 'n3']) expect(recapOf(again.stdout, host)).toContain('changed=0')
  await story.setVars({ site_text: 'two' })
  const changed = await story.play('site.yml', ['-l', 'n1'])
  expect({ code: changed.code, out: changed.stdout }).toMatchObject({ code: 0 })
  expect(recapOf(changed.stdout, 'n1')).toContain('changed=2')
  expect(await on('n1', 'cat /run/site.started')).toBe('text=one host=n1\ntext=two host=n1\n')
})

test('a handler that did not come to run is made up for by the next run', async () => {
  await story.setVars({ site_text: 'three' })
  const cut = await story.play('site.yml', ['-l', 'n3'])
  expect(cut.code).toBe(0)
  // As a run leaves it that died between the file and the handler.
  await on('n3', 'echo "text=four host=n3" >/etc/site/site.conf')
  await story.setVars({ site_text: 'four' })
  const next = await story.play('site.yml', ['-l', 'n3'])
  expect({ code: next.code, out: next.stdout }).toMatchObject({ code: 0 })
  expect(recapOf(next.stdout, 'n3')).toContain('changed=1')
  expect(await on('n3', 'tail -n 1 /run/site.started')).toBe('text=four host=n3\n')
})

test('--list-tasks and --list-tags show tasks without asking a host', async () => {
  const { stdout } = await story.play('site.yml', ['--list-tasks'])
  expect(stdout).toContain('      Only where the folder is new\tTAGS: []')
})
