import type { KindWords } from './kind-docs.js'

const cluster = 'how etcd is reached: its API, endpoints, and client certificates on the host'
const ipVersion = 'where nothing else tells it; default 4'
const table = 'of iptables; default `filter`'

/** Of kinds that are the kernel's, systemd's or the cluster's. */
export const systemWords: Record<string, KindWords> = {
  systemd_unit: {
    summary:
      'A unit of systemd. A restart is a state: it is restarted when its process was started with other inputs than it would be now.',
    parameters: {
      name: 'with its suffix',
      enabled: 'at boot; default as it is',
      active: 'now; default as it is',
      inputs: 'what its process reads only when it starts: paths, `{path, secret}`, `{etcd, cluster}`; the unit file is one by itself',
      restart: '`never`: whatever its inputs; default `when-stale`',
      start_timeout_seconds: 'a unit that is not up by then is a failure; default 90',
    },
    example: `- name: Run the program
  systemd_unit:
    name: app.service
    enabled: true
    active: true
    inputs: [/etc/app.conf]`,
  },
  sysctl: {
    summary: 'A setting of the kernel, now and at every boot.',
    parameters: {
      name: 'with slashes where a part has a dot of its own',
      value: 'several numbers are separated by blanks',
      file: 'default /etc/sysctl.d/90-netplay-NAME.conf',
      feature: 'of the kernel, which brings the setting; known for net.bridge, net.netfilter and net.ipv4.vs',
    },
    example: `- name: Forward packets
  sysctl: { name: net.ipv4.ip_forward, value: 1 }`,
  },
  kernel_feature: {
    summary: 'A feature of the kernel, as a module where it is one: now and at every boot.',
    parameters: { name: 'of the module' },
    example: `- name: Bridged packets pass the firewall
  kernel_feature: { name: br_netfilter }`,
  },
  firewall_rule: {
    summary: 'A rule of iptables, now. A unit puts it back at boot (firewallUnit, in a role).',
    parameters: {
      table,
      chain: 'of the table',
      rule: 'words as behind `iptables -A CHAIN`',
      position: 'where it goes when it is missing; default `first`',
      ip_version: 'default 4',
    },
    example: `- name: Forward what pods send
  firewall_rule: { chain: FORWARD, rule: [-s, 10.244.0.0/16, -j, ACCEPT] }`,
  },
  firewall_policy: {
    summary: 'What iptables does with what no rule decides.',
    parameters: { table, chain: 'one of its own', policy: 'what becomes of the packet', ip_version: 'default 4' },
    example: `- name: Forward packets of pods
  firewall_policy: { chain: FORWARD, policy: ACCEPT }`,
  },
  route: {
    summary: 'A route of the kernel, now.',
    parameters: {
      to: 'prefix, address or `default`',
      via: 'next hop; this, `dev` or both',
      dev: 'device',
      table: 'default `main`',
      metric: "default the kernel's",
      onlink: 'the next hop is on the link though no route says so; default false',
      ip_version: ipVersion,
    },
    example: `- name: Pods of the other site
  route: { to: 10.245.0.0/16, via: 192.0.2.1 }`,
  },
  policy_rule: {
    summary: 'Which table of routes is asked for which packets, now.',
    parameters: {
      priority: '0 is looked at first; `main` is at 32766',
      from: 'prefix; default all',
      to: 'prefix; default all',
      table: 'that is asked',
      ip_version: ipVersion,
    },
    example: `- name: Traffic of pods by a table of its own
  policy_rule: { priority: 100, from: 10.244.0.0/16, table: 100 }`,
  },
  command: {
    summary: 'Anything else: a command, with what says that it is done.',
    parameters: {},
    example: `- name: Make the database
  command:
    argv: [/usr/local/bin/app, init]
    creates: /var/lib/app/db`,
  },
  etcd_key: {
    summary: 'A key in etcd, compared by meaning, written by compare-and-swap.',
    parameters: {
      cluster,
      key: 'from the root',
      value: 'JSON: blanks and the order of names do not count; this or `text`',
      text: 'compared byte by byte',
      defaults: 'what readers take for what is not written: writing it or not is no difference',
      if_different: 'a key that holds something else: `stop` (default), or `write`',
      may_change: 'with `write`: JSON pointers of all that may differ; default anything',
      different_hint: 'what to do where it stops',
    },
    example: `- name: Configuration of flannel
  etcd_key:
    cluster: { api: v3, endpoints: ['https://192.0.2.11:2379'] }
    key: /coreos.com/network/config
    value: { Network: 10.244.0.0/16, Backend: { Type: vxlan } }`,
  },
  absent_keys: {
    summary: 'No key of etcd under a prefix whose JSON has these fields: what daemons have named themselves.',
    parameters: {
      cluster,
      prefix: 'with its last slash',
      where: 'fields that the value of a key must have to be one of them',
      is_remade: 'a daemon of this host makes them again after an undo; default false',
    },
    example: `- name: Lease of the host that left
  absent_keys:
    cluster: { api: v3, endpoints: ['https://192.0.2.11:2379'] }
    prefix: /coreos.com/network/subnets/
    where: { PublicIP: 192.0.2.13 }`,
  },
  calico_resource: {
    summary: 'Fields of a resource of calico, laid over what is there, written by calicoctl on the host.',
    parameters: {
      cluster,
      calicoctl: 'its path and its configuration on the host',
      kind: 'of the resource; in small letters those of profile classic',
      name: 'of the resource',
      set: 'merge patch (RFC 7386); `null` takes a field away, and for `set` itself the resource',
      create_only: 'a resource that is there is left as it is; default false',
      must_exist: 'calico/node makes it: what is absent is waited for; default false',
      defaults: 'what the server fills in: writing it or not is no difference',
      immutable: 'JSON pointers of what must be so already where the resource is there',
      immutable_hint: 'what to do where it is not so',
    },
    example: `- name: Turn the mesh off
  calico_resource:
    cluster: { api: v3, endpoints: ['https://192.0.2.11:2379'] }
    calicoctl: { path: /usr/local/bin/calicoctl, config: /etc/calico/calicoctl.cfg }
    kind: BGPConfiguration
    name: default
    set: { spec: { nodeToNodeMeshEnabled: false } }`,
  },
}
