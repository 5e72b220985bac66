import {
  changesNothing,
  demoFolder,
  editByHand,
  pingPods,
  prepareMachine,
  processOf,
  restartedSince,
  runNetplay,
  sameAs,
  seePlants,
  writeProject,
  type Demo,
} from './demo-actions.js'
import { labEtcd } from './etcd.js'
import { labDown, labUp, onHost } from './lab.js'
import { lookAtRest } from './look.js'
import { labParts } from './parts.js'

/** Ctrl-C, or SIGTERM. */
export class DemoStopped extends Error {}

/** The whole demo, top to bottom. @throws {LabError} with what to do */
export async function demoSteps(demo: Demo): Promise<void> {
  const step = steps(demo)
  await step('What this machine needs for the lab (apt-get; a minute when anything is missing)', () => prepareMachine(say))
  const parts = await step('flanneld and the other parts that no package has: cached, or built with Go in one to four minutes', () =>
    labParts(say),
  )
  const lab = await step('Three Debian hosts, n1 to n3; their image is built once, which takes a minute', async () => {
    await labDown(demo.name)
    return labUp({ name: demo.name, hosts: 3, say })
  })
  await step('etcd with TLS on n1, client certificates on all', () => labEtcd(lab))
  await step(`Your project: ${demoFolder(demo)} with site.yml, hosts.ini, group_vars/all.yml`, () => writeProject(lab, parts))
  const netplay = (...words: string[]) => runNetplay(demo, lab, words, say)

  await step('Would we see it if a check wrote something? A write is planted in every place that is compared', () => seePlants(lab, say))
  await step('A check: everything that would be done; nothing is written', async () => {
    const before = await lookAtRest(lab)
    await netplay(...site, '--check', '--diff')
    await sameAs(before, lab, say)
  })
  await step('The same without --check: it is done', () => netplay(...site))
  await step('A pod on each host, made by the CNI plugins that were just set up; they ping each other', () => pingPods(lab, say))
  await step('Once more: it changes nothing', () => changesNothing(demo, lab, site, say))
  await step('Somebody edits the unit file on n2 by hand and restarts flanneld', () => onHost(lab, 'n2', editByHand, { check: true }))
  await step('A check shows that line', () => netplay(...site, '--check', '--diff'))
  await step('A run puts it right, with the restart', async () => {
    const edited = await processOf(lab, 'n2', 'flannel.service')
    await netplay(...site)
    await restartedSince(edited, lab, 'n2', 'flannel.service', say)
  })
  await step('And now nothing is left to do', () => changesNothing(demo, lab, site, say))
  say('\nThat is the demo. Your own lab: npx netplay lab up 3, and npx netplay lab --help')
}

const site = ['site.yml', '-i', 'hosts.ini']

const say = (line: string) => void process.stdout.write(`${line}\n`)

/** Each step says what it is before, and is not begun once the demo was stopped. */
const steps = (demo: Demo) => {
  const started = Date.now()
  return async <T>(title: string, work: () => Promise<T>): Promise<T> => {
    if (demo.stopped) throw new DemoStopped()
    say(`\n== ${title}   (${clock(Date.now() - started)})`)
    return work()
  }
}

const clock = (ms: number) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`
