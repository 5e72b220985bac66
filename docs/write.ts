import { kindPages, writePages } from './kind-pages.js'
import { writeRolePages } from './role-pages.js'

const changed = [...(await writeRolePages()).map(name => `roles/${name}.md`), ...(await writePages(kindPages()))]
process.stdout.write(changed.length === 0 ? 'Every page is up to date.\n' : `Written: ${changed.map(name => `docs/${name}`).join(', ')}\n`)
