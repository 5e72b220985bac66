import { InvalidArgumentError, type Command } from 'commander'
import type { Outcome } from './cli.js'
import { openEtcd } from './etcd.js'
import { flannelVars } from './flannel-vars.js'
import { hostsIni, labUsers, type LabUser } from './ini.js'
import { onTerminalInNetns, openLab, sshArgv, type Lab } from './lab.js'
import { checkRoot } from './needs.js'
import { labParts } from './parts.js'

/** `netplay lab ssh | exec | ini | vars`. */
export function registerUse(lab: Command, outcome: Outcome): void {
  lab
    .command('ssh')
    .description('a shell on a host, or a command there; strict host keys')
    .argument('<host>', 'n1, n2, …')
    .argument('[command...]', 'handed to the host’s shell')
    .option('--name <lab>', 'name of the lab', 'lab')
    .option('--user <user>', labUsers.join(', '), knownUser, 'root')
    .passThroughOptions()
    .action(async (host: string, command: string[], { name, user }: { name: string; user: LabUser }) => {
      checkRoot()
      const found = await openLab(name)
      outcome.status = await onTerminalInNetns(found, sshArgv(found, host, command, user))
    })
  lab
    .command('exec')
    .description('run a program of this machine in the lab’s network namespace')
    .argument('<program...>', 'put -- before it')
    .option('--name <lab>', 'name of the lab', 'lab')
    .passThroughOptions()
    .action(async (program: string[], { name }: { name: string }) => {
      checkRoot()
      outcome.status = await onTerminalInNetns(await openLab(name), program)
    })
  lab
    .command('ini')
    .description('an inventory of the lab, with the groups that the shipped playbooks name: nodes, and etcd')
    .option('--name <lab>', 'name of the lab', 'lab')
    .option('--user <user>', `who logs in: ${labUsers.join(', ')}`, knownUser, 'root')
    .action(async ({ name, user }: { name: string; user: LabUser }) => {
      const found = await openLab(name)
      process.stdout.write(hostsIni(found, { user, groups: await groupsOf(found) }))
    })
  lab
    .command('vars')
    .description('variables for the role flannel on a lab: a pod network, and where the parts are; for group_vars/all.yml')
    .action(async () => {
      process.stdout.write(flannelVars(await labParts()))
    })
}

/** Where there is no etcd yet, its first host would have it. */
async function groupsOf(lab: Lab) {
  const names = lab.hosts.map(({ name }) => name)
  const { members } = await openEtcd(lab).catch(() => ({ members: names.slice(0, 1) }))
  return { nodes: names, etcd: members }
}

function knownUser(name: string): LabUser {
  const found = labUsers.find(user => user === name)
  if (!found) throw new InvalidArgumentError(`The users are ${labUsers.join(', ')}.`)
  return found
}
