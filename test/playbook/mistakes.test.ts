import { mistake } from '../support/playbook-folder.js'

const play = (text: string) => `- hosts: web\n${text}`

/** First line of the message for a playbook, and the caret's line where it is worth showing. */
const mistakes: [string, string, string][] = [
  ['an empty file', '', 'site.yml: the playbook is empty: it has no play'],
  ['a mapping for a playbook', 'hosts: web\n', 'site.yml:1:1: a playbook is a list of plays, not a mapping'],
  ['a play that is text', '- web\n', 'site.yml:1:3: a play is a mapping with `hosts` and `roles` or `tasks`, not text'],
  ['a play without hosts', '- name: x\n  roles: [web]\n', 'site.yml:1:3: this play does not say on which hosts'],
  ['hosts left empty', '- hosts:\n  roles: [web]\n', 'site.yml:1:9: `hosts` must be text, not empty'],
  ['a misspelt key', play('  rolse: [web]\n'), 'site.yml:2:3: a play has no key "rolse"; did you mean "roles"?'],
  ['an unknown key', play('  zzz: 1\n'), 'site.yml:2:3: a play has no key "zzz"'],
  ['a key of a later issue', play('  port: 22\n'), 'site.yml:2:3: `port` of a play comes later; netplay does not know it yet'],
  ['a hold without a network', play('  hold: {name: x}\n'), 'site.yml:2:9: hold "x" does not say which network its pods have'],
  [
    'a condition on a role',
    play('  roles:\n    - role: web\n      when: {a: 1}\n'),
    'site.yml:4:13: `when` is an expression, true or false, or a list of these',
  ],
  ['a word for a boolean', play('  any_errors_fatal: perhaps\n'), 'site.yml:2:21: `any_errors_fatal` must be true or false, not text'],
  [
    'a bad serial',
    play('  serial: [1, half]\n'),
    'site.yml:2:15: `serial` must be a number of hosts, a percentage such as "50%", or a list of these, not text',
  ],
  [
    'a share above 100',
    play('  max_fail_percentage: 130\n'),
    'site.yml:2:24: `max_fail_percentage` must be a percentage from 0 to 100, not a number',
  ],
  [
    'a misspelt order',
    play('  order: sortet\n'),
    'site.yml:2:10: `order` must be one of inventory, reverse_inventory, sorted, reverse_sorted, shuffle; did you mean "sorted"?',
  ],
  ['another become method', play('  become_method: dzdo\n'), 'site.yml:2:18: `become_method` must be one of sudo, su, doas'],
  [
    'a template that is not well written',
    play('  serial: "{{ 1 + }}"\n'),
    'site.yml:2:11: the template is not well written: an expression is expected, not "}}"',
  ],
  ['a template as hosts', '- hosts: "{{ group }}"\n', 'site.yml:1:10: "group" is not defined'],
  ['vars as a list', play('  vars: [a]\n'), 'site.yml:2:9: `vars` must be a mapping of names to values, not a list'],
  ['roles as text', play('  roles: web\n'), 'site.yml:2:10: `roles` must be a list of roles, not text'],
  ['a role without a name', play('  roles:\n    - backend: vxlan\n'), 'site.yml:3:7: this entry of `roles` does not say which role'],
  ['a misspelt role', play('  roles:\n    - wep\n'), 'site.yml:3:7: there is no role "wep"; did you mean "web"?'],
  ['a path for a role', play('  roles:\n    - ../web\n'), 'site.yml:3:7: "../web" is not the name of a role: NAME or NAME/PART'],
  ['a misspelt part', play('  roles:\n    - web/anounce\n'), 'site.yml:3:7: role "web" has no part "anounce"; did you mean "announce"?'],
  [
    'a misspelt parameter',
    play('  roles:\n    - role: web\n      bakend: vxlan\n'),
    'site.yml:4:7: role "web" has no parameter "bakend"; did you mean "backend"?',
  ],
  [
    'an unknown parameter',
    play('  roles:\n    - role: web\n      colour: red\n'),
    'site.yml:4:7: role "web" has no parameter "colour"; it has backend, port, tls, network, endpoints, limits',
  ],
  [
    'a parameter of the wrong type',
    play('  roles:\n    - role: web\n      port: "80"\n'),
    'site.yml:4:13: parameter "port" of role "web" must be an integer, not text',
  ],
  [
    'a fraction for an integer',
    play('  roles:\n    - {role: web, port: 8.5}\n'),
    'site.yml:3:25: parameter "port" of role "web" must be an integer, not a fraction',
  ],
  [
    'a number below its least',
    play('  roles:\n    - {role: web, port: 0}\n'),
    'site.yml:3:25: parameter "port" of role "web" must be >= 1',
  ],
  [
    'a value not in the list',
    play('  roles:\n    - {role: web, backend: vxlang}\n'),
    'site.yml:3:28: parameter "backend" of role "web" must be one of "host-gw", "vxlan"; did you mean "vxlan"?',
  ],
  [
    'a network without its length',
    play('  roles:\n    - {role: web, network: 10.0.0.0}\n'),
    'site.yml:3:28: parameter "network" of role "web" must be a network such as 10.244.0.0/16',
  ],
  [
    'a wrong item in a list',
    play('  roles:\n    - role: web\n      endpoints:\n        - a\n        - 7\n'),
    'site.yml:6:11: 1 of parameter "endpoints" of role "web" must be text, not a number',
  ],
  [
    'a misspelt key inside a parameter',
    play('  roles:\n    - role: web\n      limits:\n        fils: 7\n'),
    'site.yml:5:9: parameter "limits" of role "web" has no key "fils"; did you mean "files"?',
  ],
  ['an import of nothing', '- import_playbook: other.yml\n', 'site.yml:1:20: there is no playbook other.yml'],
  ['an import of itself', '- import_playbook: site.yml\n', 'site.yml:1:20: site.yml is being imported already: site.yml -> site.yml'],
  [
    'a subscript beyond the group',
    '- hosts: web[7]\n',
    "site.yml:1:10: No hosts matched the subscripted pattern 'web[7]': 'web' has 3, counted from 0",
  ],
  ['a tab', '- hosts: web\n\troles: []\n', 'site.yml:2:1: YAML does not allow tabs for indentation; use spaces'],
]

describe('a mistake in a playbook', () => {
  test.each(mistakes)('%s is told where it stands', async (_what, site, expected) => {
    expect((await mistake(site)).split('\n')[0]).toBe(expected)
  })

  test('is shown with its line and a caret', async () => {
    const message = await mistake(play('  roles:\n    - role: web\n      bakend: vxlan\n'))
    expect(message.split('\n').slice(1)).toEqual(['          bakend: vxlan', '          ^'])
  })

  test('in an imported playbook is told there', async () => {
    const files = { 'parts/other.yml': '- hosts: web\n  rolse: []\n' }
    expect((await mistake('- import_playbook: parts/other.yml\n', { files })).split('\n')[0]).toBe(
      'parts/other.yml:2:3: a play has no key "rolse"; did you mean "roles"?',
    )
  })

  test('of a secret kind is shown without its value', async () => {
    const message = await mistake(play('  roles:\n    - {role: web, port: {password: hunter2}}\n'))
    expect(message).toContain('must be an integer')
    expect(message).not.toContain('hunter2')
  })
})
