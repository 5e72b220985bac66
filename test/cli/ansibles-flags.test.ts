import { jest } from '@jest/globals'
import { Command } from 'commander'
import { withRunOptions } from '../../src/cli/options.js'
import { programOf } from '../../src/cli/program.js'

const parsed = (...words: string[]) =>
  withRunOptions(new Command('play').exitOverride()).parse(words, { from: 'user' }).opts<Record<string, unknown>>()

test.each([
  [['--step'], 'netplay plan PLAYBOOK --out FILE'],
  [['--start-at-task', 'Write it'], 'what is as wanted is left alone'],
  [['-M', 'library'], 'roles/NAME/role.ts'],
  [['--scp-extra-args=-O'], 'through the shell'],
])('%j is refused with what netplay has instead', (words, next) => {
  const parse = () => parsed(...words)
  expect(parse).toThrow(/^netplay has no --/)
  try {
    parse()
  } catch (error) {
    expect((error as { next: string }).next).toContain(next)
  }
})

test.each([['--flush-cache'], ['--force-handlers']])('%s is taken, and told to do nothing', flag => {
  const told = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
  parsed(flag)
  expect(told).toHaveBeenCalledWith(expect.stringContaining(`WARNING ${flag} does nothing: `))
  told.mockRestore()
})

test('--inventory-file is -i', () => {
  expect(parsed('--inventory-file', 'a', '-i', 'b')).toMatchObject({ inventory: ['a', 'b'] })
})

// `ansible-playbook --help` and `ansible-inventory --help` of ansible-core 2.19, those that every program has left out.
const ofPlaybook =
  '--private-key --key-file -u --user -c --connection -T --timeout --ssh-common-args --sftp-extra-args --scp-extra-args --ssh-extra-args ' +
  '-k --ask-pass --connection-password-file --conn-pass-file --force-handlers -b --become --become-method --become-user -K --ask-become-pass ' +
  '--become-password-file --become-pass-file -t --tags --skip-tags -C --check -D --diff -i --inventory --inventory-file --list-hosts -l --limit ' +
  '--flush-cache -e --extra-vars --vault-id -J --ask-vault-password --ask-vault-pass --vault-password-file --vault-pass-file -f --forks -M ' +
  '--module-path --syntax-check --list-tasks --list-tags --step --start-at-task -v --verbose'
const ofInventory =
  '-v --verbose -i --inventory --inventory-file -l --limit --flush-cache --vault-id -J --ask-vault-password --ask-vault-pass ' +
  '--vault-password-file --vault-pass-file --playbook-dir -e --extra-vars --list --host --graph -y --yaml --toml --vars --export --output'

test.each([
  ['ansible-playbook', 'play', ofPlaybook],
  ['ansible-inventory', 'inventory', ofInventory],
])('netplay knows every flag of %s', (_, name, flags) => {
  const command = programOf(() => undefined).commands.find(one => one.name() === name)!
  const known = command.options.flatMap(option => option.flags.match(/(?<=^|[\s,])--?[a-z-]+/gi) ?? [])
  expect(flags.split(' ').filter(flag => !known.includes(flag))).toEqual([])
})

test.each([
  [['-y'], 'is YAML too'],
  [['--toml'], '--export'],
  [['--output', 'hosts.json'], '> FILE'],
])('inventory --list %j is refused with what netplay has instead', async (words, next) => {
  const parsing = programOf(() => undefined).parseAsync(['inventory', '-i', 'n1,', '--list', ...words], { from: 'user' })
  await expect(parsing).rejects.toMatchObject({ next: expect.stringContaining(next) })
})

test('both names of password files, and arguments of ssh that begin with a dash, are read', () => {
  expect(
    parsed('--conn-pass-file', 'a', '--become-pass-file', 'b', '--ssh-common-args', '-J bastion', '--ssh-extra-args=-C'),
  ).toMatchObject({
    connectionPasswordFile: 'a',
    becomePasswordFile: 'b',
    sshCommonArgs: '-J bastion',
    sshExtraArgs: '-C',
  })
})
