import { fullImageName, type EtcdCluster } from 'netplay'
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
  const { runtime } = unit
  return `[Unit]
Description=${unit.description}
After=${runtime.unit} network-online.target
Wants=network-online.target
Requires=${runtime.unit}
StartLimitIntervalSec=60
StartLimitBurst=3

[Service]
${[...startLines(unit), ...stopLines(unit)].join('\n')}
SyslogIdentifier=${unit.name}
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`
}

const startLines = (unit: ContainerUnit): string[] => [
  ...mountLines(unit),
  `ExecStartPre=-${commandOf(removeWords(unit.runtime, unit.name))}`,
  `ExecStart=${runWords(unit).map(execWord).join(' \\\n  ')}`,
]

/** What is below /run is gone after a boot: ctr then starts nothing, and docker would make a folder of the lock, which iptables cannot take. */
function mountLines({ mounts }: ContainerUnit): string[] {
  const paths = mounts.flatMap(({ from, options }) => (options === 'rw' || from === modules ? [from] : []))
  const folders = paths.filter(path => path !== lockFile)
  return [
    ...(folders.length === 0 ? [] : [`ExecStartPre=${commandOf(['/usr/bin/env', 'mkdir', '-p', ...folders])}`]),
    ...(paths.includes(lockFile) ? [`ExecStartPre=${commandOf(['/usr/bin/env', 'touch', lockFile])}`] : []),
  ]
}

/** `stop` of docker and nerdctl waits and kills after ten seconds; ctr only sends a signal, and a ctr that is killed leaves its container. */
const stopLines = ({ runtime, name }: ContainerUnit): string[] =>
  runtime.name === 'ctr'
    ? [
        `ExecStop=-${commandOf([...program(runtime), 'tasks', 'kill', '--signal', 'SIGTERM', name])}`,
        `ExecStopPost=-${commandOf(removeWords(runtime, name))}`,
        'TimeoutStopSec=10',
      ]
    : [`ExecStop=-${commandOf([...program(runtime), 'stop', name])}`]

const commandOf = (words: readonly string[]) => words.map(execWord).join(' ')

/** containerd's tools come from packages or from its own archive, into /usr/bin or /usr/local/bin. */
const program = ({ name }: Runtime) => (name === 'docker' ? ['/usr/bin/docker'] : ['/usr/bin/env', name])

/** Words that take away a container that is left of an earlier run; nothing is said where there is none. */
export const removeWords = (runtime: Runtime, name: string = containerName): string[] =>
  runtime.name === 'ctr' ? ['/bin/sh', '-c', ctrRemoval, name] : [...program(runtime), 'rm', '-f', name]

const ctrRemoval =
  'ctr containers info "$0" >/dev/null 2>&1 || exit 0; ctr tasks delete --force "$0" >/dev/null 2>&1; ctr containers delete "$0"'

function runWords({ runtime, image, name, envPath: env, mounts }: ContainerUnit): string[] {
  if (runtime.name === 'ctr')
    return [
      ...program(runtime),
      ...['run', '--rm', '--net-host', '--privileged', `--env-file=${env}`],
      ...mounts.flatMap(({ from, options }) => ['--mount', `type=bind,src=${from},dst=${from},options=rbind:${options}`]),
      ...[fullImageName(image), name],
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
  return [...own.map((from): Mount => ({ from, options: from === modules ? 'ro' : 'rw' })), ...certificateMounts(cluster)]
}

/** The folder of the certificates, not the files: a file that is replaced by rename would stay the old one in the container (networking.md 4.5). */
export function certificateMounts({ caFile, certFile, keyFile }: EtcdCluster): Mount[] {
  const folders = [caFile, certFile, keyFile].flatMap(file => (file === undefined ? [] : [folderOf(file)]))
  return [...new Set(folders)].map(from => ({ from, options: 'ro' }))
}

const modules = '/lib/modules'
const classicMounts = [modules, '/var/run/calico', '/var/log/calico']
const lockFile = '/run/xtables.lock'
const currentMounts = [modules, lockFile, '/var/run/calico', '/var/lib/calico', '/var/log/calico', '/var/run/nodeagent']

const folderOf = (file: string) => file.slice(0, file.lastIndexOf('/')) || '/'
