import { unitProblem } from '../../roles/unit-stable.js'

const look = (fields: Partial<Record<'active' | 'sub' | 'restarts' | 'since' | 'uptime', string>>) =>
  `NRestarts=${fields.restarts ?? '0'}
ActiveState=${fields.active ?? 'active'}
SubState=${fields.sub ?? 'running'}
ActiveEnterTimestampMonotonic=${fields.since ?? '1000000000'}
Uptime=${fields.uptime ?? '1003.20'}
`

test.each<[string, Parameters<typeof look>[0], string | undefined]>([
  ['runs since a moment ago', {}, undefined],
  ['was restarted long ago', { restarts: '7', uptime: '2000.00' }, undefined],
  ['is between two crashes', { restarts: '7' }, 'systemd has restarted x.service 7 times, the last time 3 s ago: it may end again'],
  ['was restarted once', { restarts: '1' }, 'once, the last time 3 s ago: it may end again'],
  ['waits for its next try', { active: 'activating', sub: 'auto-restart' }, 'x.service is activating, and ends again and again'],
  ['has failed', { active: 'failed', sub: 'failed' }, 'x.service is failed'],
  ['has a clock that tells nothing', { restarts: '7', since: '0', uptime: '' }, undefined],
])('a unit that %s', (_, fields, problem) => {
  const found = unitProblem('x.service', look(fields))
  expect(found).toEqual(problem === undefined ? undefined : expect.stringContaining(problem))
})
