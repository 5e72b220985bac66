import { readFile } from 'node:fs/promises'
import { leaksOf, openVaultStory, type Ran } from './vault-story.js'

const secrets = {
  become: 'needle-become-7Gq2',
  password: 'needle-password-x9"Lk',
  token: 'needle-token-40bZ',
  key: 'needle-key-material-Rr8',
}
const needles = Object.values(secrets)
let story: Awaited<ReturnType<typeof openVaultStory>>
beforeAll(async () => void (story = await openVaultStory(secrets)), 30_000)
afterAll(() => story?.close())

const withVault = () => ['-i', story.path('hosts.ini'), '--vault-password-file', story.path('vault-pw')]
const leaks = (text: string) => needles.filter(needle => leaksOf(needle, text).length > 0)

/** Ran as it should, without a word of any secret. */
async function silent(code: number, ...argv: string[]): Promise<Ran> {
  const ran = await story.netplay(...argv)
  if (ran.code !== code) throw new Error(`netplay ${argv.join(' ')} ended with ${ran.code}\n${ran.output}`)
  expect({ argv, leaks: leaks(ran.output) }).toEqual({ argv, leaks: [] })
  return ran
}

test('what is in a vault is in no output, plan, journal or event, and reaches the host', async () => {
  const [site, plan] = [story.path('site.yml'), story.path('window.plan')]
  const checked = await silent(0, site, ...withVault(), '--check', '--diff', '-vvvv')
  expect(checked.output).toContain('(sensitive value)')
  await silent(0, site, ...withVault(), '--check', '--output', 'json', '-vvvv')
  await silent(0, 'plan', site, ...withVault(), '--diff', '-vvvv', '--out', plan)
  expect(leaks(await readFile(plan, 'utf8'))).toEqual([])
  await silent(0, 'show', plan, '--diff')
  await silent(0, 'show', plan, '--json')
  await silent(0, 'apply', plan, ...withVault(), '-vvvv', '--output', 'json')
  expect(await story.written('app.conf')).toBe(`password=${secrets.password}\ntoken=${secrets.token}\n`)
  expect(await story.written('key.pem')).toBe(`${secrets.key}\n`)

  const again = await silent(0, site, ...withVault(), '--diff', '-vvvv')
  expect(again.output).toContain('No changes')
  const kept = await story.kept()
  expect(Object.keys(kept).filter(file => file.endsWith('.jsonl') || file.endsWith('.plan.json')).length).toBeGreaterThanOrEqual(3)
  expect(Object.entries(kept).filter(([, text]) => leaks(text).length > 0)).toEqual([])
}, 240_000)

test('the inventory prints them as they are encrypted, and a wrong or missing vault password says nothing of them', async () => {
  const inventory = ['inventory', '-i', story.path('hosts.ini'), '--vault-password-file', story.path('vault-pw')]
  const listed = await silent(0, ...inventory, '--list')
  expect(listed.output).toContain('"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\\n')
  expect(listed.output).toContain('vault.yml is encrypted as a whole: its values are printed as ***')
  await silent(0, ...inventory, '--host', 'n1')
  await silent(0, ...inventory, '--graph', '--vars')
  const wrong = await silent(
    1,
    story.path('site.yml'),
    '-i',
    story.path('hosts.ini'),
    '--vault-password-file',
    story.path('hosts.ini'),
    '-vvvv',
  )
  expect(wrong.output).toContain('group_vars/all/vault.yml:1:1: wrong vault password: none of those given (default) opens it')
  const missing = await silent(1, story.path('site.yml'), '-i', story.path('hosts.ini'), '--output', 'json')
  expect(missing.output).toContain('vault.yml:1:1: this is encrypted with ansible-vault, and no vault password was given')
}, 120_000)

test('the search finds a secret that is given to a parameter that is shown', async () => {
  const [site, plan] = [story.path('site.yml'), story.path('control.plan')]
  const shown = ['-e', JSON.stringify({ site_shown: secrets.password })]
  const found = (text: string) => expect(leaks(text)).toEqual([secrets.password])
  found((await story.netplay(site, ...withVault(), ...shown, '--check', '--diff')).output)
  found((await story.netplay(site, ...withVault(), ...shown, '--check', '--output', 'json')).output)
  await story.netplay('plan', site, ...withVault(), ...shown, '--out', plan)
  found(await readFile(plan, 'utf8'))
  found((await story.netplay('apply', plan, ...withVault(), '--output', 'json')).output)
  found(Object.values(await story.kept()).join('\n'))
}, 240_000)

test('the search finds base64, hex and a plain digest too', () => {
  const [needle] = needles
  const bytes = Buffer.from(`xy${needle!}z`)
  expect(leaksOf(needle!, bytes.toString('base64'))).not.toEqual([])
  expect(leaksOf(needle!, bytes.toString('hex'))).not.toEqual([])
  expect(leaksOf(needle!, 'needle-become')).toEqual([])
})
