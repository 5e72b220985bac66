import { defineRole, isRole, roleBrand, variablesOf } from '../../src/playbook/role.js'

const params = (properties: Record<string, object>) => ({ type: 'object' as const, properties })

describe('defineRole', () => {
  test('marks a role so that any copy of netplay knows it', () => {
    const role = defineRole({ name: 'x', params: params({}), tasks: () => [] })
    expect(isRole(role)).toBe(true)
    expect(roleBrand).toBe(Symbol.for('netplay.role'))
    expect(isRole({ name: 'x', params: params({}), tasks: () => [] })).toBe(false)
  })

  test.each([
    [{ name: 'Web Gate' }, 'a role\'s name is lower-case letters, digits, - and _, not "Web Gate"'],
    [{ tasks: undefined }, 'role "x" has no function `tasks`'],
    [{ params: { type: 'array' } }, '`params` of role "x" must be a JSON Schema with type: \'object\''],
    [
      { params: params({ podCidr: {} }) },
      'parameter "podCidr" of role "x" is not snake_case; its variable would not be a word of Ansible\'s',
    ],
    [{ params: params({ when: {} }) }, 'parameter "when" of role "x" has the name of a key that every role\'s entry in a play has'],
  ])('refuses %j', (wrong, message) => {
    const role = { name: 'x', params: params({}), tasks: () => [], ...wrong } as never
    expect(() => defineRole<{ a: string }>(role)).toThrow(new Error(message))
  })

  test('gives a parameter the variable of its role, and the one it shares', () => {
    const role = { name: 'etcd-seed', params: params({ network: { variable: 'flannel_network' }, port: {} }) }
    expect(variablesOf(role, 'network')).toEqual(['etcd_seed_network', 'flannel_network'])
    expect(variablesOf(role, 'port')).toEqual(['etcd_seed_port'])
  })

  test('types parameters by their schema', () => {
    // Compiled by `npm run typecheck`: each line that must not compile says so.
    const role = defineRole({
      name: 'typed',
      params: {
        type: 'object',
        properties: {
          backend: { enum: ['host-gw', 'vxlan'], default: 'vxlan' },
          mtu: { type: 'integer' },
          peers: { type: 'array', items: { type: 'string' } },
          limits: { type: 'object', additionalProperties: false, properties: { files: { type: 'integer' } }, required: ['files'] },
        },
        required: ['peers'],
      },
      tasks({ params: given }) {
        const right: ['host-gw' | 'vxlan', number | undefined, string[], number | undefined] = [
          given.backend,
          given.mtu,
          given.peers,
          given.limits?.files,
        ]
        // @ts-expect-error may be undefined
        const mtu: number = given.mtu
        // @ts-expect-error no parameter
        const typo: unknown = given.bakend
        return [right, mtu, typo].slice(3) as never
      },
    })
    expect(role.tasks({ params: {} } as never)).toEqual([])
  })
})
