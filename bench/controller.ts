import type { Sample } from './measure.js'
import { netplay } from './programs.js'
import { bigHosts, type Setting } from './setting.js'

export const version = (setting: Setting): Promise<Sample> => netplay(setting, ['--version'])

export const syntaxCheck = (setting: Setting): Promise<Sample> => {
  const project = `${setting.benchFolder}/..`
  return netplay(setting, [`${project}/playbooks/site.yml`, '-i', `${project}/inventory/hosts.ini`, '--syntax-check'])
}

export async function listHosts(setting: Setting): Promise<Sample> {
  const sample = await netplay(setting, [`${setting.benchFolder}/site.yml`, '-i', setting.bigInventory, '--list-hosts'])
  if (!sample.stdout.includes(`hosts (${bigHosts}):`)) throw new Error(`netplay says:\n${sample.stdout.slice(0, 500)}`)
  return sample
}

/** What a program prints, read and printed again. */
export const listScript =
  (hosts: number) =>
  async (setting: Setting): Promise<Sample> => {
    const sample = await netplay(setting, ['inventory', '-i', setting.inventoryScripts.get(hosts)!, '--list'])
    const last = `node${String(hosts - 1).padStart(5, '0')}.example.com`
    if (!sample.stdout.includes(last)) throw new Error(`netplay says:\n${sample.stdout.slice(0, 500)}`)
    return sample
  }
