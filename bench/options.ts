import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** lab hosts; default 40, quick 8 */
  hosts: number
  /** alternating runs of everything that takes seconds; default 7, quick 3 */
  runs: number
  /** side by side with ansible-core (minutes); default yes, quick no */
  ansible: boolean
  /** 1,000 hosts, as 25 names a lab host; default yes, quick no */
  thousand: boolean
  /** leave the lab up at the end */
  keep: boolean
  /** netplay's compiled entry */
  main: string
  /** where Ansible's venv is kept between sittings */
  cacheFolder: string
}

/** `npm run bench -- [--quick] [--hosts N] [--runs N] [--no-ansible] [--no-thousand] [--keep] [--main FILE]` */
export function readOptions(argv: string[], projectFolder: string): BenchOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      quick: { type: 'boolean', default: false },
      hosts: { type: 'string' },
      runs: { type: 'string' },
      'no-ansible': { type: 'boolean', default: false },
      'no-thousand': { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      main: { type: 'string', default: join(projectFolder, 'dist/src/cli/main.js') },
    },
  })
  const { quick } = values
  return {
    hosts: Number(values.hosts ?? (quick ? 8 : 40)),
    runs: Number(values.runs ?? (quick ? 3 : 7)),
    ansible: !quick && !values['no-ansible'],
    thousand: !quick && !values['no-thousand'],
    keep: values.keep,
    main: resolve(values.main),
    cacheFolder: join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'netplay', 'bench'),
  }
}
