import type { EtcdCluster } from 'netplay'
import type { Runtime } from '../calico/runtime.js'
import { execWord } from '../exec-word.js'

export const containerName = 'calico-node'
export const unitName = 'calico.service'
export const envPath = '/etc/calico/calico.env'

export interface UnitInput {
  profile: 'current' | 'classic'
  runtime: Runtime
  image: string
  cluster: EtcdCluster
}

/**
 * calico.service: the container in the foreground, and back whenever it ends (P24). `Requires` names the runtime that the host has: without it no
 * container runs (P26). Source: networking.md 1.6, 2.2.
 */
export function calicoUnit(input: UnitInput): string {
  const { runtime } = input
  const command = (words: readonly string[]) => words.map(execWord).join(' ')
  return `[Unit]
Description=calico-node
After=${runtime.unit} network-online.target
Wants=network-online.target
Requires=${runtime.unit}
StartLimitIntervalSec=60
StartLimitBurst=3

[Service]
${removeWords(runtime)
  .map(words => `ExecStartPre=-${command(words)}\n`)
  .join('')}ExecStart=${runWords(input).map(execWord).join(' \\\n  ')}
ExecStop=-${command(stopWords(runtime))}
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`
}

const paths = { docker: '/usr/bin/docker', nerdctl: '/usr/local/bin/nerdctl', ctr: '/usr/bin/ctr' }
const program = ({ name }: Runtime) => (name === 'nerdctl' ? ['/usr/bin/env', 'nerdctl'] : [paths[name]])

function removeWords(runtime: Runtime): string[][] {
  if (runtime.name !== 'ctr') return [[...program(runtime), 'rm', '-f', containerName]]
  return [
    [...program(runtime), 'tasks', 'kill', '--signal', 'SIGKILL', containerName],
    [...program(runtime), 'tasks', 'delete', '--force', containerName],
    [...program(runtime), 'containers', 'delete', containerName],
  ]
}

const stopWords = (runtime: Runtime) =>
  runtime.name === 'ctr'
    ? [...program(runtime), 'tasks', 'kill', '--signal', 'SIGTERM', containerName]
    : [...program(runtime), 'stop', containerName]

function runWords(input: UnitInput): string[] {
  const { runtime, image } = input
  const mounts = mountsOf(input)
  if (runtime.name === 'ctr')
    return [
      ...program(runtime),
      ...['run', '--rm', '--net-host', '--privileged', `--env-file=${envPath}`],
      ...mounts.flatMap(({ from, options }) => ['--mount', `type=bind,src=${from},dst=${from},options=rbind:${options}`]),
      ...[image, containerName],
    ]
  return [
    ...program(runtime),
    ...['run', '--net=host', '--privileged', `--name=${containerName}`, `--env-file=${envPath}`],
    ...mounts.flatMap(({ from, options }) => ['-v', options === 'ro' ? `${from}:${from}:ro` : `${from}:${from}`]),
    image,
  ]
}

/** The folder of the certificates, not the files: a file that is replaced by rename would stay the old one in the container (networking.md 4.5). */
function mountsOf({ profile, cluster }: UnitInput) {
  const folders = [cluster.caFile, cluster.certFile, cluster.keyFile].flatMap(file => (file === undefined ? [] : [folderOf(file)]))
  const own = profile === 'classic' ? classicMounts : currentMounts
  return [
    ...own.map(from => ({ from, options: from === '/lib/modules' ? 'ro' : 'rw' })),
    ...[...new Set(folders)].map(from => ({ from, options: 'ro' })),
  ]
}

const classicMounts = ['/lib/modules', '/var/run/calico', '/var/log/calico']
const currentMounts = ['/lib/modules', '/run/xtables.lock', '/var/run/calico', '/var/lib/calico', '/var/log/calico', '/var/run/nodeagent']

const folderOf = (file: string) => file.slice(0, file.lastIndexOf('/')) || '/'
