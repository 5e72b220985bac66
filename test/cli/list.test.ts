import { checkTasks, listHosts, listTags, listTasks, syntaxChecked } from '../../src/cli/list.js'
import { loadSite } from '../support/playbook-folder.js'

const site = `- name: Web
  hosts: web:!n2
  tags: [b]
  roles:
    - web
    - {role: facts, tags: a}
    - {role: web/announce, tags: [never]}
- hosts: db
`
const factsRole = `import { defineRole, file } from 'netplay'
export default defineRole({
  name: 'facts',
  params: { type: 'object', properties: {} },
  tasks: ({ host }) => [file('x', { path: '/x', content: JSON.stringify(host.facts) })],
})`
const load = () => loadSite(site, { files: { 'roles/facts/role.ts': factsRole } })
const choice = (tags: string[] = [], skipTags: string[] = []) => ({ tags, skipTags })

describe('what is listed without asking a host', () => {
  test('--list-hosts prints the hosts of each play as Ansible does', async () => {
    expect(listHosts(await load())).toBe(`
playbook: site.yml

  play #1 (web:!n2): Web\tTAGS: [b]
    pattern: ['web:!n2']
    hosts (2):
      n1
      n3

  play #2 (db): db\tTAGS: []
    pattern: ['db']
    hosts (1):
      d1
`)
  })

  test('--list-tasks prints tasks, and says where they depend on facts', async () => {
    expect(listTasks(await load(), choice())).toBe(`
playbook: site.yml

  play #1 (web:!n2): Web\tTAGS: [b]
    tasks:
      web : Write the configuration\tTAGS: [b, config]
      facts : (tasks depend on the hosts' facts; see them with --check)\tTAGS: [a, b]

  play #2 (db): db\tTAGS: []
    tasks:
`)
  })

  test('--list-tasks keeps to --tags and --skip-tags', async () => {
    const playbook = await load()
    expect(listTasks(playbook, choice(['never']))).toContain('web/announce : Write the configuration\tTAGS: [b, config, never]')
    expect(listTasks(playbook, choice([], ['config']))).not.toContain('Write the configuration')
    expect(listTasks(playbook, choice([], ['a']))).not.toContain('facts :')
    expect(listTasks(playbook, choice(['b'], ['config']))).toContain('facts :')
  })

  test('--list-tags prints the tags of tasks', async () => {
    expect(listTags(await load())).toContain('  play #1 (web:!n2): Web\tTAGS: [b]\n      TASK TAGS: [a, b, config, never]\n')
  })

  test('--syntax-check looks at the tasks of roles that need no facts, and tells a parameter where it is written', async () => {
    const wrong = factsRole
      .replace("'/x', content: JSON.stringify(host.facts)", "'/x', content: host.name, mode: '0644'")
      .replace("'facts'", "'wrong'")
    const playbook = (role: string) =>
      loadSite(`- {hosts: web, roles: [${role}]}\n`, { files: { 'roles/facts/role.ts': factsRole, 'roles/wrong/role.ts': wrong } })
    const facts = await playbook('facts')
    expect(() => checkTasks(facts)).not.toThrow()
    const mistaken = await playbook('wrong')
    expect(() => checkTasks(mistaken)).toThrow(/role\.ts:\d+:\d+: parameter "mode" of file "x" must be an integer, not text/)
  })

  test('--syntax-check names what was read', () => {
    expect(syntaxChecked(['site.yml', 'more.yml'])).toBe('\nplaybook: site.yml\n\nplaybook: more.yml\n')
  })
})

test('what is written to drive the terminal is shown, and stays on its line', async () => {
  const hostile = await loadSite('- name: "a\\e[2Jb\\nc"\n  hosts: web\n  tags: ["t\\e[1m"]\n')
  expect(listHosts(hostile)).toContain('  play #1 (web): a\\x1b[2Jb\\nc\tTAGS: [t\\x1b[1m]\n')
})
