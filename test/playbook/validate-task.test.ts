import type { Task } from '../../src/resources/resource.js'
import { check, gate } from '../../src/resources/task.js'
import { validateTask } from '../../src/playbook/validate-task.js'
import { Secret } from '../../src/secret.js'
import { file } from '../../src/resources/file.js'

const task = (schema: Record<string, unknown>, desired: unknown) =>
  ({
    type: 'resource',
    title: 'Do it',
    kind: { kind: 'thing', schema },
    desired,
    tags: [],
    origin: { file: 'roles/x/role.ts', line: 7, column: 5 },
  }) as unknown as Task

const object = (properties: Record<string, unknown>, rest: Record<string, unknown> = {}) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...rest,
})
const contentOrSource = { oneOf: [{ required: ['content'] }, { required: ['source'] }] }
const eitherForm = { anyOf: [{ type: 'string' }, object({ path: { type: 'string' } }, { required: ['path'] })] }

const mistakes: { what: string; schema: Record<string, unknown>; desired: unknown; message: string }[] = [
  {
    what: 'a misspelt parameter',
    schema: object({ path: {} }),
    desired: { paht: 1 },
    message: 'thing "Do it" has no parameter "paht"; did you mean "path"?',
  },
  {
    what: 'a misspelt and so missing parameter',
    schema: object({ path: {} }, { required: ['path'] }),
    desired: { paht: 1 },
    message: 'thing "Do it" has no parameter "paht"; did you mean "path"?',
  },
  {
    what: 'a missing parameter',
    schema: object({ path: {} }, { required: ['path'] }),
    desired: {},
    message: 'thing "Do it" needs the parameter "path"',
  },
  {
    what: 'text for a number',
    schema: object({ mode: { type: 'integer' } }),
    desired: { mode: '0644' },
    message: 'parameter "mode" of thing "Do it" must be an integer, not text',
  },
  {
    what: 'neither of two',
    schema: object({ content: {}, source: {} }, contentOrSource),
    desired: {},
    message: 'parameters of thing "Do it": must have one of content, source',
  },
  {
    what: 'both of two',
    schema: object({ content: {}, source: {} }, contentOrSource),
    desired: { content: 1, source: 1 },
    message: 'parameters of thing "Do it": must have only one of content, source',
  },
  {
    what: 'none of the forms',
    schema: object({ input: eitherForm }),
    desired: { input: 7 },
    message: 'parameter "input" of thing "Do it" must be text or a mapping, not a number',
  },
  {
    what: 'a fault inside a form',
    schema: object({ input: eitherForm }),
    desired: { input: { path: 7 } },
    message: 'parameter "input.path" of thing "Do it" must be text, not a number',
  },
  {
    what: 'a misspelt key inside a form',
    schema: object({ inputs: { type: 'array', items: eitherForm } }),
    desired: { inputs: ['a', { paht: 'x' }] },
    message: 'thing "Do it" has no parameter "inputs.1.paht"; did you mean "path"?',
  },
]

describe('parameters of a task', () => {
  test.each(mistakes)('$what is told with the position of the call', ({ schema, desired, message }) => {
    expect(() => validateTask(task(schema, desired))).toThrow(new Error(`roles/x/role.ts:7:5: ${message}`))
  })

  test('that are right are left as they are, defaults too', () => {
    const desired = { path: '/x' }
    validateTask(task(object({ path: { type: 'string' }, mode: { type: 'integer', default: 420 } }), desired))
    expect(desired).toEqual({ path: '/x' })
  })

  test('may hold a secret, and never show one', () => {
    expect(() => validateTask(file('x', { path: '/x', content: new Secret('hunter2') }))).not.toThrow()
    const wrong = () => validateTask(task(object({ name: { type: 'integer' } }), { name: 'hunter2' }))
    expect(wrong).toThrow(/must be an integer/)
    expect(wrong).not.toThrow(/hunter2/)
  })

  test('of a real kind are looked at as well', () => {
    const wrong = file('Write it', { path: 'etc/x', content: 'x', mode: '0644' as never })
    expect(() => validateTask(wrong)).toThrow(/validate-task\.test\.ts:\d+:\d+: parameter "(path|mode)" of file "Write it" must/)
  })

  test('do not exist for a gate', () => {
    const always = check('It holds', { kind: 'always', scope: 'host', verdict: () => ({ holds: true }) } as const, {})
    expect(() => validateTask(gate(always))).not.toThrow()
  })
})
