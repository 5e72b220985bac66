import { connectionsOf } from '../../src/cli/play-connections.js'
import { itemsOf } from '../../src/plan/plan.js'
import type { MadePlan } from '../../src/plan/make.js'
import type { Session } from '../../src/transport/session.js'
import { describeOnHost } from '../resources/private-host.js'
import { loadSite } from '../support/playbook-folder.js'
import { openPrivateSession } from '../support/private-session.js'
import { carryOut, planFor } from './planned.js'

/** `nobody` is an account that every Linux has, with no rights. */
const site = (tasks: string) => `- hosts: n1
  become: true
  tasks:
    - directory: {path: /srv/app, owner: nobody, mode: "0700"}
${tasks}`
const asNobody = ', become_user: nobody'
const said = (session: Session, script: string) =>
  session.request(script, { purpose: 'look' }).then(({ stdout }) => stdout.toString().trim())

async function planned(session: Session, tasks: string): Promise<MadePlan> {
  const playbook = await loadSite(site(tasks))
  const { worksAs } = connectionsOf(playbook, new Map(), { become: false, sshAcceptNew: false }, {})
  return planFor(playbook, new Map([[session.host, session]]), [], undefined, worksAs)
}
const ends = async (session: Session, made: MadePlan) => {
  const { hosts } = await carryOut(made, new Map([[session.host, session]]))
  return [...hosts.values()].map(({ end, changed, error }) => [end, changed, ...(error === undefined ? [] : [error.message])])
}

describeOnHost('tasks of one host that are done as different users', () => {
  let session: Session
  beforeEach(async () => {
    session = await openPrivateSession()
  }, 30_000)
  afterEach(() => session.close())

  test('each file is made by its user, commands run with its rights and home, and a second run changes nothing', async () => {
    const tasks = `    - {file: {path: /srv/app/own, content: "x\\n"}${asNobody}}
    - {file: {path: /srv/root, content: "x\\n"}}
    - {command: {cmd: "id -un >/srv/app/who; echo $HOME >/srv/app/home", unless: "test -O /srv/app/home"}${asNobody}}
    - {command: {cmd: "id -un >/srv/app/logged-in", creates: /srv/app/logged-in}, become: false}
`
    expect(await ends(session, await planned(session, tasks))).toEqual([['done', 5]])
    expect(await said(session, 'stat -c %U /srv/app/own /srv/root /srv/app/who; cat /srv/app/who /srv/app/logged-in')).toBe(
      'nobody\nroot\nnobody\nnobody\nroot',
    )
    expect(await said(session, 'cat /srv/app/home')).toBe(await said(session, 'getent passwd nobody | cut -d: -f6'))
    expect(itemsOf((await planned(session, tasks)).plan).map(({ item }) => 'action' in item && item.action)).toEqual(Array(5).fill('none'))
  })

  test('a secret comes to a user through a folder that nobody else may enter, and that is gone', async () => {
    const content = `    - {file: {path: /srv/app/secret, content: "hunter2", secret: true}${asNobody}}\n`
    const made = await planned(session, content)
    expect(JSON.stringify(made.plan)).not.toContain('hunter2')
    expect(await ends(session, made)).toEqual([['done', 2]])
    expect(await said(session, 'stat -c "%U %a" /srv/app/secret; cat /srv/app/secret')).toBe('nobody 600\nhunter2')
    expect(await said(session, 'ls /var/lib/netplay-lent')).toBe('')
  })

  test('a user without the right to it fails in the host’s words', async () => {
    const tasks = `    - {file: {path: /srv/app/own, content: "x\\n"}${asNobody}}
    - {file: {path: /srv/mine, content: "x\\n"}${asNobody}}
`
    const made = await planned(session, tasks)
    const sessions = new Map([[session.host, session]])
    const { hosts } = await carryOut(made, sessions)
    expect(hosts.get('n1')).toMatchObject({ end: 'failed', error: { words: expect.stringContaining('Permission denied') as string } })
    expect(await said(session, 'ls /srv')).toBe('app')
  })

  test('a text that fails in the middle fails the step', async () => {
    const made = await planned(session, `    - {command: {cmd: "false; touch /srv/app/x", creates: /srv/app/x}${asNobody}}\n`)
    expect(await ends(session, made)).toEqual([['failed', 1, expect.stringContaining('its step exited with status 1') as string]])
  })

  test('a user who is not there, and a change that is for root, are refused before anything is written', async () => {
    const refusedBy = async (task: string) => (await planned(session, task)).refused.get('n1')?.message
    expect(await refusedBy('    - {absent: {path: /srv/x}, become_user: ghost}\n')).toBe(
      '"absent /srv/x" is to be done as ghost, and the host has no such user',
    )
    expect(await refusedBy(`    - {sysctl: {name: vm.swappiness, value: "11"}${asNobody}}\n`)).toContain('and that is for root to change')
  })
})
