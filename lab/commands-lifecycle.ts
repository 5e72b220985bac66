import type { Command } from 'commander'
import { LabError } from './errors.js'
import { labDown, labUp, openLab } from './lab.js'
import type { Lab, LabOptions, Segment } from './model.js'
import { checkRoot, installNeeds } from './needs.js'

/** `netplay lab up | down | status`. */
export function registerLifecycle(lab: Command): void {
  lab
    .command('up')
    .description('boot a lab, or complete one that is there')
    .argument('[hosts]', 'how many, 1 to 40', '3')
    .option('--name <lab>', 'name of the lab', 'lab')
    .option('--segments <number>', '2: two subnets with a router between them; odd hosts in one, even in the other', '1')
    .option('--docker [hosts]', 'docker on all hosts, or on those named: --docker=n1,n2')
    .option('--python', 'python3 on the hosts, for Ansible beside netplay')
    .option('--image <folder>', 'a root file system to boot instead of the one the lab builds')
    .option('--install', 'install the packages the lab needs on this machine')
    .action(up)
  lab
    .command('down')
    .description('end a lab and remove its files')
    .option('--name <lab>', 'name of the lab', 'lab')
    .option('--images', 'remove the images no lab uses, too')
    .action(async ({ name, images }: { name: string; images?: boolean }) => {
      checkRoot()
      await labDown(name, { keepImage: !images })
    })
  lab
    .command('status')
    .description('what is up')
    .option('--name <lab>', 'name of the lab', 'lab')
    .option('--json', 'as JSON: the Lab of lab/model.ts')
    .action(async ({ name, json }: { name: string; json?: boolean }) => {
      const found = await openLab(name)
      process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : formatStatus(found))
    })
}

/** What the words of `lab up` ask for. @throws {LabError} a number that is none */
export function upOptions(
  hosts: string,
  options: { name: string; segments: string; docker?: string | true; python?: boolean; image?: string },
): LabOptions {
  return {
    name: options.name,
    hosts: wholeNumber(hosts, 'hosts'),
    segments: wholeNumber(options.segments, 'segments') as Segment,
    docker: typeof options.docker === 'string' ? options.docker.split(',') : options.docker,
    python: options.python,
    image: options.image,
  }
}

/** A line a host: name, address, segment, what it has, and PID or `down`. */
export function formatStatus({ name, netns, hosts }: Lab): string {
  const lines = hosts.map(host => {
    const extras = [...(host.docker ? ['docker'] : []), ...(host.python ? ['python3'] : [])].join(' ')
    return `${host.name.padEnd(4)} ${host.address.padEnd(13)} segment ${host.segment}  ${host.pid ? `up, pid ${host.pid}` : 'down'}  ${extras}`.trimEnd()
  })
  return `lab ${name}, network namespace ${netns}\n${lines.join('\n')}\n`
}

async function up(hosts: string, options: Parameters<typeof upOptions>[1] & { install?: boolean }) {
  const wanted = upOptions(hosts, options)
  if (options.install) await installNeeds(line => void process.stderr.write(`lab: ${line}\n`))
  const lab = await labUp(wanted)
  process.stdout.write(formatStatus(lab))
}

function wholeNumber(text: string, what: string): number {
  if (!/^\d+$/.test(text)) throw new LabError(`"${text}" is no number of ${what}`, 'Say it in digits: netplay lab up 3')
  return Number(text)
}
