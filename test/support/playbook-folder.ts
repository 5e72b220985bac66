import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { loadInventory } from '../../src/inventory/load.js'
import { loadPlaybook } from '../../src/playbook/load.js'
import type { Playbook } from '../../src/playbook/model.js'
import type { OpenVault } from '../../src/vaulted.js'

/** A role of an admin's own, as he would write it. */
export const webRole = `import { defineRole, file } from 'netplay'

export default defineRole({
  name: 'web',
  params: {
    type: 'object',
    properties: {
      backend: { type: 'string', enum: ['host-gw', 'vxlan'], default: 'vxlan' },
      port: { type: 'integer', minimum: 1, default: 80 },
      tls: { type: 'boolean', default: false },
      network: { type: 'string', format: 'cidr', default: '10.244.0.0/16' },
      endpoints: { type: 'array', items: { type: 'string' }, variable: 'etcd_endpoints' },
      limits: { type: 'object', additionalProperties: false, properties: { files: { type: 'integer' } } },
    },
  },
  parts: ['announce', 'withdraw'],
  tasks: ({ params, part }) => [
    file('Write the configuration', { path: '/etc/web.conf', content: JSON.stringify({ ...params, part }) }, { tags: ['config'] }),
  ],
})
`

process.env.XDG_CACHE_HOME = mkdtempSync(join(tmpdir(), 'netplay-cache-'))
afterAll(() => rmSync(process.env.XDG_CACHE_HOME!, { recursive: true, force: true }))

/** Runs in a folder of its own that holds these files; it is the working folder meanwhile. */
export async function inFolder<T>(files: Record<string, string>, run: (dir: string) => Promise<T>): Promise<T> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'netplay-playbook-')))
  const before = process.cwd()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  process.chdir(dir)
  try {
    return await run(dir)
  } finally {
    process.chdir(before)
    rmSync(dir, { recursive: true, force: true })
  }
}

const hosts = `[web]\nn[1:3]\n\n[db]\nd1\n`

/** site.yml of a folder, loaded with role `web` and hosts n1 n2 n3 (group web) and d1 (group db). */
export const loadSite = async (
  site: string,
  {
    files = {},
    extraVars = [],
    limit,
    hold = true,
    openVault,
  }: { files?: Record<string, string>; extraVars?: string[]; limit?: string; hold?: boolean; openVault?: OpenVault } = {},
): Promise<Playbook> =>
  inFolder({ 'site.yml': site, 'hosts.ini': hosts, 'roles/web/role.ts': webRole, ...files }, async () => {
    const inventory = await loadInventory(['hosts.ini'], { playbookDir: '.', openVault })
    return loadPlaybook(['site.yml'], inventory, {
      extraVars: await parseExtraVars(extraVars),
      hold,
      openVault,
      ...(limit === undefined ? {} : { limit }),
    })
  })

/** The message of what `loadSite` throws; a load that succeeds is a failure of the test. */
export async function mistake(...loading: Parameters<typeof loadSite>): Promise<string> {
  try {
    await loadSite(...loading)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the playbook was accepted')
}
