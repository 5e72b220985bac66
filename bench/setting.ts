import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dynamicInventory } from '../test/ansible/dynamic-inventory.js'
import { hostsIni, type Lab } from '../lab/lab.js'

/** Everything the programs of the bench are given. */
export interface Setting {
  lab: Lab
  /** this folder, `bench/` */
  benchFolder: string
  /** netplay's compiled entry */
  main: string
  /** for inventories and whatever the programs keep; removed at the end */
  workFolder: string
  inventory: string
  /** the hosts as JSON, for the bare client */
  hostsFile: string
  /** the lab's hosts, `namesPerHost` names each */
  manyInventory: string
  /** hosts that nobody connects to */
  bigInventory: string
  /** programs that print inventories of so many hosts */
  inventoryScripts: ReadonlyMap<number, string>
}

export const namesPerHost = 25
export const bigHosts = 10_000
export const scriptHosts = [2_000, 10_000]

export async function writeSetting(
  lab: Lab,
  { benchFolder, main, workFolder }: Pick<Setting, 'benchFolder' | 'main' | 'workFolder'>,
): Promise<Setting> {
  const at = (name: string) => join(workFolder, name)
  await mkdir(workFolder, { recursive: true })
  await writeFile(at('hosts.ini'), hostsIni(lab, { vars: { ansible_python_interpreter: '/usr/bin/python3' } }))
  await writeFile(at('hosts.json'), JSON.stringify(lab.hosts.map(({ name, address }) => ({ name, address }))))
  // The same host comes again only after all others: its sshd takes ten logins at a time.
  const many = Array.from({ length: namesPerHost }, (_, i) => lab.hosts.map(host => ({ ...host, name: `${host.name}-${i + 1}` }))).flat()
  await writeFile(at('many.ini'), hostsIni({ ...lab, hosts: many }))
  await writeFile(at('big.ini'), bigInventory())
  return {
    lab,
    benchFolder,
    main,
    workFolder,
    inventory: at('hosts.ini'),
    hostsFile: at('hosts.json'),
    manyInventory: at('many.ini'),
    bigInventory: at('big.ini'),
    inventoryScripts: new Map(
      await Promise.all(scriptHosts.map(async hosts => [hosts, await inventoryScript(at(`list-${hosts}`), hosts)] as const)),
    ),
  }
}

/** What it prints lies beside it. @returns its path */
async function inventoryScript(path: string, hosts: number): Promise<string> {
  await writeFile(`${path}.json`, dynamicInventory(hosts))
  await writeFile(path, `#!/bin/sh\nexec cat "$0.json"\n`)
  await chmod(path, 0o755)
  return path
}

/** A line a host with variables of its own, and a group a rack. */
function bigInventory(): string {
  const racks = Array.from({ length: 250 }, (_, rack) =>
    [
      `[rack${rack}]`,
      ...Array.from({ length: bigHosts / 250 }, (_, i) => hostLine(rack, i)),
      '',
      `[rack${rack}:vars]`,
      `rack=${rack}`,
      '',
    ].join('\n'),
  )
  return [...racks, '[nodes:children]', ...racks.map((_, rack) => `rack${rack}`), '', '[all:vars]', 'ansible_user=root', ''].join('\n')
}

const hostLine = (rack: number, i: number) => `node-${rack}-${i} ansible_host=198.19.${rack}.${i + 1} position=${i}`
