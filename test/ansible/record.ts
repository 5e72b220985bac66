import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeScratch, scratch } from '../inventory/scratch.js'
import { withoutPython } from './agreement.js'
import type { Layout } from './any-layout.js'
import { AnsibleOracle } from './oracle.js'

const file = join(import.meta.dirname, '../inventory/ansible-2.19/inventories.json')
type Case = Partial<Layout> & { name: string; files: Record<string, string>; output?: string; refused?: true }

/** `npx tsx test/ansible/record.ts`: cases written into inventories.json without an answer get Ansible's. */
async function record(): Promise<void> {
  const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[]
  const oracle = await AnsibleOracle.start()
  for (const one of cases.filter(({ output, refused }) => output === undefined && !refused)) {
    const folder = scratch(one.files)
    for (const program of one.programs ?? []) chmodSync(join(folder, program), 0o755)
    const sources = one.sources ?? ['hosts.ini']
    const answer = await oracle.inventory(folder, [...sources.flatMap(source => ['-i', source]), ...(one.args ?? ['--list'])])
    if ('output' in answer) one.output = withoutPython(answer.output)
    else one.refused = true
    process.stdout.write(`${one.name}: ${'output' in answer ? answer.output : `refused: ${answer.refused}`}\n`)
  }
  await oracle.stop()
  removeScratch()
  writeFileSync(file, `${JSON.stringify(cases, null, 2)}\n`)
}

await record()
