import { listTasks } from '../../src/cli/list.js'
import { expandPlay } from '../../src/playbook/expand-play.js'
import type { Playbook } from '../../src/playbook/model.js'
import { inline } from '../support/vaulted.js'
import { loadSite, mistake } from '../support/playbook-folder.js'

const indented = (text: string, by: number) => text.replace(/^(?=.)/gm, ' '.repeat(by))
const play = (tasks: string, keys = '') => `- hosts: web\n${indented(keys, 2)}  tasks:\n${indented(tasks, 4)}`

/** n1 is plain, n2 and n3 are special; n2 has items b and a, n1 has a, n3 none. */
const files = {
  'host_vars/n1.yml': 'kind: plain\nitems: [a]\n',
  'host_vars/n2.yml': 'kind: special\nitems: [b, a]\n',
  'host_vars/n3.yml': 'kind: special\nitems: []\n',
  'plain.yml': '- absent: {path: /plain}\n',
  'special.yml': '- absent: {path: "/special-{{ inventory_hostname }}"}\n  tags: [extra]\n',
  'a.yml': '- absent: {path: "/a-{{ item | default(\'\') }}"}\n',
  'b.yml': '- absent: {path: "/b-{{ item | default(\'\') }}"}\n',
}
const load = (site: string, more: Record<string, string> = {}) => loadSite(site, { files: { ...files, ...more } })

const pathsOn = (playbook: Playbook, host: string) =>
  playbook.plays
    .flatMap(one => expandPlay(playbook, one, playbook.inventory.find(host)!))
    .map(step => {
      if (step.type === 'role')
        return `${step.use.role.name}/${step.use.part} ${[...step.use.vars].map(([name, { value }]) => `${name}=${String(value)}`).join()}`
      return step.type === 'task' && step.task.type === 'resource' ? (step.task.desired as { path: string }).path : step.type
    })
const paths = async (site: string, more?: Record<string, string>) => {
  const playbook = await load(site, more)
  return Object.fromEntries(['n1', 'n2', 'n3'].map(host => [host, pathsOn(playbook, host)]))
}

describe('an include whose name is asked host by host', () => {
  test('stands for the file that a host names, on that host alone, in its place', async () => {
    expect(await paths(play(`- absent: {path: /before}\n- include_tasks: "{{ kind }}.yml"\n- absent: {path: /after}\n`))).toEqual({
      n1: ['/before', '/plain', '/after'],
      n2: ['/before', '/special-n2', '/after'],
      n3: ['/before', '/special-n3', '/after'],
    })
  })

  test('stands for each item of its loop in the order of the host, and the item is known in the file', async () => {
    expect(await paths(play(`- include_tasks: {file: "{{ item }}.yml"}\n  loop: "{{ items }}"\n  vars: {kind: of-include}\n`))).toEqual({
      n1: ['/a-a'],
      n2: ['/b-b', '/a-a'],
      n3: ['skipped'],
    })
  })

  test('stands for one file as often as its loop has items, equal ones too', async () => {
    const { n3 } = await paths(play(`- include_tasks: a.yml\n  loop: [x, x]\n  loop_control: {loop_var: item, index_var: at}\n`))
    expect(n3).toEqual(['/a-x', '/a-x'])
  })

  test('is skipped where when says no, item by item, before its name is asked', async () => {
    expect(
      await paths(
        play(
          `- include_tasks: "{{ nobody }}.yml"\n  when: false\n- include_tasks: "{{ item }}.yml"\n  loop: "{{ items }}"\n  when: item != 'a'\n`,
        ),
      ),
    ).toEqual({ n1: ['skipped', 'skipped'], n2: ['skipped', '/b-b'], n3: ['skipped', 'skipped'] })
  })

  test('leaves to what it includes what its when says of results', async () => {
    const site = play(`- absent: {path: /r}\n  register: r\n- include_tasks: "{{ kind }}.yml"\n  when: [r is changed, kind == 'plain']\n`)
    const playbook = await load(site)
    const [, step] = expandPlay(playbook, playbook.plays[0]!, playbook.inventory.find('n1')!)
    const result = { changed: true, skipped: false, failed: false, unreachable: false } as const
    expect(step).toMatchObject({ type: 'task' })
    const { decide } = step as { decide: (registered: Map<string, unknown>) => boolean }
    expect([true, false].map(changed => decide(new Map([['r', { ...result, changed }]])))).toEqual([true, false])
    expect(pathsOn(playbook, 'n2')).toEqual(['/r', 'skipped'])
  })

  test('may lie in another, in a block and among handlers', async () => {
    const site = play(
      `- block:
    - include_tasks: "{{ dir }}/{{ kind }}.yml"
  vars: {dir: sub}
- absent: {path: /x}
  notify: again
`,
      'handlers: [{include_tasks: "{{ kind }}-handlers.yml"}]\n',
    )
    const more = {
      'sub/plain.yml': '- include_tasks: "../{{ items[0] }}.yml"\n',
      'sub/special.yml': '- import_tasks: ../special.yml\n',
      'plain-handlers.yml': '- name: again\n  absent: {path: /plain-again}\n',
      'special-handlers.yml': '- name: again\n  absent: {path: /special-again}\n',
    }
    expect(await paths(site, more)).toEqual({
      n1: ['/a-', '/x', '/plain-again'],
      n2: ['/special-n2', '/x', '/special-again'],
      n3: ['/special-n3', '/x', '/special-again'],
    })
  })

  test('may be a role, with parameters of its own on each host', async () => {
    const site = play(
      `- include_role: {name: web, tasks_from: "{{ item }}"}\n  vars: {web_port: "{{ 80 if item == 'announce' else 81 }}"}\n  loop: "{{ parts }}"\n`,
    )
    const found = await paths(site, {
      'host_vars/n1.yml': 'parts: [announce]\n',
      'host_vars/n2.yml': 'parts: [withdraw, announce]\n',
      'host_vars/n3.yml': 'parts: []\n',
    })
    const port = `web_port={{ 80 if item == 'announce' else 81 }}`
    expect(found).toEqual({
      n1: [`web/announce ${port},item=announce`],
      n2: [`web/withdraw ${port},item=withdraw`, `web/announce ${port},item=announce`],
      n3: ['skipped'],
    })
  })

  test('does not share items that are secret, as they look alike', async () => {
    const secret = (host: string) => inline('token', `needle-${host}`, '')
    const site = play(`- include_tasks: a.yml\n  loop: ["{{ token }}"]\n`)
    const playbook = await load(site, {
      'a.yml': '- file: {path: /x, content: "{{ item }}", secret: true}\n',
      'host_vars/n1.yml': secret('n1'),
      'host_vars/n2.yml': secret('n2'),
      'host_vars/n3.yml': secret('n3'),
    })
    const kinds = playbook.plays[0]!.parts.filter(({ type }) => type === 'kind')
    expect(kinds).toHaveLength(3)
  })
})

describe('what is wrong with such an include', () => {
  test.each<[what: string, tasks: string, more: Record<string, string>, said: string]>([
    [
      'a file that one host names and that is not there',
      '- include_tasks: "{{ kind }}.yml"\n',
      { 'host_vars/n1.yml': 'kind: other\n' },
      'site.yml:3:22: there is no file of tasks other.yml, which n1 would include',
    ],
    [
      'a mistake in a file that only one host names',
      '- include_tasks: "{{ kind }}.yml"\n',
      { 'plain.yml': '- absent: {paht: /x}\n' },
      'plain.yml:1:12: ',
    ],
    [
      'a variable that a host does not have',
      '- include_tasks: "{{ knid }}.yml"\n',
      {},
      'site.yml:3:22: "knid" is not defined; did you mean "kind"?',
    ],
    [
      'run_once',
      '- include_tasks: "{{ kind }}.yml"\n  run_once: true\n',
      {},
      'site.yml:3:7: include_tasks cannot run once where what it names is known host by host',
    ],
    ['a loop of an import', '- import_tasks: a.yml\n  loop: [1]\n', {}, 'site.yml:4:13: import_tasks has no `loop`, as in Ansible'],
    [
      'a key that it does not have',
      '- include_tasks: {file: a.yml, apply: {tags: x}}\n',
      {},
      'site.yml:3:36: `apply` of include_tasks is not there in netplay',
    ],
  ])('%s is told where it stands', async (_, tasks, more, said) => {
    expect((await mistake(play(tasks), { files: { ...files, ...more } })).startsWith(said)).toBe(true)
  })

  test.each([
    ['import_tasks', play('- import_tasks: "{{ kind }}.yml"\n'), 'Write `include_tasks`, whose name is asked host by host.'],
    ['import_role', play('- import_role: {name: "{{ kind }}"}\n'), 'Write `include_role`, whose name is asked host by host.'],
    ['a role of the play', '- hosts: web\n  roles: [{role: "{{ kind }}"}]\n', 'Write `include_role` among `tasks`'],
    [
      'vars_files',
      '- hosts: web\n  vars_files: ["{{ kind }}.yml"]\n',
      'What differs from host to host goes into group_vars and host_vars.',
    ],
  ])('%s knows no variables of hosts, and what does is told', async (_, site, next) => {
    const error = await load(site).catch((thrown: unknown) => thrown as { message: string; next: string })
    expect(error).toMatchObject({
      message: expect.stringContaining('"kind" is not defined') as string,
      next: expect.stringContaining(next) as string,
    })
  })
})

test('--list-tasks shows such an include, and not what it includes, as Ansible does', async () => {
  const playbook = await load(
    play(
      `- name: By kind\n  include_tasks: "{{ kind }}.yml"\n  tags: [site]\n- include_tasks: a.yml\n  loop: [1]\n  when: false\n- include_tasks: plain.yml\n`,
    ),
  )
  const listed = (tags: string[]) =>
    listTasks(playbook, { tags, skipTags: [] })
      .split('\n')
      .filter(line => line.startsWith('      '))
  expect(listed([])).toEqual(['      By kind\tTAGS: [site]', '      include_tasks\tTAGS: []', '      absent\tTAGS: []'])
  expect(listed(['extra'])).toEqual(['      By kind\tTAGS: [site]'])
})

test('without hosts what needs no host is read', async () => {
  const site = (name: string) => play(`- include_tasks: "{{ ${name} }}.yml"\n`, 'vars: {here: a}\n').replace('web', 'none')
  expect((await load(site('here'))).plays[0]!.parts.map(({ type }) => type)).toEqual(['include', 'kind', 'flush'])
  expect((await load(site('kind'))).plays[0]!.parts.map(({ type }) => type)).toEqual(['include', 'flush'])
})
