import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { labDown, labUp } from '../lab/lab.js'
import { readOptions, type BenchOptions } from './options.js'
import { writeSetting, type Setting } from './setting.js'
import { sitting } from './sitting.js'
import { isReached, tableOf, targetsText } from './table.js'

/** `npm run bench`: netplay beside a bare ssh2 client and ansible-core on lab hosts, in one sitting. Exit status 1: a number was missed. */
async function main(): Promise<number> {
  const benchFolder = dirname(fileURLToPath(import.meta.url))
  const options = readOptions(process.argv.slice(2), join(benchFolder, '..'))
  const workFolder = await mkdtemp(join(tmpdir(), 'netplay-bench-'))
  say(`${options.hosts} hosts, ${options.runs} runs, ${cpus().length} cores shared by hosts and controller`)
  try {
    const lab = await labUp({ name: 'bench', hosts: options.hosts, python: true, say })
    return await measured(await writeSetting(lab, { benchFolder, main: options.main, workFolder }), options)
  } finally {
    if (!options.keep) await labDown('bench')
    await rm(workFolder, { recursive: true })
  }
}

async function measured(setting: Setting, options: BenchOptions): Promise<number> {
  const { rows, targets } = await sitting(setting, options, say)
  process.stdout.write(`\n${tableOf(rows)}\n\n${targetsText(targets)}\n`)
  return targets.every(isReached) ? 0 : 1
}

const say = (line: string) => void process.stderr.write(`bench: ${line}\n`)

process.exitCode = await main()
