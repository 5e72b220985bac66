// Kept in index.d.ts: a folder of roles is type-checked there without naming Node's types itself.
/// <reference types="node" preserve="true" />
/** The public API: roles import 'netplay' and nothing deeper. */
export { defineRole } from './playbook/role.js'
export type { ParamsOf, Role, RoleContext, RoleHost } from './playbook/role.js'

export { sh, joined } from './shell.js'
export type { ShellText } from './shell.js'
export { Secret } from './secret.js'
export { InputError } from './errors.js'
export { RequirementError } from './resources/errors.js'

export { check, gate } from './resources/task.js'
export type { TaskOptions } from './resources/task.js'
export type { Check, CheckKind, ParamsSchema, Seen, Task, Verdict } from './resources/resource.js'

export { absent } from './resources/absent.js'
export { awaitedFile } from './resources/awaited-file.js'
export { binary } from './resources/binary.js'
export { directory } from './resources/directory.js'
export { etcdKey } from './resources/etcd-key.js'
export { command } from './resources/command.js'
export { file } from './resources/file.js'
export { firewallPolicy } from './resources/firewall-policy.js'
export { firewallRule } from './resources/firewall-rule.js'
export { firewallUnit } from './resources/firewall-unit.js'
export { kernelFeature } from './resources/kernel-feature.js'
export { policyRule } from './resources/policy-rule.js'
export { route } from './resources/route.js'
export { symlink } from './resources/symlink.js'
export { sysctl } from './resources/sysctl.js'
export { systemdUnit } from './resources/systemd-unit.js'

export type { EtcdCluster, EtcdValue } from './etcd.js'
export type { Facts } from './facts/facts.js'
