import { defineRole, directory, file } from 'netplay'

/** A role says how things should be; netplay finds out what has to change. Its parameters are typed: `netplay lint` checks them. */
export default defineRole({
  name: 'example',
  description: 'A file that says what this host is.',
  params: {
    type: 'object',
    properties: {
      text: { type: 'string', minLength: 1, description: 'What the file says.' },
      mode: { type: 'string', enum: ['public', 'private'], default: 'public', description: 'Who may read it.' },
    },
    required: ['text'],
    additionalProperties: false,
  },
  tasks: ({ host, params }) => [
    directory('Make the folder', { path: '/etc/netplay-example' }),
    file('Say what this host is', {
      path: '/etc/netplay-example/about',
      content: `${host.name}: ${params.text}\n`,
      mode: params.mode === 'public' ? 0o644 : 0o600,
    }),
  ],
})
