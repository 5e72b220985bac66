import { absentKeysKind } from '../resources/absent-keys.js'
import { absentKind } from '../resources/absent.js'
import { awaitedFileKind } from '../resources/awaited-file.js'
import { binaryKind } from '../resources/binary.js'
import { caBundleKind } from '../resources/ca-bundle.js'
import { calicoResourceKind } from '../resources/calico-resource.js'
import { certificateKind } from '../resources/certificate.js'
import { containerImageKind } from '../resources/container-image.js'
import { directoryKind } from '../resources/directory.js'
import { etcdKeyKind } from '../resources/etcd-key.js'
import { fileKind } from '../resources/file.js'
import { firewallPolicyKind } from '../resources/firewall-policy.js'
import { firewallRuleKind } from '../resources/firewall-rule.js'
import { kernelFeatureKind } from '../resources/kernel-feature.js'
import { policyRuleKind } from '../resources/policy-rule.js'
import { privateKeyKind } from '../resources/private-key.js'
import type { ClusterKind, ParamsSchema, ResourceKind, Task } from '../resources/resource.js'
import { routeKind } from '../resources/route.js'
import { symlinkKind } from '../resources/symlink.js'
import { sysctlKind } from '../resources/sysctl.js'
import { systemdUnitKind } from '../resources/systemd-unit.js'
import { clusterTaskOf, taskOf } from '../resources/task.js'
import { commandTask, commandTaskSchema } from './command-task.js'
import { camelValue, snakeSchema } from './snake-schema.js'

/** A kind of resource as a task of a playbook names it. */
export interface TaskKind {
  /** `systemd_unit` */
  key: string
  /** of the parameters, names in snake_case */
  schema: ParamsSchema
  /**
   * @param params what `schema` lets through
   * @param environment of the task: for texts that it runs
   */
  factory(title: string, params: Record<string, unknown>, environment?: Readonly<Record<string, string>>): Task
}

const keyOf = ({ kind }: { kind: string }) => kind.replaceAll('-', '_')

const onHost = <D, S>(kind: ResourceKind<D, S>): TaskKind => ({
  key: keyOf(kind),
  schema: snakeSchema(kind.schema),
  factory: (title, params) => taskOf(kind)(title, camelValue(params, kind.schema) as D),
})

const onCluster = <D, S>(kind: ClusterKind<D, S>): TaskKind => ({
  key: keyOf(kind),
  schema: snakeSchema(kind.schema),
  factory: (title, params) => clusterTaskOf(kind)(title, camelValue(params, kind.schema) as D),
})

/** By the key of the task. Not among them: `held_routes`, which `hold:` of a play makes. */
export const taskKinds: ReadonlyMap<string, TaskKind> = new Map(
  [
    onHost(absentKind),
    onCluster(absentKeysKind),
    onHost(awaitedFileKind),
    onHost(binaryKind),
    onHost(caBundleKind),
    onCluster(calicoResourceKind),
    onHost(certificateKind),
    { key: 'command', schema: commandTaskSchema, factory: commandTask },
    onHost(containerImageKind),
    onHost(directoryKind),
    onCluster(etcdKeyKind),
    onHost(fileKind),
    onHost(firewallPolicyKind),
    onHost(firewallRuleKind),
    onHost(kernelFeatureKind),
    onHost(policyRuleKind),
    onHost(privateKeyKind),
    onHost(routeKind),
    onHost(symlinkKind),
    onHost(sysctlKind),
    onHost(systemdUnitKind),
  ].map(kind => [kind.key, kind]),
)
