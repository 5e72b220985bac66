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

/** A container that a unit runs. Mounts are where they are on the host. */
export interface ContainerUnit {
  runtime: Runtime
  image: string
  /** of the container */
  name: string
  description: string
  /** file of its whole environment */
  envPath: string
  mounts: Mount[]
}
interface Mount {
  from: string
  options: 'ro' | 'rw'
}

/** calico.service. Source: networking.md 1.6, 2.2. */
export const calicoUnit = (input: UnitInput): string =>
  containerUnit({ ...input, name: containerName, description: 'calico-node', envPath, mounts: mountsOf(input) })

/**
 * The container in the foreground, and back whenever it ends (P24). `Requires` names the runtime that the host has: without it no container runs
 * (P26).
 */
export function containerUnit(unit: ContainerUnit): string {
  const { runtime, name } = unit
  const command = (words: readonly string[]) => words.map(execWord).join(' ')
  return `[Unit]
Description=${unit.description}
After=${runtime.unit} network-online.target
Wants=network-online.target
Requires=${runtime.unit}
StartLimitIntervalSec=60
StartLimitBurst=3

[Service]
${removeWords(runtime, name)
  .map(words => `ExecStartPre=-${command(words)}\n`)
  .join('')}ExecStart=${runWords(unit).map(execWord).join(' \\\n  ')}
ExecStop=-${command(stopWords(runtime, name))}
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`
}

const paths = { docker: '/usr/bin/docker', nerdctl: '/usr/local/bin/nerdctl', ctr: '/usr/bin/ctr' }
const program = ({ name }: Runtime) => (name === 'nerdctl' ? ['/usr/bin/env', 'nerdctl'] : [paths[name]])

/** What takes away a container that is left of an earlier run. */
export function removeWords(runtime: Runtime, name: string = containerName): string[][] {
  if (runtime.name !== 'ctr') return [[...program(runtime), 'rm', '-f', name]]
  return [
    [...program(runtime), 'tasks', 'kill', '--signal', 'SIGKILL', name],
    [...program(runtime), 'tasks', 'delete', '--force', name],
    [...program(runtime), 'containers', 'delete', name],
  ]
}

const stopWords = (runtime: Runtime, name: string) =>
  runtime.name === 'ctr' ? [...program(runtime), 'tasks', 'kill', '--signal', 'SIGTERM', name] : [...program(runtime), 'stop', name]

function runWords({ runtime, image, name, envPath: env, mounts }: ContainerUnit): string[] {
  if (runtime.name === 'ctr')
    return [
      ...program(runtime),
      ...['run', '--rm', '--net-host', '--privileged', `--env-file=${env}`],
      ...mounts.flatMap(({ from, options }) => ['--mount', `type=bind,src=${from},dst=${from},options=rbind:${options}`]),
      ...[image, name],
    ]
  return [
    ...program(runtime),
    ...['run', '--net=host', '--privileged', `--name=${name}`, `--env-file=${env}`],
    ...mounts.flatMap(({ from, options }) => ['-v', options === 'ro' ? `${from}:${from}:ro` : `${from}:${from}`]),
    image,
  ]
}

function mountsOf({ profile, cluster }: UnitInput): Mount[] {
  const own = profile === 'classic' ? classicMounts : currentMounts
  return [...own.map((from): Mount => ({ from, options: from === '/lib/modules' ? 'ro' : 'rw' })), ...certificateMounts(cluster)]
}

/** The folder of the certificates, not the files: a file that is replaced by rename would stay the old one in the container (networking.md 4.5). */
export function certificateMounts({ caFile, certFile, keyFile }: EtcdCluster): Mount[] {
  const folders = [caFile, certFile, keyFile].flatMap(file => (file === undefined ? [] : [folderOf(file)]))
  return [...new Set(folders)].map(from => ({ from, options: 'ro' }))
}

const classicMounts = ['/lib/modules', '/var/run/calico', '/var/log/calico']
const currentMounts = ['/lib/modules', '/run/xtables.lock', '/var/run/calico', '/var/lib/calico', '/var/log/calico', '/var/run/nodeagent']

const folderOf = (file: string) => file.slice(0, file.lastIndexOf('/')) || '/'
