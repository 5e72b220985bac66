import { expandPlay, type PlayStep } from '../../src/playbook/expand-play.js'
import { InputError } from '../../src/errors.js'
import { Secret } from '../../src/secret.js'
import { openWith } from '../../src/vault/vault.js'
import { inline, vaultPassword } from '../support/vaulted.js'
import { loadSite, mistake } from '../support/playbook-folder.js'

const indented = (text: string, by: number) => text.replace(/^(?=.)/gm, ' '.repeat(by))
const play = (tasks: string, keys = '') => `- hosts: web\n${indented(keys, 2)}  tasks:\n${indented(tasks, 4)}`

async function stepsOn(host: string, site: string, ...more: [options?: Parameters<typeof loadSite>[1]]): Promise<PlayStep[]> {
  const playbook = await loadSite(site, ...more)
  return playbook.plays.flatMap(one => expandPlay(playbook, one, playbook.inventory.find(host)!))
}

/** Tasks as they are drafted: title, kind, parameters. */
const told = (steps: PlayStep[]) =>
  steps.map(step => {
    if (step.type === 'role') return `role ${step.use.role.name}`
    if (step.type === 'skipped') return 'skipped'
    return step.task.type === 'gate' ? '' : `${step.task.title}: ${step.task.kind.kind} ${JSON.stringify(step.task.desired)}`
  })
const desiredOf = (step: PlayStep | undefined) =>
  step?.type === 'task' && step.task.type === 'resource' ? (step.task.desired as Record<string, unknown>) : undefined

describe('a task of a playbook', () => {
  const cases: [title: string, site: string, expected: string[]][] = [
    [
      'names a kind in snake_case, its parameters too',
      play(`- name: Run it\n  systemd_unit: {name: x.service, active: yes, start_timeout_seconds: 5}\n`),
      ['Run it: systemd-unit {"name":"x.service","active":true,"startTimeoutSeconds":5}'],
    ],
    [
      'has templates evaluated with variables of its host, and its own above those of blocks and play',
      play(
        `- vars: {b: block, c: block}
  block:
    - file: {path: "/{{ inventory_hostname }}/{{ a }}-{{ b }}-{{ c }}", content: x}
      vars: {c: task}
`,
        'vars: {a: play, b: play, c: play}\n',
      ),
      ['file /n1/play-block-task: file {"path":"/n1/play-block-task","content":"x"}'],
    ],
    ['takes a mode in octal', play(`- directory: {path: /x, mode: '0750'}\n`), ['directory /x: directory {"path":"/x","mode":488}']],
    [
      'leaves out what is omit, or has no value',
      play(`- directory: {path: /x, owner: "{{ o | default(omit) }}", group: }\n`),
      ['directory /x: directory {"path":"/x"}'],
    ],
    [
      'runs for each item of its loop',
      play(
        `- name: Write\n  absent: {path: "/{{ one.n }}-{{ at }}"}\n  loop: [{n: a}, {n: b}]\n  loop_control: {loop_var: one, index_var: at, label: "{{ one.n }}"}\n`,
      ),
      ['Write (item=a): absent {"path":"/a-0"}', 'Write (item=b): absent {"path":"/b-1"}'],
    ],
    [
      'is asked whether it runs item by item',
      play(`- absent: {path: "/{{ item }}"}\n  loop: "{{ range(4) }}"\n  when: [item is odd, true]\n`),
      ['absent /1 (item=1): absent {"path":"/1"}', 'absent /3 (item=3): absent {"path":"/3"}'],
    ],
    ['is left out where when says no', play(`- absent: {path: /x}\n  when: inventory_hostname != 'n1'\n`), ['skipped']],
    ['is not looked at where a block says no', play(`- when: false\n  block:\n    - absent: {path: "{{ nobody }}"}\n`), ['skipped']],
    [
      'runs a command with the environment of play, block and task',
      play(
        `- command: {cmd: make it, unless: test -e it}\n  environment: [{B: "two words"}, {C: 3}]\n`,
        `environment: {A: "it's", B: one}\n`,
      ),
      [
        `command make it: command ${JSON.stringify({
          run: "export A='it'\\''s'\nexport B='two words'\nexport C=3\nmake it",
          done: "export A='it'\\''s'\nexport B='two words'\nexport C=3\nsh -c 'test -e it'",
          shows: 'make it',
        })}`,
      ],
    ],
    [
      'stands before, between and after roles, which may stand among tasks too',
      `- hosts: web
  post_tasks: [{absent: {path: /4}}]
  tasks:
    - absent: {path: /2}
    - import_role: {name: web, tasks_from: announce}
      when: inventory_hostname in groups.web
    - include_role: {name: web}
      when: false
    - absent: {path: /3}
  roles: [web]
  pre_tasks: [{absent: {path: /1}}]
`,
      [
        'absent /1: absent {"path":"/1"}',
        'role web',
        'absent /2: absent {"path":"/2"}',
        'role web',
        'absent /3: absent {"path":"/3"}',
        'absent /4: absent {"path":"/4"}',
      ],
    ],
  ]
  test.each(cases)('%s', async (_title, site, expected) => {
    expect(told(await stepsOn('n1', site))).toEqual(expected)
  })

  test('stands in a file of its own, which hands on what the include says', async () => {
    const files = {
      'tasks/a.yml': `- import_tasks: b.yml\n- absent: {path: "/a-{{ x }}"}\n`,
      'tasks/b.yml': `- absent: {path: "/b-{{ x }}"}\n  tags: mine\n`,
    }
    const steps = await stepsOn(
      'n1',
      play(`- include_tasks: "{{ dir }}/a.yml"\n  vars: {x: 1}\n  tags: [both]\n  when: x == 1\n`, 'vars: {dir: tasks}\n'),
      { files },
    )
    expect(told(steps)).toEqual(['absent /b-1: absent {"path":"/b-1"}', 'absent /a-1: absent {"path":"/a-1"}'])
    expect(steps.map(step => (step.type === 'task' ? step.task.tags : []))).toEqual([['both', 'mine'], ['both']])
  })

  test.each([
    ['include_tasks', '/include /include'],
    ['import_tasks', '/task /block'],
  ])('is given variables by %s as in Ansible: what it includes says %s', async (include, expected) => {
    const file = `- absent: {path: "/{{ x }}"}\n  vars: {x: task}\n- block:\n    - absent: {path: "/{{ x }}"}\n  vars: {x: block}\n`
    const steps = await stepsOn('n1', play(`- ${include}: a.yml\n  vars: {x: include}\n`), { files: { 'a.yml': file } })
    expect(steps.map(step => desiredOf(step)?.path).join(' ')).toBe(expected)
  })

  test('keeps what is encrypted a secret where a kind takes one', async () => {
    const site = play(`- file: {path: /x, content: "pw={{ ansible_become_password }}"}\n`)
    const [step] = await stepsOn('n1', site, { extraVars: ['ansible_become_password=hunter2'] })
    const content = desiredOf(step)?.content
    expect(content).toBeInstanceOf(Secret)
    expect((content as Secret).reveal()).toBe('pw=hunter2')
  })

  test('is handed to a host of the inventory, and to itself where that is it', async () => {
    const site = play(`- absent: {path: /x}\n  delegate_to: "{{ groups.web[0] }}"\n- absent: {path: /y}\n  delegate_to: d1\n`)
    const delegates = (steps: PlayStep[]) => steps.map(step => (step.type === 'task' ? step.delegateTo : undefined))
    expect(delegates(await stepsOn('n1', site))).toEqual([undefined, 'd1'])
    expect(delegates(await stepsOn('n2', site))).toEqual(['n1', 'd1'])
    const { plays, hosts } = await loadSite(site)
    expect(plays[0]!.delegates.map(({ name }) => name)).toEqual(['d1'])
    expect(hosts.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3', 'd1'])
  })
})

describe('a handler', () => {
  const handlers = `handlers:
  - name: restart x
    systemd_unit: {name: x.service, inputs: [/etc/other]}
    listen: anything
  - name: reload
    command: {cmd: reload, creates: /reloaded}
`
  test('of a unit has what notifies it among its inputs, so that no restart is lost', async () => {
    const site = play(
      `- file: {path: /etc/x.conf, content: a}
  notify: restart x
- file: {path: /etc/systemd/system/x.service, content: b}
  notify: [anything]
- file: {path: /etc/x.key, content: c, secret: true}
  notify: anything
- file: {path: /etc/n2, content: d}
  notify: anything
  when: inventory_hostname == 'n2'
`,
      handlers,
    )
    const last = (await stepsOn('n1', site)).at(-1)
    expect(desiredOf(last)).toEqual({ name: 'x.service', inputs: ['/etc/other', '/etc/x.conf', { path: '/etc/x.key', secret: true }] })
    expect(desiredOf((await stepsOn('n2', site)).at(-1))?.inputs).toContain('/etc/n2')
  })

  test('alone restarts a unit that other tasks start: these know what it was started with', async () => {
    const site = play(
      '- file: {path: /etc/x.conf, content: a}\n  notify: restart x\n- systemd_unit: {name: x.service, active: true}\n',
      handlers,
    )
    const [, started, handler] = await stepsOn('n1', site)
    expect(desiredOf(started)).toEqual({ name: 'x.service', active: true, restart: 'never', inputs: ['/etc/other', '/etc/x.conf'] })
    expect(desiredOf(handler)).toEqual({ name: 'x.service', inputs: ['/etc/other', '/etc/x.conf'] })
  })

  test('stands where handlers run: after pre_tasks, after tasks, after post_tasks, and where the playbook says; in the order of handlers', async () => {
    const site = `- hosts: web
  pre_tasks: [{absent: {path: /1}, notify: reload}]
  tasks:
    - {absent: {path: /2}, notify: [reload, restart x]}
    - meta: flush_handlers
    - {absent: {path: /3}}
  post_tasks: [{absent: {path: /4}, notify: reload}]
${indented(handlers, 2)}`
    const titles = (await stepsOn('n1', site)).map(step => (step.type === 'task' ? step.task.title : ''))
    expect(titles).toEqual(['absent /1', 'reload', 'absent /2', 'restart x', 'reload', 'absent /3', 'absent /4', 'reload'])
  })

  test('that nobody notifies on a host is not there', async () => {
    expect(told(await stepsOn('n1', play('- absent: {path: /x}\n', handlers)))).toHaveLength(1)
  })
})

describe('a mistake in a task', () => {
  const mistakes: [what: string, site: string, expected: string, next?: string][] = [
    [
      'a misspelt parameter',
      play(`- file: {pth: /x, content: a}\n`),
      'site.yml:3:14: file "file /x" has no parameter "pth"; did you mean "path"?',
    ],
    [
      'a parameter in camelCase',
      play(`- systemd_unit: {name: x.service, startTimeoutSeconds: 1}\n`),
      'site.yml:3:39: systemd_unit "systemd_unit x.service" has no parameter "startTimeoutSeconds"; did you mean "start_timeout_seconds"?',
    ],
    ['a wrong type', play(`- file: {path: [a], content: x}\n`), 'site.yml:3:20: parameter "path" of file "file" must be text, not a list'],
    ['a missing parameter', play(`- file: {content: a}\n`), 'site.yml:3:13: file "file" needs the parameter "path"'],
    [
      'a mode without its zero',
      play(`- file: {path: /x, content: a, mode: 644}\n`),
      `site.yml:3:42: \`mode\` must be octal digits in quotes, such as '0644', not "644"`,
    ],
    ['content that is a mapping', play(`- file: {path: /x, content: {a: 1}}\n`), 'site.yml:3:33: `content` of file must be text'],
    ['an undefined variable', play(`- file: {path: "/{{ nobody }}", content: a}\n`), 'site.yml:3:20: "nobody" is not defined'],
    [
      'a module of Ansible',
      play(`- ansible.builtin.copy: {src: a, dest: b}\n`),
      'site.yml:3:7: netplay has no `copy` of a task',
      'Use `file` with `content` or `source: {path: …}`. Nothing was changed.',
    ],
    [
      'a module of a collection',
      play(`- community.general.modprobe: {name: x}\n`),
      'site.yml:3:7: netplay has no `community.general.modprobe` of a task',
      'Use `kernel_feature`. Nothing was changed.',
    ],
    [
      'a keyword of Ansible',
      play(`- absent: {path: /x}\n  ignore_errors: yes\n`),
      'site.yml:4:7: netplay has no `ignore_errors` of a task',
    ],
    [
      'a misspelt kind',
      play(`- fiel: {path: /x}\n`),
      'site.yml:3:7: a task has no key "fiel", and netplay no kind of that name; did you mean "file"?',
    ],
    [
      'two kinds',
      play(`- absent: {path: /x}\n  file: {path: /y}\n`),
      'site.yml:4:7: a task does one thing, and this one says absent and file',
    ],
    ['no kind', play(`- name: x\n`), 'site.yml:3:7: this task does not say what it does'],
    ['parameters on the line', play(`- file: path=/x\n`), 'site.yml:3:13: `file` is a mapping of parameters, not text'],
    [
      'a handler that is not there',
      play(`- absent: {path: /x}\n  notify: restart\n`),
      'site.yml:4:15: no handler of this play is called "restart"',
    ],
    ['a file that is not there', play(`- include_tasks: a.yml\n`), 'site.yml:3:22: there is no file of tasks a.yml'],
    [
      'a condition that is no boolean',
      play(`- absent: {path: /x}\n  when: inventory_hostname\n`),
      'site.yml:4:13: when: the condition is str, not true or false',
    ],
    ['a loop over text', play(`- absent: {path: /x}\n  loop: abc\n`), 'site.yml:4:13: `loop` must be a list, or a template that gives one'],
    [
      'a delegate that nobody knows',
      play(`- absent: {path: /x}\n  delegate_to: n9\n`),
      'site.yml:4:20: delegate_to: there is no host "n9" in the inventory',
    ],
    ['rescue', play(`- block: []\n  rescue: []\n`), 'site.yml:4:7: netplay has no `rescue` of a task'],
    [
      'a secret in a command',
      play(`- command: {cmd: "x {{ ansible_become_password }}", creates: /y}\n`),
      'site.yml:3:22: `cmd` of command holds something encrypted or private, and it is shown in plans and diffs',
    ],
    [
      'a connection variable in the vars of a task',
      play(`- absent: {path: /x}\n  vars: {ansible_user: ops}\n`),
      'site.yml:4:28: ansible_user in the vars of a task is not obeyed: a host is reached in one way for the whole run',
    ],
    [
      'a sysctl that restarts a unit',
      play(`- sysctl: {name: net.ipv4.ip_forward, value: 1}\n  notify: r\n`, `handlers: [{name: r, systemd_unit: {name: x.service}}]\n`),
      'site.yml:4:7: sysctl "sysctl net.ipv4.ip_forward" cannot restart "r": no process reads it when it starts',
    ],
  ]
  test.each(mistakes)('%s is told where it stands', async (_what, site, expected, next = '') => {
    const error = await loadSite(site, { extraVars: ['ansible_become_password=x'] }).catch((thrown: unknown) => thrown as InputError)
    if (!(error instanceof InputError)) throw new Error('the playbook was accepted')
    expect(error.message.split('\n')[0]).toBe(expected)
    expect(error.next).toContain(next)
  })

  test('a task without a name is not named by its content, which may be secret', async () => {
    const steps = JSON.stringify(told(await stepsOn('n1', play(`- file: {content: hunter2, secret: true, path: /x}\n`))))
    expect(steps).toContain('file /x')
    expect(steps).not.toContain('file hunter2')
  })

  test('a delegate whose name is none for a run', async () => {
    const files = { 'hosts.ini': '[web]\nn1\n[to]\nconstructor\n' }
    expect(await mistake(play('- absent: {path: /x}\n  delegate_to: constructor\n'), { files })).toContain(
      'hosts.ini:4:1: a run cannot have a host of the name "constructor"',
    )
  })

  test('files that include each other are told', async () => {
    const files = { 'a.yml': '- include_tasks: b.yml\n', 'b.yml': '- include_tasks: a.yml\n' }
    expect(await mistake(play('- include_tasks: a.yml\n'), { files })).toContain(
      'a.yml is being read already: site.yml -> a.yml -> b.yml -> a.yml',
    )
  })
})

describe('keywords of a play with templates', () => {
  const command = "- command: {cmd: make it, unless: 'false'}\n"

  test('its environment is evaluated host by host', async () => {
    const [step] = await stepsOn('n2', play(command, 'environment: {WHO: "{{ inventory_hostname }}"}\n'))
    expect(desiredOf(step)!['run']).toContain('export WHO=n2')
  })

  test.each([
    ['environment', 'environment: {TOKEN: "{{ token }}"}\n', 'environment variable TOKEN is encrypted'],
    ['become_user', 'become_user: "{{ token }}"\n', '`become_user` holds something encrypted'],
  ])('what is encrypted is refused in %s, and not put there as ***', async (_, keys, message) => {
    const site = play(command, `vars:\n${inline('token', 'needle', '  ')}${keys}`)
    await expect(stepsOn('n1', site, { openVault: openWith([{ label: 'default', bytes: Buffer.from(vaultPassword) }]) })).rejects.toThrow(
      message,
    )
  })
})
