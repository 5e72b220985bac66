import { defineRole, directory, file } from 'netplay'

const folder = '/etc/netplay-bench'

/** `count` tasks: a folder and small files in it. */
export default defineRole({
  name: 'many-files',
  params: {
    type: 'object',
    properties: { count: { type: 'integer', minimum: 1, default: 5 } },
    additionalProperties: false,
  },
  tasks: ({ params }) => [
    directory('Folder', { path: folder, mode: 0o755 }),
    ...Array.from({ length: params.count - 1 }, (_, i) =>
      file(`File ${i + 1}`, { path: `${folder}/${i + 1}.conf`, mode: 0o644, content: `# of all hosts\nsetting_${i + 1} = yes\n` }),
    ),
  ],
})
