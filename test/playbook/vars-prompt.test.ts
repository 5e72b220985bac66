import { dirname, join } from 'node:path'
import { explain, explainText } from '../../src/cli/explain.js'
import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { loadInventory } from '../../src/inventory/load.js'
import { loadPlaybook } from '../../src/playbook/load.js'
import type { Question } from '../../src/playbook/vars-prompt.js'
import { Secret } from '../../src/secret.js'
import { removeScratch, scratch } from '../inventory/scratch.js'
import { mistake } from '../support/playbook-folder.js'

afterEach(removeScratch)

interface Given {
  answers?: Record<string, string>
  extra?: string[]
  files?: Record<string, string>
  /** false: nobody is asked */
  asks?: boolean
}

async function loaded(site: string, { answers = {}, extra = [], files = {}, asks = true }: Given = {}) {
  const folder = scratch({ 'hosts.ini': '[web]\nn[1:2]\n[db]\nd1\n', 'site.yml': site, ...files })
  const asked: Question[] = []
  const ask = async (question: Question) => {
    asked.push(question)
    return answers[question.name] ?? ''
  }
  const inventory = await loadInventory([join(folder, 'hosts.ini')])
  const extraVars = await parseExtraVars(extra)
  const playbook = await loadPlaybook([join(folder, 'site.yml')], inventory, { extraVars, ...(asks ? { ask } : {}) })
  const valueOf = (name: string) => playbook.plays[0]!.vars.get(name)?.value
  return { ...playbook, asked, valueOf, inventory, folder }
}

const site = (prompts: string, rest = '') => `- hosts: web\n  vars: {mtu: 1, zone: b}\n  vars_prompt:\n${prompts}${rest}`

test('what is typed wins over vars of the play, files of vars_files over it', async () => {
  const text = site('    - {name: mtu, private: false}\n    - {name: ttl, private: no}\n', '  vars_files: [more.yml]\n')
  const { valueOf } = await loaded(text, { answers: { mtu: '1450', ttl: '3' }, files: { 'more.yml': 'ttl: 9\n' } })
  expect([valueOf('mtu'), valueOf('ttl')]).toEqual(['1450', 9])
})

test('-e spares the question', async () => {
  const { asked, valueOf } = await loaded(site('    - name: mtu\n'), { extra: ['mtu=9000'] })
  expect([asked, valueOf('mtu')]).toEqual([[], 1])
})

test('an empty answer is the default, as text', async () => {
  const text = site(
    '    - {name: a, private: no, default: 3}\n    - {name: b, private: no, default: "{{ zone }}"}\n    - {name: c, private: no}\n',
  )
  const { asked, valueOf } = await loaded(text)
  expect([valueOf('a'), valueOf('b'), valueOf('c')]).toEqual(['3', 'b', ''])
  expect(asked.map(question => question.default)).toEqual(['3', 'b', undefined])
})

test('where nobody is to be asked, defaults count', async () => {
  const { valueOf } = await loaded(site('    - {name: a, private: no, default: x}\n    - {name: b, private: no}\n'), { asks: false })
  expect([valueOf('a'), valueOf('b')]).toEqual(['x', ''])
})

test('what is not said to be shown is a secret', async () => {
  const { asked, valueOf, plays } = await loaded(site('    - {name: pin, prompt: "PIN of {{ zone }}", confirm: yes}\n'), {
    answers: { pin: 's3cret' },
  })
  expect(asked).toMatchObject([{ name: 'pin', prompt: 'PIN of b', isPrivate: true, confirms: true, origin: { line: 4, column: 14 } }])
  expect(valueOf('pin')).toBeInstanceOf(Secret)
  expect(JSON.stringify([...plays[0]!.vars])).not.toContain('s3cret')
})

test('keywords and tags see it: hosts may be asked for', async () => {
  const text = '- hosts: "{{ group }}"\n  vars_prompt:\n    - {name: group, private: no}\n'
  const { plays } = await loaded(text, { answers: { group: 'db' } })
  expect(plays[0]!.hosts.map(({ name }) => name)).toEqual(['d1'])
})

test('each play of imported playbooks is asked for its own', async () => {
  const more = '- hosts: db\n  vars_prompt: [{name: b, private: no}]\n'
  const { asked } = await loaded(`${site('    - {name: a, private: no}\n')}- import_playbook: more.yml\n`, { files: { 'more.yml': more } })
  expect(asked.map(({ name, origin }) => `${name} ${origin.file.slice(dirname(origin.file).length + 1)}`)).toEqual([
    'a site.yml',
    'b more.yml',
  ])
})

test.each([
  ['a template', '{{ 1 + 1 }}', false, '2'],
  ['a template where it is unsafe', '{{ 1 + 1 }}', true, '"{{ 1 + 1 }}"'],
])('an answer that is %s', async (_, answer, unsafe, shown) => {
  const { plays, inventory, folder } = await loaded(site(`    - {name: a, private: no, unsafe: ${unsafe}}\n`), { answers: { a: answer } })
  const host = inventory.find('n1')!
  const text = explainText(host, explain(host, 'a', { inventory, extraVars: new Map(), plays }), true, 200).replaceAll(`${folder}/`, '')
  expect(text).toContain(`a  in play 1 "web" = ${shown}`)
  expect(text).toContain('vars_prompt of the play')
})

test('explain says what beats what, and shows nothing private', async () => {
  const { plays, inventory, folder } = await loaded(site('    - name: mtu\n'), { answers: { mtu: 's3cret' } })
  const host = inventory.find('n1')!
  const text = explainText(host, explain(host, 'mtu', { inventory, extraVars: new Map(), plays }), true, 200).replaceAll(`${folder}/`, '')
  expect(text).not.toContain('s3cret')
  expect(text).toBe(`n1  groups: web

mtu  in play 1 "web" = ***
  ✔ vars_prompt of the play  site.yml:4:13  ***
  · vars of the play         site.yml:2:15  1
  vars_prompt of the play come after vars of the play`)
})

test.each([
  ['no list', '{}', 'site.yml:2:16: `vars_prompt` must be a list of variables, not a mapping'],
  ['text in it', '[a]', 'site.yml:2:17: an entry of `vars_prompt` is a mapping with `name`, not text'],
  ['an entry without a name', '[{prompt: a}]', 'site.yml:2:17: this entry of `vars_prompt` does not say which variable'],
  ['a name that is none', '[{name: 1-2}]', 'site.yml:2:24: "1-2" is not a name for a variable: letters, digits and _'],
  ['a misspelt key', '[{name: a, promt: b}]', 'site.yml:2:27: an entry of `vars_prompt` has no key "promt"; did you mean "prompt"?'],
  ['encrypt', '[{name: a, encrypt: sha512_crypt}]', 'site.yml:2:27: `encrypt`: netplay does not hash what is typed'],
  ['a word for a boolean', '[{name: a, private: perhaps}]', 'site.yml:2:36: `private` must be true or false, not text'],
  ['a list as default', '[{name: a, default: [b]}]', 'site.yml:2:36: `default` must be text, not a list'],
])('%s in vars_prompt is told where it stands', async (_, prompts, message) => {
  expect(await mistake(`- hosts: web\n  vars_prompt: ${prompts}\n`)).toContain(message)
})
