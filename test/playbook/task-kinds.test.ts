import * as netplay from '../../src/index.js'
import { mistakesOf } from '../../src/playbook/schema.js'
import { camelValue, snakeSchema } from '../../src/playbook/snake-schema.js'
import { taskKinds } from '../../src/playbook/task-kinds.js'
import type { ResourceTask, Task } from '../../src/resources/resource.js'
import { secretText } from '../../src/secret.js'
import { unitSchema } from '../../src/resources/unit-schema.js'

const snake = (name: string) => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
const notKinds = ['check', 'defineRole', 'firewallUnit', 'fullImageName', 'gate', 'joined', 'secretText', 'sh']

test('every kind that roles have is a key of a task, but the one that a play says with hold', () => {
  const exported = Object.keys(netplay).filter(name => /^[a-z]/.test(name) && !notKinds.includes(name))
  expect([...taskKinds.keys()].sort()).toEqual(
    exported
      .map(snake)
      .filter(name => name !== 'held_routes')
      .sort(),
  )
})

test('no name of a parameter has capitals, at any depth', () => {
  const names = (schema: unknown): string[] =>
    typeof schema !== 'object' || schema === null
      ? []
      : Object.entries(schema).flatMap(([key, inside]) => [
          ...(key === 'properties' ? Object.keys(inside as object) : []),
          ...(key === 'required' && Array.isArray(inside) ? (inside as string[]) : []),
          ...names(inside),
        ])
  const all = [...taskKinds.values()].flatMap(({ schema }) => names(schema))
  expect(all).toEqual(expect.arrayContaining(['start_timeout_seconds', 'ca_file', 'create_only', 'mode']))
  expect(all.filter(name => name !== snake(name))).toEqual([])
})

const desiredOf = (task: Task) => (task as ResourceTask).desired

test('parameters reach the kind under its own names, and data of the admin stays as it is', () => {
  const unit = {
    name: 'x.service',
    start_timeout_seconds: 3,
    inputs: ['/etc/x', { etcd: 'etcd3:/k', cluster: { api: 'v3', endpoints: ['http://e:1'], ca_file: '/ca' } }],
  }
  const { schema, factory } = taskKinds.get('systemd_unit')!
  expect(mistakesOf(schema, unit)).toEqual([])
  expect(desiredOf(factory('a', unit))).toEqual({
    name: 'x.service',
    startTimeoutSeconds: 3,
    inputs: ['/etc/x', { etcd: 'etcd3:/k', cluster: { api: 'v3', endpoints: ['http://e:1'], caFile: '/ca' } }],
  })
  const pool = { set: { spec: { ip_ip: { some_key: 1 } }, metadata: { labels: { create_only: 'yes' } } }, create_only: true }
  expect(desiredOf(taskKinds.get('calico_resource')!.factory('a', pool))).toEqual({
    set: { spec: { ip_ip: { some_key: 1 } }, metadata: { labels: { create_only: 'yes' } } },
    createOnly: true,
  })
})

test('a secret is passed on as it is', () => {
  const content = secretText`hidden`
  expect(desiredOf(taskKinds.get('file')!.factory('a', { path: '/x', content }))).toEqual({ path: '/x', content })
  expect((desiredOf(taskKinds.get('file')!.factory('a', { path: '/x', content })) as { content: unknown }).content).toBe(content)
})

test.each([
  [{ mode: '0644' }, 0o644],
  [{ mode: '640' }, 0o640],
  [{ mode: 0o755 }, 0o755],
])('the mode %j is read as Ansible reads it', (given, mode) => {
  const { schema, factory } = taskKinds.get('file')!
  const params = { path: '/x', content: '', ...given }
  expect(mistakesOf(schema, params)).toEqual([])
  expect(desiredOf(factory('a', params))).toMatchObject({ mode })
})

test.each(['u=rw', '888', '064400'])('a mode such as %s is refused', mode => {
  expect(mistakesOf(taskKinds.get('file')!.schema, { path: '/x', content: '', mode })).toMatchObject([{ path: ['mode'] }])
})

test('what the snake_case schema refuses is told by its snake_case name', () => {
  const [mistake] = mistakesOf(snakeSchema(unitSchema), { name: 'x.service', startTimeoutSeconds: 3 })
  expect(mistake).toMatchObject({ kind: 'unknown', problem: '; did you mean "start_timeout_seconds"?' })
  expect(camelValue({ startTimeoutSeconds: 1 }, unitSchema)).toEqual({ startTimeoutSeconds: 1 })
})

describe('a command', () => {
  const { schema, factory } = taskKinds.get('command')!

  test('says how it is known to be done', () => {
    expect(mistakesOf(schema, { cmd: 'make it' })).toMatchObject([{ path: ['creates'], kind: 'missing' }])
    expect(mistakesOf(schema, { cmd: 'make it', creates: '/it' })).toEqual([])
    expect(mistakesOf(schema, { cmd: 'a', argv: ['a'], creates: '/it' })).toMatchObject([{ problem: 'must have only one of cmd, argv' }])
  })

  test.each([
    [{ cmd: 'touch /a', creates: '/a b' }, 'touch /a', "test -e '/a b'"],
    [{ argv: ['touch', 'a b'], removes: '/c' }, "touch 'a b'", '! test -e /c'],
    [{ cmd: 'x', unless: 'exit 3', only_if: 'true' }, 'x', "sh -c 'exit 3' || ! sh -c true"],
    [{ cmd: 'x', creates: '/a', chdir: '/d' }, 'cd /d || exit\nx', 'cd /d || exit\ntest -e /a'],
  ])('%j is text to run and text that asks', (params, run, done) => {
    expect(desiredOf(factory('a', params))).toMatchObject({ run, done })
  })

  test('has its environment in both texts, and shows neither that nor its folder', () => {
    const task = factory('a', { cmd: 'x', creates: '/a', undo: 'y' }, { HTTP_PROXY: 'http://p 1' })
    expect(desiredOf(task)).toEqual({
      run: "export HTTP_PROXY='http://p 1'\nx",
      done: "export HTTP_PROXY='http://p 1'\ntest -e /a",
      undo: "export HTTP_PROXY='http://p 1'\ny",
      shows: 'x',
    })
  })
})
