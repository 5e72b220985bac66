import { loadInventory } from '../../src/inventory/load.js'
import { loadPlaybook } from '../../src/playbook/load.js'
import type { Session } from '../../src/transport/session.js'
import { describeOnHost } from '../resources/private-host.js'
import { inFolder } from '../support/playbook-folder.js'
import { openPrivateSession } from '../support/private-session.js'
import { carryOut, planFor } from './planned.js'

describeOnHost('max_fail_percentage', () => {
  let session: Session
  beforeEach(async () => void (session = await openPrivateSession('n1')))
  afterEach(() => session.close())

  /** A play for n1 and n2, of which n1 alone was reached: how n1 ended, and what was written there. */
  async function withoutN2(limit: number) {
    const site = `- hosts: all\n  max_fail_percentage: ${limit}\n  tasks:\n    - {name: a, file: {path: /srv/a, content: x}}\n`
    return inFolder({ 'site.yml': site, 'hosts.ini': 'n[1:2]\n' }, async () => {
      const inventory = await loadInventory(['hosts.ini'], { playbookDir: '.' })
      const sessions = new Map([['n1', session]])
      const made = await planFor(await loadPlaybook(['site.yml'], inventory, { extraVars: new Map() }), sessions)
      const { hosts } = await carryOut(made, sessions)
      const { stdout } = await session.request('ls /srv', { purpose: 'test', timeoutMs: 10_000 })
      return [hosts.get('n1')!.end, stdout.toString()]
    })
  }

  test('counts hosts that could not be reached, before anything is written', async () => {
    expect(await withoutN2(30)).toEqual(['stopped', ''])
  })

  test('goes on where they are no more than it allows', async () => {
    expect(await withoutN2(50)).toEqual(['done', 'a\n'])
  })
})
