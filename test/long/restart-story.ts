import { appendFile, copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '../../lab/command.js'
import { clientPki } from '../../lab/etcd-scripts.js'
import { boundariesOn, lookAtAll, Round, spread, startsBetween, type Complaints } from './boundary-round.js'
import type { BoundaryStory } from './boundary-story.js'
import { printedOn } from '../e2e/flannel-story.js'
import type { Story } from '../e2e/story.js'
import { until } from '../e2e/until.js'

const playbook = 'renewal.yml'
type Vars = Record<string, unknown>

/**
 * On the fresh hosts of a story: flanneld runs everywhere, then its binary, unit file, certificate and key in etcd change in one run.
 * `tell` leaves the hosts as it found them.
 */
export async function openRestarts({ story, nodes }: BoundaryStory): Promise<Pick<BoundaryStory, 'boundaries' | 'tell'>> {
  const [was, is] = await writeRenewal(story)
  await story.setVars(was)
  const first = await story.play(playbook)
  if (first.code !== 0) throw new Error(first.stdout + first.stderr)
  const running = await lookAtAll(story, nodes)
  await story.setVars(is)
  const boundaries = await boundariesOn(story, playbook, nodes[0]!)
  return { boundaries, tell: told => tellRestart(new Round(story, playbook, spread(told, nodes), running), was, is) }
}

/**
 * Undo from every boundary: every byte is as before, and flanneld runs with it: started again only where the run had come to start it, and then
 * once. Then the next run after a death: flanneld is started exactly once by both.
 */
async function tellRestart(round: Round, was: Vars, is: Vars): Promise<Complaints> {
  const { story } = round
  const atFirst = await round.starts()
  const first = await round.dying('the run that dies')
  const died = await round.starts()
  await round.rollback(first)
  for (const [i, counts] of (await round.starts()).entries())
    round.expect(`${round.boundaries[i]!.point}: starts by undo`, startsBetween(died[i]!, counts), startsBetween(atFirst[i]!, died[i]!))
  await round.asBefore('after undo')
  await round.nothingLeft()
  await story.setVars(was)
  await round.nothingToDo('after undo')
  await routes(round, 'flannel.1')

  await story.setVars(is)
  const before = await round.starts()
  const second = await round.dying('the second run that dies')
  const third = await round.converge('the next run')
  round.expectStarts(before, await round.starts(), [1, 0])
  await round.nothingLeft()
  await round.nothingToDo('after it')
  await routes(round, 'host0')

  await round.rollback(third)
  await round.rollback(second)
  await round.asBefore('after both were undone')
  await story.setVars(was)
  await round.converge('the last run')
  await story.setVars(is)
  return round.complaints
}

/** The key in etcd is what chooses the device: that flanneld has read it shows in its routes. */
async function routes({ hosts, story, complaints }: Round, dev: 'flannel.1' | 'host0') {
  const devices = "ip -4 route show root 10.244.0.0/16 | sed -n 's/.* via .* dev \\([^ ]*\\).*/\\1/p' | sort -u"
  for (const host of hosts)
    await until(`routes of ${host} over ${dev} alone`, async () => (await printedOn(story, host, devices)) === dev, 15_000).catch(
      async (error: Error) => complaints.push(`${error.message}, but over ${await printedOn(story, host, devices)}`),
    )
}

/** @returns variables before and after the renewal */
async function writeRenewal(story: Story): Promise<[Vars, Vars]> {
  await story.write('roles/client-cert/role.ts', role)
  await story.write(
    playbook,
    `- hosts: n1\n  roles: [{role: etcd-seed, migrate: backend}]\n- hosts: 'nodes:!n1'\n  roles: [client-cert, flannel]\n`,
  )
  const certificate = join(story.lab.folder, 'etcd-pki/kubernetes.pem')
  const flanneld = join(story.folder, 'flanneld')
  await copyFile(story.parts.flanneld, flanneld)
  // Another digest; what is behind the end of an ELF file is not loaded.
  await appendFile(flanneld, 'renewed\n')
  return [
    { client_cert_source: certificate },
    {
      client_cert_source: await renewed(story),
      flannel_flanneld: flanneld,
      flannel_healthz_port: 10259,
      flannel_direct_routing: true,
    },
  ]
}

/** The lab's certificate made once more, by its own CA for the same key. @returns its path */
async function renewed({ lab, folder }: Story): Promise<string> {
  const path = join(folder, 'renewed.pem')
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-extfile', 'extensions', '-days', '30']
  await must(['openssl', 'x509', '-req', '-in', 'kubernetes.csr', '-out', path, ...signing], { cwd: `${lab.folder}/etcd-pki` })
  return path
}

const role = `import { certificate, defineRole } from 'netplay'

export default defineRole({
  name: 'client-cert',
  params: { type: 'object', properties: { source: { type: 'string' } }, required: ['source'], additionalProperties: false } as const,
  tasks: ({ params }) => [certificate('Renew the client certificate', { path: '${clientPki.certificate}', source: { path: params.source } })],
})
`
