import { defineRole, secretText, type Secret } from 'netplay'

test('`secret: true` makes a parameter a Secret in TypeScript too, at any depth', () => {
  const role = defineRole({
    name: 'db',
    params: {
      type: 'object',
      required: ['password'],
      properties: {
        password: { type: 'string', secret: true },
        users: {
          type: 'array',
          items: { type: 'object', properties: { name: { type: 'string' }, key: { type: 'string', secret: true } } },
        },
      },
    },
    tasks: ({ params }) => {
      const password: Secret = params.password
      const key: Secret | undefined = params.users?.[0]?.key
      const name: string | undefined = params.users?.[0]?.name
      // @ts-expect-error a Secret is no text
      const text: string = params.password
      return [secretText`${password}${key ?? ''}${name ?? ''}${text}`].slice(1) as never[]
    },
  })
  expect(role.name).toBe('db')
})
