import { jest } from '@jest/globals'
import { hostsIni } from '../../lab/ini.js'
import { onHost } from '../../lab/lab.js'
import { openStory, openStoryMs, type Story } from './story.js'

/** Every one is a command to a shell that is careless, and a text to one that is not. */
const hostile = [
  `'"; touch /pwned; echo "'`,
  '$(touch /pwned)',
  '`touch /pwned`',
  'two\nlines; touch /pwned\n',
  '\\\\"$IFS\'\\',
  '-rf / * ~ # & | > /pwned',
  '\u001b]0;pwned\u0007\r\ttab',
  '${x:-$(touch /pwned)} %s %n !!',
  'é🐳\u202e',
]

const role = `import { command, defineRole, file, sh, symlink, systemdUnit } from 'netplay'
export default defineRole({
  name: 'mine',
  params: { type: 'object', additionalProperties: false, required: ['texts'], properties: { texts: { type: 'array', items: { type: 'string' } } } },
  tasks: ({ host, vars, params: { texts } }) => [
    ...texts.map((text, i) => file('Content ' + text, { path: '/opt/q/content-' + i, content: text, parents: true })),
    ...texts.map((text, i) => file('Name', { path: '/opt/q/' + text.replaceAll('/', '_'), content: String(i), parents: true })),
    ...texts.map((text, i) => symlink('Link', { path: '/opt/q/link-' + i, target: text })),
    ...texts.map((text, i) => command('Say ' + text, { run: String(sh\`printf %s \${text} >\${'/opt/q/said-' + i}\`), done: String(sh\`test -e /opt/q/said-\${i}\`), shows: text })),
    file('Of the inventory', { path: '/opt/q/vars', content: JSON.stringify([vars('of_host'), vars('of_group'), host.vars.get('of_host')]) }),
    file('A unit', { path: '/etc/systemd/system/q.service', content: '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/true\\n' }),
    systemdUnit('Run it', { name: 'q.service', enabled: false, active: true, inputs: ['/opt/q/vars', ...texts.filter(text => !/[\\n\\t\\\\]/.test(text)).map(text => '/opt/q/' + text.replaceAll('/', '_'))] }),
  ],
})
`

let story: Story
jest.setTimeout(60_000)
beforeAll(async () => {
  story = await openStory({ name: 'quoting', hosts: 1, etcd: false })
  await story.write('roles/mine/role.ts', role.replaceAll(', parents: true', ''))
  await story.write(
    'mine.yml',
    JSON.stringify([{ name: `Play ${hostile[6]}`, hosts: 'nodes', become: true, roles: [{ role: 'mine', texts: hostile }] }]),
  )
  await story.setVars({ of_group: hostile })
  await onHost(story.lab, 'n1', 'mkdir -p /opt/q', { check: true })
  // A literal of Python, in the quotes of a shell: as INI wants it on a host's line.
  const literal = JSON.stringify(hostile.slice(0, 3).join(' ')).replaceAll("'", '\\u0027')
  const ini = hostsIni(story.lab, { user: 'ops', vars: { ansible_become_password: 'lab-sudo-pw' }, groups: { nodes: ['n1'] } })
  await story.write(
    'hosts.ini',
    ini.replace(/^n1 .*$/m, line => `${line} of_host='${literal}'`),
  )
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

test('values that are shell to a careless program arrive as they are, through sudo too, and nothing of them runs', async () => {
  const check = await story.play('mine.yml', ['--check', '--diff'])
  expect(check.stdout).not.toContain('REFUSED')
  expect([check.code, check.stderr]).toEqual([0, ''])
  const apply = await story.play('mine.yml', ['--diff', '-v'])
  expect([apply.code, apply.stderr]).toEqual([0, ''])
  const again = await story.play('mine.yml')
  expect(again.stdout).toContain('No changes. 1 host is as wanted.')

  const list = await onHost(story.lab, 'n1', 'cd /opt/q && find . -mindepth 1 -print0', { check: true })
  const expected = ['content', 'link', 'said']
    .flatMap(word => hostile.map((_, i) => `./${word}-${i}`))
    .concat('./vars', ...hostile.map(text => `./${text.replaceAll('/', '_')}`))
  expect(list.stdout.split('\0').filter(Boolean).sort()).toEqual(expected.sort())
  for (const [i, text] of hostile.entries()) {
    const { stdout } = await onHost(
      story.lab,
      'n1',
      `cd /opt/q && cat content-${i} && echo -- && cat said-${i} && echo -- && readlink -n link-${i}`,
      { check: true },
    )
    expect(stdout).toBe(`${text}--\n${text}--\n${text}`)
  }
  const { stdout } = await onHost(story.lab, 'n1', 'cat /opt/q/vars', { check: true })
  expect(JSON.parse(stdout)).toEqual([hostile.slice(0, 3).join(' '), hostile, hostile.slice(0, 3).join(' ')])
  expect((await onHost(story.lab, 'n1', 'ls -d /pwned /root/pwned /home/ops/pwned /opt/pwned')).stdout).toBe('')

  for (const text of [check.stdout, apply.stdout]) expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
  expect(apply.stdout).toContain('PLAY 1 Play \\x1b]0;pwned\\x07')
})
