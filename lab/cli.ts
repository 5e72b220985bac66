import { Command, CommanderError } from 'commander'
import { NetplayError, printable } from '../src/errors.js'
import { registerKubernetes } from './commands-kubernetes.js'
import { registerLifecycle } from './commands-lifecycle.js'
import { registerParts } from './commands-parts.js'
import { registerUse } from './commands-use.js'
import { checkRoot } from './needs.js'

/** `netplay lab …`. Resolves to the exit status: the command's own for `ssh` and `exec`, else 0, or 1 with the reason on standard error. */
export async function main(argv: string[]): Promise<number> {
  const outcome = { status: 0 }
  const lab = labCommand(outcome)
  try {
    await lab.parseAsync(argv, { from: 'user' })
    return outcome.status
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    if (!(error instanceof NetplayError)) throw error
    process.stderr.write(`${printable(error.message)}\n  Next: ${printable(error.next)}\n`)
    return 1
  }
}

/** Where a subcommand leaves its exit status. */
export interface Outcome {
  status: number
}

function labCommand(outcome: Outcome): Command {
  const lab = new Command('netplay lab')
    .description('Real hosts on this machine: booted Debians in namespaces, to try netplay on and to test it')
    .exitOverride()
    .enablePositionalOptions()
    .addHelpText('after', examples)
    .hook('preAction', checkRoot)
  registerLifecycle(lab)
  registerUse(lab, outcome)
  registerParts(lab)
  registerKubernetes(lab)
  return lab
}

const examples = `
Examples:
  netplay lab up 3                                  three hosts, n1 to n3, at 198.18.0.11 to .13
  netplay lab up 4 --segments 2 --name two          n1 and n3 in one subnet, n2 and n4 in another, a router between
  netplay lab up 3 --docker=n1,n2                   docker on two of them, with FORWARD at DROP as docker leaves it
  netplay lab etcd                                  etcd with TLS on n1, client certificates on all
  mkdir group_vars && netplay lab vars > group_vars/all.yml && netplay lab ini > hosts.ini
  netplay lab exec -- npx netplay playbooks/site.yml -i hosts.ini --check --diff
                                                    the controller runs in the lab's network namespace
  netplay lab ssh n1                                a shell on a host
  netplay lab down                                  processes, mounts, namespaces and files of this lab; images stay

Hosts and images live under $NETPLAY_LAB_DIR, default /var/lib/netplay-lab.
`
