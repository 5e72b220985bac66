import type { Layout } from './any-layout.js'

/** The shape of an inventory of kubespray: nested groups of two generations, group_vars in folders, addresses in three variables. */
export const kubespray: Layout = {
  sources: ['inventory/prod/hosts.yaml', 'inventory/prod/extra.ini'],
  args: ['--list'],
  files: {
    'inventory/prod/hosts.yaml': `all:
  hosts:
${[1, 2, 3, 4, 5].map(n => `    node${n}:\n      ansible_host: 10.10.1.${n}\n      ip: 10.10.1.${n}\n      access_ip: 10.10.1.${n}\n      etcd_member_name: etcd${n}\n`).join('')}  children:
    kube_control_plane:
      hosts:
        node1:
        node2:
    kube_node:
      hosts:
        node3:
        node4:
        node5: {node_labels: {zone: "a", "node-role.kubernetes.io/infra": ""}, node_taints: ["infra=true:NoSchedule"]}
    etcd:
      hosts:
        node1:
        node2:
        node3:
    k8s_cluster:
      vars: {cluster_name: prod.local}
      children:
        kube_control_plane:
        kube_node:
    calico_rr:
      hosts: {}
`,
    'inventory/prod/extra.ini': `bastion ansible_host=203.0.113.7 ansible_user=ops

[bastion_hosts]
bastion

[k8s-cluster:children]
kube-node

[kube-node:children]
kube_node
`,
    'inventory/prod/group_vars/all/all.yml':
      '---\nbin_dir: /usr/local/bin\nloadbalancer_apiserver_port: 6443\nno_proxy_exclude_workers: false\nntp_servers:\n  - "0.pool.ntp.org iburst"\n  - "1.pool.ntp.org iburst"\n',
    'inventory/prod/group_vars/all/docker.yml':
      'docker_storage_options: -s overlay2\ndocker_log_opts: "--log-opt max-size=50m --log-opt max-file=5"\nbin_dir: /opt/bin\n',
    'inventory/prod/group_vars/all/.swp': 'broken: [',
    'inventory/prod/group_vars/etcd.yml': '# etcd_heartbeat_interval: "250"\netcd_deployment_type: host\n',
    'inventory/prod/group_vars/k8s_cluster/k8s-cluster.yml':
      'kube_version: 1.33.1\nkube_network_plugin: calico\nkube_service_addresses: 10.233.0.0/18\nkube_pods_subnet: 10.233.64.0/18\nkube_network_node_prefix: 24\nkube_encrypt_secret_data: no\ncluster_name: cluster.local\ndns_servers: ["{{ groups[\'etcd\'][0] }}"]\n',
    'inventory/prod/group_vars/k8s_cluster/k8s-net-calico.yml':
      'calico_mtu: 1440\npeer_with_router: false\ncalico_pool_blocksize: 26\ncalico_node_extra_envs:\n  FELIX_DEVICEROUTESOURCEADDRESS: 172.17.0.1\n',
    'inventory/prod/group_vars/k8s_cluster/addons/metallb.yml': 'metallb_enabled: on\nmetallb_ip_range:\n  - "10.5.0.50-10.5.0.99"\n',
    'inventory/prod/host_vars/node5.yaml': 'kubelet_max_pods: 0200\ncalico_mtu: 8940\n',
    'inventory/prod/host_vars/node3/main.yml': 'disk: {sda: [1, 2], sdb: ~}\n',
  },
}
