import { measureNode, type Sample } from './measure.js'
import type { Setting } from './setting.js'

/** The floor: one equal script a host, by ssh2 alone. */
export async function bareClient({ lab, benchFolder, hostsFile }: Setting): Promise<Sample> {
  const sample = await measureNode(lab, [`${benchFolder}/bare-client.js`, hostsFile, lab.keyFile, `${benchFolder}/probe.sh`])
  if (sample.stdout !== `${lab.hosts.length} answered\n`) throw new Error(`the bare client says: ${sample.stdout}`)
  return sample
}

/** netplay as an admin types it. */
export const netplay = ({ lab, main, workFolder }: Setting, words: readonly string[]): Promise<Sample> =>
  measureNode(lab, [main, ...words], {
    env: { ...process.env, HOME: workFolder, XDG_STATE_HOME: `${workFolder}/state`, XDG_CACHE_HOME: `${workFolder}/cache` },
  })

/** On hosts as they were before. */
export async function firstApply(setting: Setting): Promise<Sample> {
  const sample = await netplay(setting, [`${setting.benchFolder}/site.yml`, '-i', setting.inventory])
  const changed = sample.stdout.match(/ changed=16 .* failed=0 /g)?.length
  if (changed !== setting.lab.hosts.length) throw new Error(`netplay changed ${changed} hosts:\n${sample.stdout.slice(-4000)}`)
  return sample
}

/** On hosts as wanted: anything that would change is an error of the bench. */
export async function check(setting: Setting, { inventory = setting.inventory, hosts = setting.lab.hosts.length } = {}): Promise<Sample> {
  return asWanted(await netplay(setting, [`${setting.benchFolder}/site.yml`, '-i', inventory, '--check']), hosts)
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
