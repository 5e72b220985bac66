import { measureNode, type Sample } from './measure.js'
import type { Setting } from './setting.js'

/** The floor: one script a host, by ssh2 alone. */
export async function bareClient({ lab, benchFolder, hostsFile }: Setting, scriptFile: string): Promise<Sample> {
  const sample = await measureNode(lab, [`${benchFolder}/bare-client.js`, hostsFile, lab.keyFile, scriptFile])
  if (sample.stdout !== `${lab.hosts.length} answered\n`) throw new Error(`the bare client says: ${sample.stdout}`)
  return sample
}

/** netplay as an admin types it. */
export const netplay = ({ lab, main, workFolder }: Setting, words: readonly string[], { preload, env }: Watched = {}): Promise<Sample> =>
  measureNode(lab, [...(preload === undefined ? [] : ['--import', preload]), main, ...words], {
    env: { ...process.env, HOME: workFolder, XDG_STATE_HOME: `${workFolder}/state`, XDG_CACHE_HOME: `${workFolder}/cache`, ...env },
  })

/** A run that is looked into. */
interface Watched {
  /** URL of a module */
  preload?: string
  env?: NodeJS.ProcessEnv
}

/** On hosts as they were before. */
export async function firstApply(setting: Setting): Promise<Sample> {
  const sample = await netplay(setting, [`${setting.benchFolder}/site.yml`, '-i', setting.inventory])
  const changed = sample.stdout.match(/ changed=16 .* failed=0 /g)?.length
  if (changed !== setting.lab.hosts.length) throw new Error(`netplay changed ${changed} hosts:\n${sample.stdout.slice(-4000)}`)
  return sample
}

/** On hosts as wanted: anything that would change is an error of the bench. */
export async function check(setting: Setting, options: Watched & { inventory?: string; hosts?: number } = {}): Promise<Sample> {
  const { inventory = setting.inventory, hosts = setting.lab.hosts.length } = options
  return asWanted(await netplay(setting, [`${setting.benchFolder}/site.yml`, '-i', inventory, '--check'], options), hosts)
}

const manyFiles = ({ benchFolder, inventory }: Setting, count: number) => [
  `${benchFolder}/many-files.yml`,
  '-i',
  inventory,
  '-e',
  `many_files_count=${count}`,
]

export const applyManyFiles = (setting: Setting, count: number): Promise<Sample> => netplay(setting, manyFiles(setting, count))

export const checkManyFiles = async (setting: Setting, count: number): Promise<Sample> =>
  asWanted(await netplay(setting, [...manyFiles(setting, count), '--check']), setting.lab.hosts.length)

function asWanted(sample: Sample, hosts: number): Sample {
  if (!sample.stdout.includes(`No changes. ${hosts} hosts are as wanted.`)) throw new Error(`netplay says:\n${sample.stdout.slice(-4000)}`)
  return sample
}
