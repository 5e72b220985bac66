import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** STANDS IN for calicoctl v3 in tests without a lab: create, apply and delete of one resource on a real etcd, in the words that were recorded. */
export interface FakeCalicoctl {
  path: string
  config: string
  /** verbs that were run */
  calls(): Promise<string[]>
  /** a script of sh that runs before each call, with the verb as `$1`; it may exit, or sleep, in its place */
  before(script: string): Promise<void>
  remove(): Promise<void>
}

const program = (folder: string) => `#!/bin/sh
echo "$1" >>${folder}/calls
if [ -f ${folder}/before ]; then . ${folder}/before; fi
exec ${process.execPath} ${folder}/calicoctl.mjs "$@"
`

const main = `
import { existsSync, readFileSync } from 'node:fs'
const [verb, ...words] = process.argv.slice(2)
const config = words.find(word => word.startsWith('--config=')).slice('--config='.length)
const end = (text, exit) => { (exit === 0 ? process.stdout : process.stderr).write(text + '\\n'); process.exit(exit) }
if (!existsSync(config)) { process.stdout.write('Error reading config file: ' + config + '\\n'); process.exit(1) }
const [endpoint] = JSON.parse(readFileSync(config, 'utf8')).spec.etcdEndpoints.split(',')
// As etcd's gateway for JSON takes it: keys and values in base64.
const etcd = async (call, body) => (await fetch(endpoint + '/v3/kv/' + call, { method: 'POST', body: JSON.stringify(body) })).json()
const base64 = text => Buffer.from(text).toString('base64')
const resource = JSON.parse(readFileSync(0, 'utf8'))
const { kind, metadata: { name, resourceVersion, ...metadata } } = resource
const key = base64('/calico/resources/v3/projectcalico.org/' + kind.toLowerCase() + 's/' + name)
const found = (await etcd('range', { key })).kvs?.[0]
const named = kind + '(' + name + ')'
if (resource.spec?.asNumber === 13) end("failed to apply '" + kind + "' resource: [error with field ASNumber = '13' (Reason: failed to validate)]", 1)
if (verb === 'create' && found) end("failed to create '" + kind + "' resource: [resource already exists: " + named + ']', 1)
if (verb === 'delete' && !found) end("Failed to delete '" + kind + "' resource: resource does not exist: " + named + ' with error: <nil>', 1)
if (verb === 'delete') await etcd('deleterange', { key })
else {
  const value = base64(JSON.stringify({ ...resource, metadata: { name, uid: 'u', ...metadata } }))
  const compare = [{ key, target: 'MOD', mod_revision: resourceVersion ?? found?.mod_revision ?? '0' }]
  const { succeeded } = await etcd('txn', { compare, success: [{ requestPut: { key, value } }] })
  if (!succeeded) end("failed to apply '" + kind + "' resource: [update conflict: " + named + ']', 1)
}
end('Successfully ' + verb + ' 1 ' + kind + ' resource(s)', 0)
`

export async function fakeCalicoctl(endpoints: readonly string[]): Promise<FakeCalicoctl> {
  const folder = await mkdtemp(join(tmpdir(), 'np-calicoctl-'))
  const at = (name: string) => join(folder, name)
  await writeFile(at('calicoctl.mjs'), main)
  await writeFile(at('calicoctl'), program(folder))
  await chmod(at('calicoctl'), 0o755)
  await writeFile(at('calicoctl.cfg'), JSON.stringify({ spec: { etcdEndpoints: endpoints.join(',') } }))
  return {
    path: at('calicoctl'),
    config: at('calicoctl.cfg'),
    calls: async () => (await readFile(at('calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean),
    before: script => writeFile(at('before'), script),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
