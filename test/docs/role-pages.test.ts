import { rolePages } from '../../docs/role-pages.js'
import { markers, parameterTable, withTable } from '../../docs/parameter-table.js'

const role = {
  name: 'my-role',
  params: {
    type: 'object',
    properties: {
      mode: { type: 'string', enum: ['a', 'b'], default: 'a', description: 'One | the other.' },
      port: { type: 'integer', minimum: 1, maximum: 9, variable: 'cluster_port', description: 'Where it listens.' },
      hosts: { type: 'array', items: { type: 'string', format: 'ipv4' }, description: 'Whose.' },
      source: { anyOf: [{ type: 'string' }, { type: 'object', properties: { url: {}, sha256: {} } }], description: 'From where.' },
    },
    required: ['hosts'],
  },
} as const

test('the page of every shipped role has its parameters as they are (else: npm run docs)', async () => {
  const pages = await rolePages()
  expect(pages.map(page => page.role.name)).toEqual(expect.arrayContaining(['certs', 'etcd-seed', 'flannel', 'kube-proxy']))
  for (const { text, wanted } of pages) expect(text).toBe(wanted)
})

test('every parameter of a shipped role is described', async () => {
  const silent = (await rolePages()).flatMap(({ role: { name, params } }) =>
    Object.entries(params.properties as Record<string, { description?: string }>)
      .filter(([, { description }]) => !description)
      .map(([parameter]) => `${name}.${parameter}`),
  )
  expect(silent).toEqual([])
})

test('a line says by which variables a parameter is set, what may be given, and what holds without', () => {
  expect(parameterTable(role).split('\n').slice(2)).toEqual([
    '| `my_role_mode` | `a`, `b` | `a` | One \\| the other. |',
    '| `my_role_port`, else `cluster_port` | integer 1–9 | – | Where it listens. |',
    '| `my_role_hosts` | list of ipv4 | required | Whose. |',
    '| `my_role_source` | text or `{url, sha256}` | – | From where. |',
  ])
})

test('what people wrote around the table stays', () => {
  const page = `# Mine\n${markers.start}\nold\n${markers.end}\nEnd.\n`
  const renewed = withTable(page, role)
  expect(renewed).toBe(`# Mine\n${markers.start}\n${parameterTable(role)}\n${markers.end}\nEnd.\n`)
  expect(withTable(renewed, role)).toBe(renewed)
  expect(() => withTable('# Mine\n', role)).toThrow('docs/roles/my-role.md lacks the lines')
})
