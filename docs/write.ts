import { pagesWithFiles } from './included.js'
import { kindPages, writePages } from './kind-pages.js'
import { writeRolePages } from './role-pages.js'
import { schemaPages } from './schema-pages.js'

const roles = (await writeRolePages()).map(name => `roles/${name}.md`)
const changed = [...roles, ...(await writePages([...kindPages(), ...(await schemaPages()), ...(await pagesWithFiles())]))]
process.stdout.write(changed.length === 0 ? 'Every page is up to date.\n' : `Written: ${changed.map(name => `docs/${name}`).join(', ')}\n`)
