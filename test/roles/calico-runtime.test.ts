import { execFileSync } from 'node:child_process'
import { ctrFiles, runtimeChecks } from '../../roles/calico/ctr-files.js'
import { execWords } from '../../roles/calico/runtime.js'
import { calicoUnit } from '../../roles/calico-node/unit.js'

const containerd = { name: 'ctr', unit: 'containerd.service' } as const
const docker = { name: 'docker', unit: 'docker.service' } as const
const cluster = { api: 'v3' as const, endpoints: ['http://198.18.0.11:2379'] }

test('no two programs in a container of ctr have one id, and their words arrive as they are', () => {
  const [shell = '', flag = '', script = '', ...rest] = execWords(containerd, 'calico-node')
  const said = () =>
    execFileSync(shell, [flag, script.replace('exec ctr', "printf '%s\\n'"), ...rest, 'birdcl', 'show $x "y"'])
      .toString()
      .trim()
      .split('\n')
  const [first, second] = [said(), said()]
  expect(first).toEqual([
    'tasks',
    'exec',
    '--exec-id',
    expect.stringMatching(/^netplay-[0-9a-f-]{36}$/),
    'calico-node',
    'birdcl',
    'show $x "y"',
  ])
  expect(first[3]).not.toBe(second[3])
})

test('through ctr an image has its whole name, and a stop leaves no container', () => {
  const lines = calicoUnit({ profile: 'current', image: 'calico/node:v3', cluster, runtime: containerd }).split('\n')
  expect(lines).toContain('  docker.io/calico/node:v3 \\')
  expect(lines).toContain('TimeoutStopSec=10')
  const removal = '-/bin/sh -c "ctr containers info \\"$$0\\" >/dev/null 2>&1 || exit 0; '
  expect(lines.find(line => line.startsWith('ExecStopPost='))).toContain(removal)
})

test.each([docker, containerd])('what is mounted from below /run is made anew before each start: $name', runtime => {
  const lines = calicoUnit({ profile: 'current', image: 'calico/node:v3', cluster, runtime }).split('\n')
  const starts = lines.filter(line => line.startsWith('ExecStartPre='))
  expect(starts.slice(0, 2)).toEqual([
    'ExecStartPre=/usr/bin/env mkdir -p /lib/modules /var/run/calico /var/lib/calico /var/log/calico /var/run/nodeagent',
    'ExecStartPre=/usr/bin/env touch /run/xtables.lock',
  ])
})

test('ctr cannot do without the files that it mounts for a host network; docker can', () => {
  const [check] = runtimeChecks(containerd)
  expect(check!.kind).toBe(ctrFiles)
  expect(runtimeChecks(docker)).toEqual([])
  const verdict = (output: string) => ctrFiles.verdict({ paths: [] }, { hosts: [], host: 'n1' } as never, { output, exit: 0 })
  expect(verdict('')).toEqual({ holds: true })
  expect(verdict('/etc/resolv.conf\n')).toMatchObject({ holds: false, reason: expect.stringContaining('/etc/resolv.conf is missing') })
})
