import { binary, directory, file, type EtcdCluster, type Task } from 'netplay'
import { sourceOf, type Source } from '../source.js'

export const configPath = '/etc/calico/calicoctl.cfg'

/**
 * calicoctl.cfg as YAML that is JSON: nothing to indent (P08). Every setting is written: with no endpoints calicoctl would silently mean another
 * datastore. Source: networking.md 1.8, 2.3; P39.
 */
export function calicoctlConfig({ api, endpoints, caFile, certFile, keyFile }: EtcdCluster): string {
  const files = caFile === undefined ? {} : { etcdKeyFile: keyFile, etcdCertFile: certFile, etcdCACertFile: caFile }
  const etcdEndpoints = endpoints.join(',')
  const config =
    api === 'v3'
      ? {
          apiVersion: 'projectcalico.org/v3',
          kind: 'CalicoAPIConfig',
          metadata: {},
          spec: { datastoreType: 'etcdv3', etcdEndpoints, ...files },
        }
      : { apiVersion: 'v1', kind: 'calicoApiConfig', metadata: {}, spec: { datastoreType: 'etcdv2', etcdEndpoints, ...files } }
  return `${JSON.stringify(config, null, 2)}\n`
}

export interface CalicoctlParams {
  calicoctl?: Source
  calicoctl_path: string
}

/** What every write to calico's resources needs on its host. */
export const calicoctlTasks = ({ calicoctl, calicoctl_path: path }: CalicoctlParams, cluster: EtcdCluster): Task[] => [
  ...(calicoctl === undefined ? [] : [binary('Install calicoctl', { path, ...sourceOf(calicoctl) })]),
  directory('Folder of calico', { path: '/etc/calico', mode: 0o755, parents: true }),
  file('Write calicoctl.cfg', { path: configPath, content: calicoctlConfig(cluster), mode: 0o644 }),
]

/** How `calicoResource` calls it. */
export const calicoctlOf = ({ calicoctl_path }: Pick<CalicoctlParams, 'calicoctl_path'>) => ({ path: calicoctl_path, config: configPath })
