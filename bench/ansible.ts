import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../lab/command.js'
import { measureProgram, type Sample } from './measure.js'
import type { Setting } from './setting.js'

/** How many tasks a host was through, and how many of them changed it, by the recap. */
export type AnsibleSample = Sample & { ok: number; changed: number }

/** 50 forks, pipelining, connections kept between tasks: Ansible as those who know it run it. */
export async function ansible(setting: Setting, bin: string, words: readonly string[] = []): Promise<AnsibleSample> {
  const { lab, benchFolder, inventory, workFolder } = setting
  // A master connection that outlives its host hangs the next run: every run has sockets of its own. Their paths must be short.
  const sockets = await mkdtemp('/run/npb-')
  // An empty one of our own: nothing of this machine's configuration counts.
  const config = join(workFolder, 'ansible.cfg')
  await writeFile(config, '[defaults]\n')
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    HOME: workFolder,
    LC_ALL: 'C.UTF-8',
    ANSIBLE_CONFIG: config,
    ANSIBLE_FORKS: '50',
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_NOCOLOR: 'True',
    ANSIBLE_SSH_CONTROL_PATH_DIR: sockets,
    ANSIBLE_SSH_ARGS: '-C -o ControlMaster=auto -o ControlPersist=60s',
  }
  try {
    const sample = await measureProgram(lab, [`${bin}/ansible-playbook`, '-i', inventory, `${benchFolder}/ansible/site.yml`, ...words], {
      env,
    })
    return { ...sample, ...recapOf(sample.stdout, lab.hosts.length) }
  } finally {
    const masters = await readdir(sockets)
    await Promise.all(masters.map(name => run(['ssh', '-o', `ControlPath=${join(sockets, name)}`, '-O', 'exit', 'host'])))
    await rm(sockets, { recursive: true })
  }
}

/** @throws {Error} a host failed, was not reached, or had another count than the first */
function recapOf(stdout: string, hosts: number): { ok: number; changed: number } {
  const lines = [...stdout.matchAll(/^\S+ +: (ok=(\d+) +changed=(\d+) +unreachable=0 +failed=0) /gm)]
  const odd = lines.find(line => line[1] !== lines[0]![1])
  if (lines.length !== hosts || odd) throw new Error(`ansible-playbook says:\n${stdout.slice(-6000)}`)
  return { ok: Number(lines[0]![2]), changed: Number(lines[0]![3]) }
}
