import { Ajv, type ValidateFunction } from 'ajv'
import { readdirSync, readFileSync } from 'node:fs'
import { textOf } from '../../docs/kind-pages.js'
import { schemaPages } from '../../docs/schema-pages.js'
import { parseYaml, toPlain } from '../../src/yaml.js'

const pages = await schemaPages()
const ajv = new Ajv({ allowUnionTypes: true, strictTypes: false, strictRequired: false, allErrors: true })
const validator = (name: string): ValidateFunction =>
  ajv.compile(JSON.parse(pages.find(page => page.name === `schema/${name}.schema.json`)!.wanted) as object)
const [ofPlaybook, ofVariables, ofFlannel] = ['playbook', 'variables', 'roles/flannel'].map(validator) as [
  ValidateFunction,
  ValidateFunction,
  ValidateFunction,
]

/** What a validator says of YAML text; `[]`: nothing is wrong. */
function mistakes(validate: ValidateFunction, yaml: string): string[] {
  const data = toPlain(parseYaml(yaml))
  return validate(data) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`)
}

test.each(pages.map(page => [page.name, page] as const))('docs/%s is as the schemas say (else: npm run docs)', async (name, { wanted }) => {
  expect(await textOf(name)).toBe(wanted)
})

/** Blocks of YAML in the docs that are whole playbooks. */
const documented = ['README.md', ...readdirSync('docs').map(name => `docs/${name}`)]
  .filter(name => name.endsWith('.md'))
  .flatMap(name => [...readFileSync(name, 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => [name, text] as const))
  .filter(
    ([, text]) => /^- (?:name: [^\n]*\n {2})?(?:hosts|import_playbook):/m.test(text) && !text.includes('as one writes it for Ansible'),
  )

test.each([
  ...readdirSync('playbooks').map(name => `playbooks/${name}`),
  ...['bench/site.yml', 'bench/many-files.yml', 'bench/tasks.yml', 'init/site.yml'],
])('%s is a playbook to the schema', name => {
  expect(mistakes(ofPlaybook, readFileSync(name, 'utf8'))).toEqual([])
})

test('a playbook of Ansible is none', () => {
  expect(mistakes(ofPlaybook, readFileSync('bench/ansible/site.yml', 'utf8'))).toContain('/0/tasks/3 must NOT have additional properties')
})

test('playbooks in the docs are playbooks to the schema', () => {
  expect(documented.length).toBeGreaterThan(3)
  for (const [name, text] of documented) expect([name, mistakes(ofPlaybook, text)]).toEqual([name, []])
})

test.each(['inventory/group_vars/all.yml', 'inventory/calico/group_vars/all.yml', 'init/inventory/group_vars/all.yml'])(
  '%s has variables as the schema wants them',
  name => {
    expect(mistakes(ofVariables, readFileSync(name, 'utf8'))).toEqual([])
  },
)

const play = (text: string) => `- hosts: all\n${text.replace(/^/gm, '  ')}\n`
test.each([
  ['roles: [flannel, mine, route-reflector/announce]'],
  ['roles: [{role: flannel, backend: vxlan, vni: "{{ vni }}", ip_masq: yes, tags: [net], when: a is defined}]'],
  ['roles: [{role: mine, anything: 1}]'],
  ['serial: [1, "50%"]\nbecome: true\nmax_fail_percentage: 10'],
  ['tasks:\n  - file: {path: /etc/x, content: a, mode: "0644"}\n    loop: [1]\n    when: true'],
  [
    'tasks:\n  - block:\n      - ansible.builtin.file: {path: /x, content: y}\n  - import_tasks: more.yml\n  - import_role: {name: flannel}',
  ],
  ['tasks:\n  - sysctl: {name: net.ipv4.ip_forward, value: "{{ on }}"}'],
])('good: %j', text => {
  expect(mistakes(ofPlaybook, play(text))).toEqual([])
})

test.each([
  ['serail: 1', 'must NOT have additional properties'],
  ['become: perhaps', '/0/become'],
  ['order: random', '/0/order'],
  ['serial: many', '/0/serial'],
  ['roles: [{role: flannel, backnd: vxlan}]', '/0/roles/0 must NOT have additional properties'],
  ['roles: [{role: flannel, backend: vxlam}]', '/0/roles/0/backend'],
  ['roles: [{role: flannel/leave, vni: many}]', '/0/roles/0/vni'],
  ['roles: [{tags: [x]}]', '/0/roles/0'],
  ['hold: {pod_cidr: 10.0.0.0/8}', '/0/hold'],
  ['tasks: [{fiel: {path: /x}}]', '/0/tasks/0 must NOT have additional properties'],
  ['tasks: [{file: {path: x, content: y}}]', '/0/tasks/0/file'],
  ['tasks: [{file: {path: /x}}]', '/0/tasks/0/file'],
  ['tasks: [{block: [{sysctl: {name: a.b}}]}]', '/0/tasks/0/block/0/sysctl'],
])('refused: %j', (text, problem) => {
  expect(mistakes(ofPlaybook, play(text)).join('\n')).toContain(problem)
})

test.each([
  ['flannel_backend: host-gw\nother: 1\netcd_seed_profile: current\nflannel_vni: "{{ x }}"', ''],
  ['flannel_bakend: host-gw', '/flannel_bakend boolean schema is false'],
  ['flannel_backend: host_gw', '/flannel_backend'],
  ['etcd_seed_what: 1', '/etcd_seed_what boolean schema is false'],
])('variables %j', (text, problem) => {
  const found = mistakes(ofVariables, text).join('\n')
  expect(problem === '' ? found : found.includes(problem)).toEqual(problem === '' ? '' : true)
})

test('parameters of one role are judged by its schema', () => {
  expect(mistakes(ofFlannel, 'network: 10.244.0.0/16\nbackend: vxlan')).toEqual([])
  expect(mistakes(ofFlannel, 'network: 10.244.0.0/16\nbackend: vxlam').join()).toContain('/backend')
})
