import { jest } from '@jest/globals'
import { docs } from '../../src/cli/docs.js'
import { inFolder, webRole } from '../support/playbook-folder.js'

let printed = ''
beforeEach(() => {
  printed = ''
  jest.spyOn(process.stdout, 'write').mockImplementation(text => ((printed += String(text)), true))
})
afterEach(() => jest.restoreAllMocks())

const shown = (word?: string) =>
  inFolder({ 'roles/web/role.ts': webRole.replace("name: 'web',", "name: 'web',\n  description: 'A web server.',") }, async () => {
    expect(await docs(word)).toBe(0)
    return printed
  })

test('without a word roles, those of the folder too, and kinds are listed', async () => {
  const text = await shown()
  expect(text).toMatch(/^Roles\n {2}calico-node +\S/)
  expect(text).toMatch(/^ {2}web +A web server\.$/m)
  expect(text).toMatch(/^Kinds of tasks\n {2}absent +A path at which nothing is\.$/m)
})

test('a role is shown with its parts and, by parameter, values, default and variables', async () => {
  const text = await shown('web')
  expect(text).toMatch(
    /^Role web: A web server\.\nParts: web\/announce, web\/withdraw\n\n {2}backend\n {6}host-gw, vxlan; default vxlan\n {6}variable web_backend\n/,
  )
  expect(text).toContain('  endpoints\n      list of text\n      variable web_endpoints, else etcd_endpoints\n')
})

test.each(['systemd_unit', 'systemd-unit'])('the kind %s is shown with an example', async word => {
  const text = await shown(word)
  expect(text).toMatch(/^Kind systemd_unit: A unit of systemd\./)
  expect(text).toContain(
    '  start_timeout_seconds\n      a unit that is not up by then is a failure; default 90\n      number up to 86400\n',
  )
  expect(text).toMatch(/\nExample\n {2}- name: Run the program\n {4}systemd_unit:\n/)
})

test('a role in a folder of roles_path is known and shown', async () => {
  await inFolder({ 'ansible.cfg': '[defaults]\nroles_path = more\n', 'more/web/role.ts': webRole }, () => docs('web'))
  expect(printed).toMatch(/^Role web: /)
})

test('a slip is answered with what is near', async () => {
  await expect(docs('flanell')).rejects.toThrow('there is no role and no kind of task "flanell"; did you mean "flannel"?')
})
