import { found, type Cause, type Evidence } from '../cause.js'
import { imageEvidence, isReflectorImage, type CalicoNode } from '../calico-view.js'
import { dockerRunOf } from '../docker-run.js'
import { evidenceOf, settingOf } from '../flags.js'
import { quoted } from '../text-file.js'
import { saidIn, type EnvEntry, type Unit } from '../unit.js'
import { valueOf } from '../unit-text.js'
import type { HostView } from '../view.js'

/** Variables of the unit's env file that nothing in the unit refers to: docker's client gets them, the container does not. */
function unpassed({ unit, run }: CalicoNode): EnvEntry[] {
  const commands = unit.directives
    .filter(({ key }) => key.startsWith('Exec'))
    .map(valueOf)
    .join('\n')
  const isReferred = (key: string) => new RegExp(`\\$\\{?${key}\\b`).test(commands) || run.passed.has(key)
  return unit.env.filter(({ key, isFromFile }) => isFromFile && !isReferred(key))
}

/** Names that calico/node reads, with or without CALICO_ before them. Source: networking.md 1.10, 2.2. */
const isCalicos = /^(CALICO_|FELIX_|IP6?$|IP_AUTODETECTION_METHOD$|AS$|NODENAME$|NO_DEFAULT_POOLS$|CLUSTER_TYPE$)/

export const envNotPassed: Cause = {
  id: 'P19',
  title: 'A variable of calico.env is never passed to the container (CALICO_AS)',
  looksAt: "the unit's EnvironmentFile against the variables that its commands refer to, --env-file included",
  role: 'calico-node',
  of: 'host',
  detect: ({ calico }) => {
    const node = calico?.node
    const lost = node === undefined ? [] : unpassed(node).filter(({ key }) => isCalicos.test(key) && !key.includes('ETCD_'))
    if (lost.length === 0) return undefined
    return found(
      `${lost.map(({ key }) => key).join(', ')} in ${lost[0]!.at.file} ${lost.length === 1 ? 'has' : 'have'} no effect: ${node!.unit.name} never passes ${lost.length === 1 ? 'it' : 'them'} to the container`,
      [...lost.map(entry => evidenceOf(settingOf(entry))), imageEvidence(node!)],
      'Pass it with -e NAME=${VARIABLE}, or all of them with --env-file.',
    )
  },
}

export const envMisspelt: Cause = {
  id: 'P20',
  title: 'An etcd file is named in calico.env, and the container reads another name (ETCD_CA_FILE for ETCD_CA_CERT_FILE)',
  looksAt: 'the same, for variables of etcd',
  role: 'calico-node',
  of: 'host',
  detect: ({ calico }) => {
    const node = calico?.node
    const lost = node === undefined ? [] : unpassed(node).filter(({ key }) => key.includes('ETCD_'))
    if (lost.length === 0) return undefined
    const used = ['ETCD_CA_CERT_FILE', 'ETCD_CERT_FILE', 'ETCD_KEY_FILE'].flatMap(key => node!.run.env.get(key) ?? [])
    return found(
      `${lost.map(({ key }) => key).join(', ')} in ${lost[0]!.at.file} ${lost.length === 1 ? 'is' : 'are'} not what the container reads: after certificates have moved it goes on with the old ones`,
      [...lost, ...used.filter(({ at }) => at.file !== lost[0]!.at.file)].map(each => evidenceOf('key' in each ? settingOf(each) : each)),
      'One spelling, the one that the container reads, and the unit takes it from the file.',
    )
  },
}

export const calicoNoRestart: Cause = {
  id: 'P24',
  title: 'calico.service is not restarted when it ends',
  looksAt: 'Restart= of the unit that runs calico/node, as systemd has it',
  role: 'calico-node',
  of: 'host',
  detect: ({ calico }) => {
    const unit = calico?.node?.unit
    if (unit === undefined || (unit.properties['Restart'] ?? '') !== 'no') return undefined
    return found(
      `${unit.name} has no Restart=: after a crash or a docker rm this host gets no routes and no policy any more`,
      [saidIn(unit, 'Service', 'Restart') ?? { text: 'Restart=no', where: `systemctl show ${unit.name}` }],
      'Restart=always (or on-failure), RestartSec, and a StartLimit.',
    )
  },
}

export const looseReflector: Cause = {
  id: 'P25',
  title: 'A route reflector runs without a unit or a restart policy, or is the only one',
  looksAt: 'containers of a route reflector image, their restart policy, and units that run them',
  role: 'route-reflector',
  of: 'host',
  detect: ({ snapshot, units }) => {
    const runs = units.flatMap(unit => {
      const run = unit.isUsed ? dockerRunOf(unit, snapshot.texts) : undefined
      return run !== undefined && isReflectorImage(run.image) ? [{ unit, run }] : []
    })
    const loose = (snapshot.containers ?? []).filter(
      ({ image, name, restart }) => isReflectorImage(image) && ['', 'no'].includes(restart) && !runs.some(({ run }) => run.name === name),
    )
    const frail = runs.find(({ unit }) => unit.properties['Restart'] === 'no')
    if (loose.length > 0)
      return found(
        `The route reflector in container ${loose[0]!.name} has no unit and no restart policy: after a reboot of this host nobody reflects`,
        loose.map(({ image, restart, asks }) => ({ text: `${image} RestartPolicy ${restart || 'no'}`, where: asks.inspect })),
        'Run it by a unit with Restart=always, and have two of them on hosts that do not fail together.',
      )
    if (frail === undefined) return undefined
    return found(
      `${frail.unit.name} runs a route reflector and is not restarted when it ends`,
      [{ text: 'Restart=no', where: `systemctl show ${frail.unit.name}` }],
      'Restart=always with RestartSec=5.',
    )
  },
}

export const bindsRuntime: Cause = {
  id: 'P26',
  title: 'A unit is bound to docker: its restart restarts every container, or it requires a unit that is not there',
  looksAt: 'RequiredBy= and Requires= of the units of flanneld, calico/node and kube-proxy',
  role: 'flannel',
  task: 'Write flannel.service',
  of: 'host',
  detect: host => {
    const flannel = host.flannel?.unit
    const isBound = flannel !== undefined && (flannel.properties['RequiredBy'] ?? '').split(' ').includes('docker.service')
    const said = flannel === undefined ? undefined : saidIn(flannel, 'Install', 'RequiredBy', /docker\.service/)
    if (flannel !== undefined && (isBound || said !== undefined))
      return found(
        `docker.service requires ${flannel.name}: when flanneld is stopped or restarted, so are docker and all containers`,
        [said ?? { text: 'RequiredBy=docker.service', where: `systemctl show ${flannel.name}` }],
        'Order with Before=; never RequiredBy. Afterwards: systemctl disable and enable the unit, which takes the link away.',
      )
    const [unit, absent, evidence] = requiresAbsent(host) ?? []
    if (unit === undefined) return undefined
    return found(
      `${unit.name} requires ${absent}, which this host does not have: it cannot start`,
      [evidence!, { text: 'LoadState=not-found', where: `systemctl show ${absent}` }],
      'Require only the runtime that is there; After= and Wants= do for the order.',
      unit === flannel ? 'flannel' : unit === host.calico?.node?.unit ? 'calico-node' : 'kube-proxy',
    )
  },
}

function requiresAbsent({ flannel, calico, kubeProxy, snapshot }: HostView): [Unit, string, Evidence] | undefined {
  const absent = [...snapshot.units].filter(([, properties]) => properties['LoadState'] === 'not-found').map(([name]) => name)
  for (const unit of [flannel?.unit, calico?.node?.unit, kubeProxy?.unit].flatMap(each => each ?? []))
    for (const directive of unit.directives) {
      if (directive.section !== 'Unit' || !['Requires', 'BindsTo', 'Requisite'].includes(directive.key)) continue
      const name = valueOf(directive)
        .split(/\s+/)
        .find(word => absent.includes(word))
      if (name !== undefined) return [unit, name, quoted(`${directive.key}=${valueOf(directive)}`, directive.pieces[0]!.at)]
    }
  return undefined
}

export const libnetwork: Cause = {
  id: 'P37',
  title: "docker's libnetwork plugin of calico is on, on a Kubernetes host",
  looksAt: 'CALICO_LIBNETWORK_ENABLED of the container, and its mount of /run/docker/plugins',
  role: 'calico-node',
  of: 'host',
  detect: ({ calico, kubelet, confs }) => {
    const run = calico?.node?.run
    if (run === undefined || (kubelet === undefined && confs.length === 0)) return undefined
    const enabled = run.env.get('CALICO_LIBNETWORK_ENABLED')
    const mount = run.volumes.find(({ value }) => value.startsWith('/run/docker/plugins'))
    const on = enabled?.value === 'true' ? enabled : undefined
    if (on === undefined && mount === undefined) return undefined
    return found(
      "calico's libnetwork plugin is on though pods get their network by CNI: docker waits for a plugin socket that serves nobody",
      [on, mount].flatMap(each => (each === undefined ? [] : [evidenceOf(each)])),
      'CALICO_LIBNETWORK_ENABLED=false, and no mount of /run/docker/plugins; both are gone in calico v3.',
    )
  },
}
