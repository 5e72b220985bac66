import { InputError } from '../../src/errors.js'
import type { HostItem, Item } from '../../src/plan/plan.js'
import { requireOnHost } from '../../src/plan/on-host.js'
import { calicoResource } from '../../src/resources/calico-resource.js'
import { etcdKey } from '../../src/resources/etcd-key.js'
import { check, gate } from '../../src/resources/task.js'
import { RequirementError } from '../../src/resources/errors.js'
import type { CheckKind, World } from '../../src/resources/resource.js'
import { sh } from '../../src/shell.js'
import { EtcdUnreachableError } from '../../src/transport/etcd-errors.js'
import { awaited, cluster, daemon, holds, note, predict, stageOf } from './drafts.js'

const told = (items: Item[]) =>
  items.map(item => `${item.type} ${'action' in item ? item.action : ''} ${'key' in item ? item.key : item.task}`.replace('  ', ' '))
const hostItem = (items: Item[], index: number) => items[index] as HostItem

test('later tasks see what earlier ones are predicted to do: a daemon whose note is written before it restarts, and only then', () => {
  const tasks = [note('Write', { name: 'motd', text: 'new' }), daemon('Run', { name: 'd', reads: 'motd' })]
  const running = { 'read motd': 'old', 'daemon d': 'old' }
  const { stages } = predict([stageOf({ n1: tasks, n2: tasks })], { n1: running, n2: { 'read motd': 'new', 'daemon d': 'new' } })
  expect(told(stages[0]!.work['n1']!)).toEqual(['host change note:motd', 'host restart daemon:d'])
  expect(told(stages[0]!.work['n2']!)).toEqual(['host none note:motd', 'host none daemon:d'])
  const before = predict([stageOf({ n1: [...tasks].reverse() })], { n1: { 'read motd': 'old', 'daemon d': '' } })
  expect(told(before.stages[0]!.work['n1']!)).toEqual(['host none daemon:d', 'host change note:motd'])
})

test('an item says what it expects before it and what it leaves, and its steps are the very text that will run', () => {
  const { stages } = predict([stageOf({ n1: [note('Write', { name: 'motd', text: 'two words' })] })], { n1: { 'read motd': 'old' } })
  expect(hostItem(stages[0]!.work['n1']!, 0)).toMatchObject({
    id: 's1.n1.1',
    expects: 'text=old',
    becomes: 'text=two words',
    changes: [{ field: 'text', before: 'old', after: 'two words' }],
    steps: ["write motd 'two words'"],
  })
})

test('what nobody knows before is told as such', () => {
  const { stages } = predict([stageOf({ n1: [awaited('Wait', { name: 'lease' })] })])
  expect(hostItem(stages[0]!.work['n1']!, 0)).toMatchObject({ action: 'create', changes: [{ after: { unknown: 'the daemon writes it' } }] })
})

test('a thing is kept from its first state through all that the plan does to it, over stages', () => {
  const first = stageOf({ n1: [note('Write', { name: 'motd', text: 'one' })] })
  const second = stageOf({ n1: [note('Write', { name: 'motd', text: 'one' }), note('Read', { name: 'other', text: null })] }, 2)
  const { predictions, stages } = predict([first, second])
  expect(told(stages[1]!.work['n1']!)).toEqual(['host none note:motd', 'host none note:other'])
  expect(predictions.hostPart('n1').things).toEqual([
    {
      key: 'note:motd',
      kind: 'note',
      chain: ['text=absent', 'text=one'],
      fingerprintText: { text: 'show note:motd' },
      save: 'save note:motd',
      undo: { restore: 'restore note:motd absent' },
    },
    { key: 'note:other', kind: 'note', chain: ['text=absent'], fingerprintText: { text: 'show note:other' }, undo: {} },
  ])
})

describe('a host is refused, and the others are planned,', () => {
  const refusals = ({ predictions }: ReturnType<typeof predict>) =>
    [...predictions.refused].map(([host, { role, task, error }]) => [host, role, task, error.message])

  test('when two tasks want one thing differently', () => {
    const contradiction = [note('Say one', { name: 'motd', text: 'one' }), note('Say two', { name: 'motd', text: 'two' })]
    const planned = predict([stageOf({ n1: contradiction, n2: [contradiction[0]!] })])
    expect(refusals(planned)).toEqual([['n1', 'web', 'Say two', '"Say one" and "Say two" want text of note:motd differently']])
    expect(planned.stages[0]!.hosts).toEqual(['n2'])
  })

  test('when a task needs what neither the host nor the plan provides', () => {
    const needy = note('Needy', { name: 'a', text: 'x', needs: 'b' })
    const planned = predict([stageOf({ n1: [needy], n2: [note('Before', { name: 'b', text: 'y' }), needy] })])
    expect(refusals(planned)).toEqual([['n1', 'web', 'Needy', 'a needs b']])
    expect(told(planned.stages[0]!.work['n2']!)).toEqual(['host create note:b', 'host create note:a'])
  })

  test('when a precondition does not hold there, with what was seen and what to do', () => {
    const planned = predict([
      stageOf({ n1: [] }, 1, { preconditions: [check('A fact', holds, { reason: 'it is not so' })] }),
      stageOf({ n2: [] }, 2, { preconditions: [check('A fact', holds, {})] }),
    ])
    expect(refusals(planned)).toEqual([['n1', undefined, undefined, 'A fact: it is not so']])
    expect(planned.predictions.refused.get('n1')!.error).toMatchObject({ words: 'seen', next: 'Mend it.', code: 'PRECONDITION' })
  })

  test('when its role could not say what to do there', () => {
    expect(refusals(predict([stageOf({ n1: [] }, 1, { error: new RequirementError('no uplink', 'Name it.') })]))).toEqual([
      ['n1', 'web', undefined, 'no uplink'],
    ])
  })

  test('and it is in no later stage', () => {
    const bad = note('Needy', { name: 'a', text: 'x', needs: 'b' })
    const { stages } = predict([stageOf({ n1: [bad] }), stageOf({ n1: [note('Fine', { name: 'c', text: 'x' })], n2: [] }, 2)])
    expect(stages.map(({ hosts }) => hosts)).toEqual([[], ['n2']])
  })

  test('when etcd could not be read', () => {
    const unreachable = new EtcdUnreachableError('n1', [])
    const planned = predict([stageOf({ n1: [etcdKey('Seed', { cluster, key: '/k', text: 'v' })] })], {}, unreachable)
    expect(planned.predictions.refused.get('n1')!.error).toBe(unreachable)
  })
})

test('what is wrong on the controller is wrong for every host and ends the run, with the place of the task', () => {
  const wrong = note('Wrong', { name: 'a', text: 'x' })
  const task = {
    ...wrong,
    kind: {
      ...wrong.kind,
      diff: () => {
        throw new InputError('the source has another sha256', { next: 'Fetch it again.' })
      },
    },
  }
  Object.defineProperty(task, 'origin', { value: { file: 'role.ts', line: 3, column: 5 } })
  expect(() => predict([stageOf({ n1: [task] })])).toThrow(/^role\.ts:3:5: Wrong: the source has another sha256$/)
})

test('an error of ours is no refusal', () => {
  const broken = note('Broken', { name: 'a', text: 'x' })
  const task = {
    ...broken,
    kind: {
      ...broken.kind,
      diff: () => {
        throw new TypeError('x is undefined')
      },
    },
    origin: broken.origin,
  }
  expect(() => predict([stageOf({ n1: [task] })])).toThrow(TypeError)
})

describe('preconditions', () => {
  const odd: CheckKind<{ warning?: string }> = {
    kind: 'odd',
    scope: 'host',
    verdict: ({ warning }) => ({ holds: true, ...(warning === undefined ? {} : { warning }) }),
  }
  const asks: CheckKind<{ file: string }> = {
    kind: 'asks',
    scope: 'host',
    probe: ({ file }) => sh`cat ${file}`,
    verdict: () => ({ holds: true }),
  }

  test('that hold with a warning are told once for all hosts that they say it of', () => {
    const warned = check('The firewall', odd, { warning: 'ufw is active' })
    const { predictions } = predict([
      stageOf({ n1: [], n2: [] }, 1, { preconditions: [warned, check('Fine', odd, {})] }),
      stageOf({ n2: [], n3: [] }, 2, { preconditions: [warned] }),
    ])
    expect(predictions.warnings()).toEqual([{ hosts: ['n1', 'n2', 'n3'], message: 'The firewall: ufw is active' }])
  })

  test('are not warned of on a host that is refused', () => {
    const preconditions = [check('The firewall', odd, { warning: 'ufw is active' }), check('A fact', holds, { reason: 'it is not so' })]
    expect(predict([stageOf({ n1: [] }, 1, { preconditions })]).predictions.warnings()).toEqual([])
  })

  test('that ask a host or etcd are kept in the plan, to be asked again', () => {
    const preconditions = [check('Fine', odd, {}), check('The file', asks, { file: '/x' })]
    const { stages } = predict([stageOf({ n1: [] }, 1, { preconditions })])
    expect(stages[0]!.preconditions).toEqual({ n1: [{ role: 'web', title: 'The file', kind: 'asks', params: { file: '/x' } }] })
  })
})

describe('things of the cluster', () => {
  const seed = (text: string, ifDifferent?: 'write') =>
    etcdKey('Seed', { cluster, key: '/k', text, ...(ifDifferent === undefined ? {} : { ifDifferent }) })
  test('are written by the first host that wants them, and the others of the stage wait for it', () => {
    const { stages } = predict([stageOf({ n1: [seed('v')], n2: [seed('v')] }), stageOf({ n1: [seed('v')] }, 2)])
    expect(told(stages[0]!.work['n1']!)).toEqual(['cluster create etcd3:/k'])
    expect(stages[0]!.work['n2']).toMatchObject([{ type: 'await', key: 'etcd3:/k', of: 's1.n1.1' }])
    expect(told(stages[1]!.work['n1']!)).toEqual(['cluster none etcd3:/k'])
  })

  test('are compared and swapped on what was read, and put back while our value stands', () => {
    const { stages } = predict([stageOf({ n1: [seed('new', 'write')] })], {}, [{ key: '/k', value: 'old', revision: 7 }])
    expect(stages[0]!.work['n1']).toMatchObject([
      {
        type: 'cluster',
        action: 'change',
        writes: [{ key: '/k', value: 'new', ifRevision: 7 }],
        undo: [{ key: '/k', value: 'old', ifValue: 'new' }],
      },
    ])
  })

  test('that are as wanted are no change on any host', () => {
    const { stages } = predict([stageOf({ n1: [seed('v')], n2: [seed('v')] })], {}, [{ key: '/k', value: 'v', revision: 7 }])
    expect(told(stages[0]!.work['n2']!)).toEqual(['cluster none etcd3:/k'])
  })
})

describe('things of the cluster that a program on the host writes', () => {
  const calicoctl = { path: '/usr/local/bin/calicoctl', config: '/etc/calico/calicoctl.cfg' }
  const there = (...paths: string[]) => Object.fromEntries(paths.map(path => [`if [ -f ${path} ]; then echo there; fi`, 'there\n']))
  const both = there(calicoctl.path, calicoctl.config)
  const mesh = () =>
    calicoResource('Mesh off', {
      ...{ cluster, calicoctl, kind: 'BGPConfiguration', name: 'default' },
      set: { spec: { nodeToNodeMeshEnabled: false } },
    })
  test('are planned on a host that has it, and the others wait', () => {
    const { stages } = predict([stageOf({ n1: [mesh()], n2: [mesh()] })], { n1: both })
    expect(told(stages[0]!.work['n1']!)).toEqual(['cluster create calico:BGPConfiguration/default'])
    expect(stages[0]!.work['n2']).toMatchObject([{ type: 'await', of: 's1.n1.1' }])
  })
  test('where one host lacks it that host is refused, and the next one writes', () => {
    const { stages, predictions } = predict([stageOf({ n1: [mesh()], n2: [mesh()] })], { n1: there(calicoctl.path), n2: both })
    expect(predictions.refused.get('n1')?.error).toMatchObject({
      code: 'REQUIREMENT',
      message: '"Mesh off" is written with /etc/calico/calicoctl.cfg, which n1 does not have',
    })
    expect(told(stages[0]!.work['n2']!)).toEqual(['cluster create calico:BGPConfiguration/default'])
  })
  test('need nothing on the host where nothing is to be written', () => {
    const made = { kind: 'BGPConfiguration', spec: { nodeToNodeMeshEnabled: false } }
    const key = '/calico/resources/v3/projectcalico.org/bgpconfigurations/default'
    const { stages } = predict([stageOf({ n1: [mesh()] })], {}, [{ key, value: JSON.stringify(made), revision: 7 }])
    expect(told(stages[0]!.work['n1']!)).toEqual(['cluster none calico:BGPConfiguration/default'])
  })
  test('may rely on what a task before brings, and not on what one takes away', () => {
    const world = (type: string) => ({ state: () => ({ type }) }) as unknown as World
    expect(() => requireOnHost('n1', mesh(), world('file'), new Map())).not.toThrow()
    expect(() => requireOnHost('n1', mesh(), world('absent'), new Map())).toThrow('n1 does not have')
  })
})

describe('gates', () => {
  const gated = (text: string) => [note('Write', { name: 'motd', text }), gate(check('It is healthy', holds, {}), { timeoutMs: 5000 })]
  test('are left out while nothing changes', () => {
    const { stages } = predict([stageOf({ n1: gated('same'), n2: gated('same') })], {
      n1: { 'read motd': 'same' },
      n2: { 'read motd': 'same' },
    })
    expect(told(stages[0]!.work['n1']!)).toEqual(['host none note:motd'])
  })
  test('stay for all hosts of a stage in which one changes, and for stages after it', () => {
    const same = { 'read motd': 'same' }
    const { stages } = predict([stageOf({ n1: gated('same'), n2: gated('new') }), stageOf({ n1: gated('same') }, 2)], {
      n1: same,
      n2: same,
    })
    expect(told(stages[0]!.work['n1']!)).toEqual(['host none note:motd', 'gate It is healthy'])
    expect(told(stages[1]!.work['n1']!)).toEqual(['host none note:motd', 'gate It is healthy'])
    expect(stages[0]!.work['n1']![1]).toMatchObject({ scope: 'host', check: { kind: 'holds', params: {} }, timeoutMs: 5000 })
  })

  test('of all hosts are kept for later batches where their own batch changes nothing', () => {
    const path: CheckKind<{ node: string }> = { kind: 'path', scope: 'play', verdict: () => ({ holds: true }) }
    const tasks = (node: string, text: string) => [
      note('Write', { name: 'motd', text }),
      gate(check('Pods reach each other', path, { node }), { timeoutMs: 5000 }),
    ]
    const [first, second] = [stageOf({ n1: tasks('n1', 'same') }), stageOf({ n2: tasks('n2', 'new') }, 2)]
    const same = { 'read motd': 'same' }
    const { stages } = predict(
      [
        { ...first, batches: 2 },
        { ...second, batch: 2, batches: 2 },
      ],
      { n1: same, n2: same },
    )
    expect(told(stages[0]!.work['n1']!)).toEqual(['host none note:motd'])
    expect(stages[0]!.leftOut).toMatchObject({ n1: [{ check: { kind: 'path', params: { node: 'n1' } } }] })
    expect(stages[1]!.leftOut).toBeUndefined()
  })
})
