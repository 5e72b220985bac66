import { itemsOf } from '../../src/plan/plan.js'
import type { Session } from '../../src/transport/session.js'
import { describeOnHost } from '../resources/private-host.js'
import { loadSite } from '../support/playbook-folder.js'
import { openPrivateSession } from '../support/private-session.js'
import { planFor } from './planned.js'

describeOnHost('what a task registers', () => {
  let session: Session
  beforeEach(async () => void (session = await openPrivateSession('n1')))
  afterEach(() => session.close())

  /** Titles of what is planned on n1. */
  const planned = async (site: string) =>
    itemsOf((await planFor(await loadSite(site), new Map([['n1', session]]))).plan).map(({ item }) => item.task)
  const write = (name: string, more: string) => `    - {name: ${name}, file: {path: /srv/${name}, content: x}, ${more}}\n`
  const play = (...tasks: string[]) => `- hosts: n1\n  tasks:\n${tasks.join('')}`

  test('is known to later plays of the host', async () => {
    const site = play(write('a', 'register: made')) + play(write('b', 'when: made is changed'), write('c', 'when: made is skipped'))
    expect(await planned(site)).toEqual(['a', 'b'])
  })

  test('in a later play wins, and holds for that alone which comes after it', async () => {
    const site =
      play(write('a', 'register: made'), write('b', 'when: made is changed')) +
      play(write('c', 'when: false, register: made'), write('d', 'when: made is changed'))
    expect(await planned(site)).toEqual(['a', 'b'])
  })

  test('in a loop has the results of its own items, and not those of an earlier loop', async () => {
    const loop = (name: string) => write(name, 'loop: [1, 2], register: made')
    const site = play(loop('a'), loop('b'), write('c', 'when: made.results | length == 2'))
    expect(await planned(site)).toEqual(['a (item=1)', 'a (item=2)', 'b (item=1)', 'b (item=2)', 'c'])
  })

  test('on another host, or nowhere before, is unknown', async () => {
    const elsewhere = play(write('a', 'register: made')).replace('n1', 'n2') + play(write('b', 'when: made is changed'))
    await expect(planned(elsewhere)).rejects.toThrow('"made" is registered by no task before this one')
    await expect(planned(play(write('b', 'when: made is changed')) + play(write('a', 'register: made')))).rejects.toThrow(
      '"made" is not defined',
    )
  })
})
