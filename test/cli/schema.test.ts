import { jest } from '@jest/globals'
import { schema } from '../../src/cli/schema.js'
import { inFolder, webRole } from '../support/playbook-folder.js'

let printed = ''
beforeEach(() => {
  printed = ''
  jest.spyOn(process.stdout, 'write').mockImplementation(text => ((printed += String(text)), true))
})
afterEach(() => jest.restoreAllMocks())

const shown = (of: string) =>
  inFolder({ 'roles/web/role.ts': webRole }, async () => {
    expect(await schema(of)).toBe(0)
    return JSON.parse(printed) as { title: string; properties: Record<string, unknown> }
  })

test('roles of the folder are in the schemas of playbooks and variables, and have one of their own', async () => {
  expect(JSON.stringify(await shown('playbook'))).toContain('"web/announce"')
  printed = ''
  expect(Object.keys((await shown('variables')).properties)).toEqual(
    expect.arrayContaining(['web_port', 'etcd_endpoints', 'flannel_backend']),
  )
  printed = ''
  expect(await shown('web')).toMatchObject({ title: 'Parameters of role web', properties: { port: { default: 80 } } })
})

test('roles in a folder of roles_path have schemas too', async () => {
  await inFolder({ 'ansible.cfg': '[defaults]\nroles_path = more\n', 'more/web/role.ts': webRole }, () => schema('web'))
  expect(JSON.parse(printed)).toMatchObject({ title: 'Parameters of role web' })
})

test('a slip is answered with what is near', async () => {
  await expect(schema('variabels')).rejects.toThrow('there is no schema of "variabels"; did you mean "variables"?')
})
