import { writeRolePages } from './role-pages.js'

const changed = await writeRolePages()
process.stdout.write(
  changed.length === 0 ? 'Every page is up to date.\n' : `Written: ${changed.map(name => `docs/roles/${name}.md`).join(', ')}\n`,
)
