import { listEtcdKeys } from '../../lab/etcd-keys.js'
import { onHost } from '../../lab/lab.js'
import { labPod, onPod, removePod, listPods, type LabPod } from '../../lab/pod.js'
import { differences, liveOf, treeOf } from './host-before.js'
import type { Ran, Story } from './story.js'

/** What a script prints on a host; its failure is the test's. */
export const printedOn = async ({ lab }: Pick<Story, 'lab'>, host: string, script: string): Promise<string> =>
  (await onHost(lab, host, script, { check: true })).stdout.trim()

export const onEachHost = (story: Pick<Story, 'lab'>, script: string): Promise<string[]> =>
  Promise.all(story.lab.hosts.map(({ name }) => printedOn(story, name, script)))

/** Run a playbook with `--output json`, to its end. @throws {Error} another exit code than expected, with what was said */
export async function played(story: Story, playbook: string, flags: readonly string[] = [], code = 0): Promise<Ran> {
  const ran = await story.play(playbook, [...flags, '--output', 'json'])
  if (ran.code === code) return ran
  const told = ran.events.filter(({ type }) => ['host-refused', 'item-failed', 'host-unreachable', 'warning'].includes(type))
  throw new Error(`${playbook} ended with ${ran.code}, not ${code}\n${JSON.stringify(told, null, 1)}\n${ran.stderr}`)
}

/** Titles of the tasks that a run changed, host by host: `n1 Run flanneld`. */
export const changedBy = ({ events }: Ran): string[] =>
  events.flatMap(event => (event.type === 'item-changed' ? [`${event.host} ${event.task}`] : [])).sort()

/** What each refused host was told: message, the host's words, and what to do. */
export const refusals = ({ events }: Ran): Record<string, string> =>
  Object.fromEntries(
    events.flatMap(event =>
      event.type === 'host-refused'
        ? [[event.host, [event.error.message, event.error.words ?? '', event.error.leftAs ?? '', event.error.next].join('\n')]]
        : [],
    ),
  )

export const podsOn = ({ lab }: Pick<Story, 'lab'>, hosts: readonly string[]): Promise<LabPod[]> =>
  Promise.all(hosts.map(host => labPod(lab, host)))

export const podOnEachHost = (story: Pick<Story, 'lab'>): Promise<LabPod[]> =>
  podsOn(
    story,
    story.lab.hosts.map(({ name }) => name),
  )

export async function removePods({ lab }: Pick<Story, 'lab'>): Promise<void> {
  for (const { host, name } of await listPods(lab)) await removePod(lab, host, name)
}

/** One ping of `size` bytes payload that must not be cut up: `received`, or what ping said. */
export async function pingOnce({ lab }: Pick<Story, 'lab'>, from: LabPod, to: LabPod, size: number): Promise<string> {
  const { code, stdout, stderr } = await onPod(lab, from, `ping -n -M do -c 1 -W 2 -s ${size} ${to.address}`)
  return code === 0 ? 'received' : `${stdout}${stderr}`
}

/** Every ordered pair with packets as large as both pods take them: `n1 -> n2`, those that were not received, with ping's words. */
export async function unreachedPairs(story: Pick<Story, 'lab'>, pods: readonly LabPod[]): Promise<string[]> {
  const pairs = pods.flatMap(from => pods.filter(to => to !== from).map(to => ({ from, to })))
  const said = await Promise.all(pairs.map(({ from, to }) => pingOnce(story, from, to, Math.min(from.mtu, to.mtu) - 28)))
  return pairs.flatMap(({ from, to }, i) => (said[i] === 'received' ? [] : [`${from.host} -> ${to.host}: ${said[i]}`]))
}

/** Files of every host, what the role sets besides, and every key of etcd. */
export async function stateOf({ lab }: Pick<Story, 'lab'>) {
  const files = await Promise.all(lab.hosts.map(host => treeOf(lab, host)))
  return { files, rest: JSON.stringify([await Promise.all(lab.hosts.map(({ name }) => liveOf(lab, name))), await listEtcdKeys(lab)]) }
}

/** What differs between two of them; etcd writes its own log whoever asks it. */
export function movedSince(before: Awaited<ReturnType<typeof stateOf>>, after: Awaited<ReturnType<typeof stateOf>>): string[] {
  const moved = after.files.flatMap((files, i) => differences(before.files[i]!, files))
  const rest = before.rest === after.rest ? [] : [`~ ${before.rest} → ${after.rest}`]
  return [...moved.filter(line => !/^. var\/lib\/etcd\//.test(line)), ...rest]
}

/** As `body` does, and nothing is written anywhere meanwhile. @throws {Error} what was */
export async function nothingWritten<T>(story: Pick<Story, 'lab'>, body: () => Promise<T>): Promise<T> {
  const before = await stateOf(story)
  const result = await body()
  const moved = movedSince(before, await stateOf(story))
  if (moved.length > 0) throw new Error(moved.join('\n'))
  return result
}
