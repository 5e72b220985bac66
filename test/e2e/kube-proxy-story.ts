import { setTimeout as delay } from 'node:timers/promises'
import { labService } from '../../lab/control-plane-service.js'
import { labControlPlane } from '../../lab/control-plane.js'
import { labKubernetesParts } from '../../lab/kubernetes-parts.js'
import { onHost } from '../../lab/lab.js'
import { onPod, type LabPod } from '../../lab/pod.js'
import { sh } from '../../src/shell.js'
import { played, podOnEachHost } from './flannel-story.js'
import { differences, liveOf, treeOf } from './host-before.js'
import { openStory, type Story } from './story.js'

export const serviceIp = '10.96.0.100'

/** Three hosts with flannel, a real kube-apiserver, a pod with a web server on each, and Service `web` before them. */
export async function openProxyStory(name: string): Promise<{ story: Story; pods: LabPod[] }> {
  const { kubeProxy } = await labKubernetesParts()
  const story = await openStory({
    name,
    backend: 'host-gw',
    vars: {
      kube_proxy_cluster_cidr: '10.244.0.0/16',
      kube_proxy_binary: kubeProxy,
      // What holds in the lab: nf_conntrack_max cannot be written inside a host.
      kube_proxy_conntrack: { max_per_core: 0, min: 0 },
    },
  })
  await labControlPlane(story.lab)
  await played(story, 'flannel-host-gw.yml')
  const pods = await podOnEachHost(story)
  await Promise.all(pods.map(pod => serveName(story, pod)))
  const endpoints = pods.map(({ address, host }) => ({ address, port: 8080, node: host }))
  await labService(story.lab, { name: 'web', clusterIp: serviceIp, port: 80, endpoints })
  return { story, pods }
}

/** A web server in the pod that says the name of its host to everybody. */
async function serveName({ lab }: Story, { host, netns }: LabPod): Promise<void> {
  const answer = sh`
    while read -r line; do [ \${#line} -gt 1 ] || break; done
    printf 'HTTP/1.0 200 OK\\r\\nContent-Length: %s\\r\\n\\r\\n%s\\n' ${host.length + 1} ${host}
    # The client closes first.
    cat >/dev/null`
  const server = sh`systemd-socket-activate --listen=8080 --accept --inetd sh -c ${String(answer)}`
  await onHost(lab, host, String(sh`systemd-run --quiet --unit=web nsenter --net=${netns} ${server}`), { check: true })
}

/** Who answers when a pod asks the Service's address again and again: host names, sorted; what is no answer is among them as curl says it. */
export async function answersOf({ lab }: Pick<Story, 'lab'>, pod: LabPod, times = 40): Promise<string[]> {
  const ask = sh`for i in $(seq ${times}); do curl -sS -m 3 ${`http://${serviceIp}/`} 2>&1 || :; done`
  return [...new Set((await onPod(lab, pod, String(ask), { check: true })).stdout.split('\n').filter(Boolean))].sort()
}

/** Rules follow the API within seconds: asked until all three hosts have answered, and nothing else. */
export async function allAnswer(story: Pick<Story, 'lab'>, pod: LabPod): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    const answers = await answersOf(story, pod)
    if (answers.join() === 'n1,n2,n3' || attempt === 5) return answers
    await delay(500)
  }
}

/** As `body` does, and no host has another file or setting afterwards; kube-apiserver and etcd write what is theirs all the time. */
export async function untouched<T>({ lab }: Pick<Story, 'lab'>, body: () => Promise<T>): Promise<T> {
  const state = () => Promise.all(lab.hosts.map(async host => ({ files: await treeOf(lab, host), live: await liveOf(lab, host.name) })))
  const before = await state()
  const result = await body()
  const after = await state()
  const moved = after.flatMap(({ files, live }, i) => [
    ...differences(before[i]!.files, files).filter(line => !/^. var\/lib\/etcd\//.test(line)),
    ...(live === before[i]!.live ? [] : [`~ ${before[i]!.live} → ${live}`]),
  ])
  if (moved.length > 0) throw new Error(moved.join('\n').slice(0, 4000))
  return result
}
