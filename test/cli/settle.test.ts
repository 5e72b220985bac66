import { Command } from 'commander'
import { withRunOptions } from '../../src/cli/options.js'
import { settle } from '../../src/cli/settle.js'
import { inFolder } from '../support/playbook-folder.js'

/** The options of a command after the settings of this file. */
const settled = (name: string, argv: string[], cfg: string) =>
  inFolder({ 'ansible.cfg': cfg }, async () => {
    const command = withRunOptions(new Command(name)).exitOverride().parse(argv, { from: 'user' })
    await settle(command)
    return command.opts<Record<string, unknown>>()
  })

const cfg = `[defaults]
inventory = hosts.ini
forks = 7
remote_user = ops
connection_password_file = pw
verbosity = 1
nocolor = yes
[privilege_escalation]
become = yes
become_user = etcd
[tags]
run = a, b
[diff]
always = yes
`

test('what the command line leaves out comes from the settings', async () => {
  const options = await settled('play', [], cfg)
  expect(options).toMatchObject({ forks: 7, user: 'ops', become: true, becomeUser: 'etcd', diff: true, verbose: 1, color: 'never' })
  expect(options['inventory']).toEqual([expect.stringMatching(/\/hosts\.ini$/)])
  expect(options['tags']).toEqual(['a', 'b'])
})

test('the command line wins; -v and --tags come on top', async () => {
  const argv = ['-i', 'n1,', '-f', '3', '-u', 'me', '-vv', '-t', 'c', '-k', '--color', 'always', '--become-user', 'root']
  const options = await settled('play', argv, cfg)
  expect(options).toMatchObject({
    inventory: ['n1,'],
    forks: 3,
    user: 'me',
    verbose: 3,
    tags: ['a', 'b', 'c'],
    askPass: true,
    color: 'always',
    becomeUser: 'root',
  })
  expect(options['connectionPasswordFile']).toBeUndefined()
})

test.each(['apply', 'rollback'])('netplay %s keeps the inventory that its plan was made with', async name => {
  expect((await settled(name, [], cfg))['inventory']).toEqual([])
})

test('a setting that its option does not take is refused with its place', async () => {
  await expect(settled('play', [], '[privilege_escalation]\nbecome_method = pbrun\n')).rejects.toThrow(
    /^ansible\.cfg:2:1: "pbrun" is none of .*sudo/,
  )
})
