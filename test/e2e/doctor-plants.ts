import { onHost, type Lab } from '../../lab/lab.js'

/** One pitfall, put on a host (or through it into etcd) as an admin's slip would, and taken back. Both are shell text. */
export interface Plant {
  id: string
  what: string
  host: 'n1' | 'n2'
  plant: string
  restore: string
  /** what the cause and its evidence say, as far as it depends on the slip */
  says: RegExp
}

/** Shell functions of the texts: files are kept and put back byte for byte, etcd is spoken to in both APIs. */
const prelude = `set -eu
kept() { echo "/root/kept$(echo "$1" | tr / _)"; }
keep() { cp -a "$1" "$(kept "$1")"; }
back() { mv -f "$(kept "$1")" "$1"; }
unit() { keep "/etc/systemd/system/$1"; sed -i -e "$2" "/etc/systemd/system/$1"; systemctl daemon-reload; }
unback() { back "/etc/systemd/system/$1"; systemctl daemon-reload; }
bridge() { . /run/flannel/subnet.env; ip link add cni0 type bridge 2>/dev/null || :; ip addr replace $FLANNEL_SUBNET dev cni0; }
pki=/etc/kubernetes/ssl
all=https://198.18.0.11:2379,https://198.18.0.12:2379,https://198.18.0.13:2379
e3() { ETCDCTL_API=3 etcdctl --endpoints $all --cacert $pki/ca.pem --cert $pki/kubernetes.pem --key $pki/kubernetes-key.pem "$@" >/dev/null; }
e2() { ETCDCTL_API=2 etcdctl --endpoints $all --ca-file $pki/ca.pem --cert-file $pki/kubernetes.pem --key-file $pki/kubernetes-key.pem "$@" >/dev/null; }
conf=/etc/cni/net.d/10-flannel.conflist
key=/coreos.com/network/config
good='{"Network":"10.244.0.0/16","SubnetLen":24,"Backend":{"Type":"host-gw"}}'
`

export const planted = (lab: Lab, host: string, script: string) => onHost(lab, host, prelude + script, { check: true })

const inUnit = (id: string, what: string, says: RegExp, edit: string, host: Plant['host'] = 'n2', unit = 'flannel.service'): Plant => ({
  id,
  what,
  host,
  says,
  plant: `unit ${unit} '${edit}'`,
  restore: `unback ${unit}`,
})

const inFile = (id: string, what: string, says: RegExp, file: string, edit: string, host: Plant['host'] = 'n2'): Plant => ({
  id,
  what,
  host,
  says,
  plant: `keep ${file}; sed -i -e '${edit}' ${file}`,
  restore: `back ${file}`,
})

const v3 = (id: string, what: string, says: RegExp, plant: string, restore = 'e3 put $key "$good"'): Plant => ({
  id,
  what,
  host: 'n1',
  says,
  plant,
  restore,
})

/** On hosts where flannel runs: n1 has docker, etcd has three members, flanneld puts no accepts of its own. */
export const flannelPlants: Plant[] = [
  inFile('P01', 'the last brace is missing', /a closing brace is missing.*10-flannel\.conflist:\d+/s, '$conf', '$ d'),
  {
    id: 'P11',
    what: 'no CNI configuration',
    host: 'n2',
    plant: 'keep $conf; rm $conf',
    restore: 'back $conf',
    says: /no CNI configuration in \/etc\/cni\/net\.d.*\(empty\)/s,
  },
  {
    id: 'P12',
    what: 'a plugin that may not be executed',
    host: 'n2',
    plant: 'chmod a-x /opt/cni/bin/flannel',
    restore: 'chmod a+x /opt/cni/bin/flannel',
    says: /names the plugin flannel.*"type": "flannel"/s,
  },
  {
    id: 'P32',
    what: 'a stray configuration comes first',
    host: 'n2',
    plant: `echo '{"cniVersion":"0.4.0","name":"stray","type":"bridge"}' > /etc/cni/net.d/05-stray.conf`,
    restore: 'rm /etc/cni/net.d/05-stray.conf',
    says: /takes the first by name, 05-stray\.conf.*stray: bridge/s,
  },
  inFile('P38', 'the plugin masquerades too', /FLANNEL_IPMASQ=true.*"ipMasq": true/s, '$conf', 's/"hairpinMode": true/&, "ipMasq": true/'),
  {
    id: 'P17',
    what: 'docker0 has the subnet of cni0',
    host: 'n1',
    plant: 'bridge; ip addr add ${FLANNEL_SUBNET%.*}.9/24 dev docker0',
    restore: '. /run/flannel/subnet.env; ip addr del ${FLANNEL_SUBNET%.*}.9/24 dev docker0',
    says: /docker0 172\.\S+ 10\.244\.\d+\.9\/24.*cni0 10\.244\.\d+\.1\/24/s,
  },
  {
    id: 'P36',
    what: 'cni0 of an earlier subnet',
    host: 'n2',
    plant: 'bridge; ip addr del $FLANNEL_SUBNET dev cni0; ip addr add 10.244.255.1/24 dev cni0',
    restore: 'ip addr del 10.244.255.1/24 dev cni0; bridge',
    says: /cni0 has 10\.244\.255\.1\/24.*FLANNEL_SUBNET=/s,
  },
  {
    id: 'P09',
    what: "only docker's policy decides",
    host: 'n1',
    plant: 'for s in -s -d; do iptables -D FORWARD $s 10.244.0.0/16 -j ACCEPT; done',
    restore: 'systemctl restart netplay-forward.service',
    says: /no rule accepts 10\.244\.0\.0\/16.*-P FORWARD DROP.*iptables -S FORWARD/s,
  },
  v3('P10', 'the key is gone', /no key \/coreos\.com\/network\/config.*\(no such key\)/s, 'e3 del $key'),
  v3(
    'P34',
    'the key is in the other store',
    /reads \S+ by etcd's v3 API.*v0\.28\.10/s,
    'e3 del $key; e2 set $key "$good"',
    'e3 put $key "$good"; e2 rm $key',
  ),
  v3('P03', 'quotes were lost', /its quotes were lost.*\{Network:10\.244\.0\.0\/16/s, 'e3 put $key "{Network:10.244.0.0/16,SubnetLen:24}"'),
  v3('P33', 'no backend', /names no backend/, `e3 put $key '{"Network":"10.244.0.0/16","SubnetLen":24}'`),
  v3(
    'P15',
    'a lease of a host behind a router',
    /203\.0\.113\.9 is not in 198\.18\.0\.1\d\/\d+.*10\.244\.200\.0\/24 PublicIP 203\.0\.113\.9/s,
    `e3 put /coreos.com/network/subnets/10.244.200.0-24 '{"PublicIP":"203.0.113.9","BackendType":"host-gw"}'`,
    'e3 del /coreos.com/network/subnets/10.244.200.0-24',
  ),
  v3(
    'P07',
    'a placeholder in the name of a lease',
    /\{HOST-IP\}/,
    `e3 put '/coreos.com/network/subnets/{HOST-IP}' '{}'`,
    `e3 del '/coreos.com/network/subnets/{HOST-IP}'`,
  ),
  inUnit('P27', 'an interface of another host', /told to use ens3.*-iface=ens3.*host0/s, 's/-iface=[0-9.]*/-iface=ens3/'),
  inUnit('P28', 'one endpoint of three', /flannel on this host names one etcd member of 3/, 's/\\(-etcd-endpoints=[^,]*\\),[^ ]*/\\1/'),
  inUnit('P35', 'Restart=on-failure', /Restart=on-failure.*flannel\.service:\d+/s, 's/^Restart=.*/Restart=on-failure/'),
  {
    id: 'P35',
    what: 'dead with status 0, as after a lost lease',
    host: 'n2',
    // flanneld ends with 0 on SIGTERM as it does when its lease is removed.
    plant: `unit flannel.service 's/^Restart=.*/Restart=on-failure/'; kill -TERM $(pidof flanneld); sleep 1`,
    restore: 'unback flannel.service; systemctl start flannel.service',
    says: /it is dead now.*inactive \(dead\)/s,
  },
  inUnit('P40', 'a CA alone', /no etcd-certfile and no etcd-keyfile.*-etcd-cafile=/s, '/-etcd-certfile=/d;/-etcd-keyfile=/d'),
  inUnit(
    'P04',
    'an endpoint without a port',
    /flannel has an etcd endpoint without a port: https:\/\/198\.18\.0\.11\./,
    's/198.18.0.11:2379,/198.18.0.11,/',
  ),
  {
    id: 'P26',
    what: 'docker requires flannel',
    host: 'n1',
    plant: `keep /etc/systemd/system/flannel.service; echo RequiredBy=docker.service >> /etc/systemd/system/flannel.service; systemctl daemon-reload`,
    restore: 'unback flannel.service',
    says: /docker\.service requires flannel\.service/,
  },
  inUnit(
    'P26',
    'a runtime that is not there',
    /requires docker\.service, which this host does not have.*LoadState=not-found/s,
    's/^After=/Requires=docker.service\\n&/',
  ),
]

const put = (path: string, text: string) => `mkdir -p ${path.replace(/\/[^/]*$/, '')}; cat > ${path} <<'END'\n${text}END\n`

/** A kubelet that is enabled and does not run, and kube-proxy of the classic profile beside it. Nothing of it is wrong. */
export const proxyBaseline: string = [
  put(
    '/etc/systemd/system/kubelet.service',
    '[Service]\nExecStart=/usr/local/bin/kubelet --hostname-override=node-two --config=/etc/kubernetes/kubelet.yml\n[Install]\nWantedBy=multi-user.target\n',
  ),
  put(
    '/etc/systemd/system/kube-proxy.service',
    '[Unit]\nAfter=network-online.target\n[Service]\nExecStart=/usr/local/bin/kube-proxy --config=/etc/kubernetes/kube-proxy.config --hostname-override=node-two --v=2\nRestart=always\n[Install]\nWantedBy=multi-user.target\n',
  ),
  put(
    '/etc/kubernetes/kube-proxy.config',
    'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclientConnection:\n  kubeconfig: /etc/kubernetes/kube-proxy.kubeconfig\nclusterCIDR: 10.244.0.0/16\nmode: iptables\n',
  ),
  'systemctl daemon-reload; systemctl enable -q kubelet kube-proxy',
].join('\n')

export const proxyPlants: Plant[] = [
  inUnit(
    'P29',
    'an address for a name',
    /goes by the name 198\.18\.0\.12, and kubelet by node-two.*kubelet\.service:2/s,
    's/--hostname-override=node-two/--hostname-override=198.18.0.12/',
    'n2',
    'kube-proxy.service',
  ),
  inFile('P31', 'no range of pods', /told no clusterCIDR.*kube-proxy\.config/s, '/etc/kubernetes/kube-proxy.config', '/clusterCIDR/d'),
]

const image = 'docker.io/calico/node:v2.4.0'
const endpoints = 'https://198.18.0.11:2379,https://198.18.0.12:2379,https://198.18.0.13:2379'

/** calico of the classic profile as it should be: enabled, not running, since its image cannot be had here. n1 has docker. Flannel is gone. */
export const calicoBaseline: string = [
  put(
    '/etc/calico/calico.env',
    `ETCD_ENDPOINTS="${endpoints}"
ETCD_CA_CERT_FILE="/etc/kubernetes/ssl/ca.pem"
ETCD_CERT_FILE="/etc/kubernetes/ssl/kubernetes.pem"
ETCD_KEY_FILE="/etc/kubernetes/ssl/kubernetes-key.pem"
CALICO_NODENAME="n1"
CALICO_NO_DEFAULT_POOLS="true"
CALICO_IP="198.18.0.11/24"
CALICO_AS="64512"
CALICO_LIBNETWORK_ENABLED=false
CALICO_NETWORKING_BACKEND=bird
`,
  ),
  put(
    '/etc/systemd/system/calico.service',
    `[Unit]
Description=calico-node
After=docker.service
Requires=docker.service
[Service]
EnvironmentFile=/etc/calico/calico.env
ExecStartPre=-/usr/bin/docker rm -f calico-node
ExecStart=/usr/bin/docker run --net=host --privileged --name=calico-node \\
  -e NODENAME=\${CALICO_NODENAME} -e IP=\${CALICO_IP} \\
  -e AS=\${CALICO_AS} \\
  -e CALICO_NETWORKING_BACKEND=\${CALICO_NETWORKING_BACKEND} -e NO_DEFAULT_POOLS=\${CALICO_NO_DEFAULT_POOLS} \\
  -e CALICO_LIBNETWORK_ENABLED=\${CALICO_LIBNETWORK_ENABLED} -e ETCD_ENDPOINTS=\${ETCD_ENDPOINTS} \\
  -e ETCD_CA_CERT_FILE=\${ETCD_CA_CERT_FILE} -e ETCD_CERT_FILE=\${ETCD_CERT_FILE} -e ETCD_KEY_FILE=\${ETCD_KEY_FILE} \\
  -v /var/run/calico:/var/run/calico -v /etc/kubernetes/ssl:/etc/kubernetes/ssl:ro ${image}
ExecStop=-/usr/bin/docker stop calico-node
Restart=always
RestartSec=5
[Install]
WantedBy=multi-user.target
`,
  ),
  put(
    '/etc/cni/net.d/10-calico.conflist',
    `{
  "name": "k8s-pod-network",
  "cniVersion": "0.3.1",
  "plugins": [
    {
      "type": "calico",
      "etcd_endpoints": "${endpoints}",
      "etcd_key_file": "/etc/kubernetes/ssl/kubernetes-key.pem",
      "etcd_cert_file": "/etc/kubernetes/ssl/kubernetes.pem",
      "etcd_ca_cert_file": "/etc/kubernetes/ssl/ca.pem",
      "nodename": "n1",
      "ipam": { "type": "calico-ipam" },
      "kubernetes": { "kubeconfig": "/etc/cni/net.d/calico-kubeconfig" }
    },
    { "type": "portmap", "snat": true, "capabilities": { "portMappings": true } }
  ]
}
`,
  ),
  put(
    '/etc/calico/calicoctl.cfg',
    `apiVersion: v1
kind: calicoApiConfig
metadata:
spec:
  etcdEndpoints: ${endpoints}
  etcdKeyFile: /etc/kubernetes/ssl/kubernetes-key.pem
  etcdCertFile: /etc/kubernetes/ssl/kubernetes.pem
  etcdCACertFile: /etc/kubernetes/ssl/ca.pem
`,
  ),
  put(
    '/etc/calico/pool.yaml',
    'apiVersion: v1\nkind: ipPool\nmetadata:\n  cidr: 10.200.0.0/16\nspec:\n  ipip:\n    enabled: true\n    mode: cross-subnet\n  nat-outgoing: true\n',
  ),
  // As calicoctl v1.4.0 tells its version; it knows no --client and prints its usage then.
  put('/usr/local/bin/calicoctl', '#!/bin/sh\nprintf "Usage:\\n  calicoctl version\\n"\nexit 1\n'),
  'chmod +x /usr/local/bin/calicoctl; for p in calico calico-ipam; do cp /bin/true /opt/cni/bin/$p; done',
  'systemctl daemon-reload; systemctl enable -q calico.service',
  'c=/calico/bgp/v1; e2 set $c/global/as_num 64512; e2 set $c/global/node_mesh \'{"enabled":true}\'',
  'for n in 1 2 3; do e2 set $c/host/n$n/ip_addr_v4 198.18.0.1$n; e2 set $c/host/n$n/network_v4 198.18.0.0/24; e2 set /calico/ipam/v2/host/n$n/ipv4/block/10.200.$n.0-26 "{}"; done',
  `e2 set /calico/v1/ipam/v4/pool/10.200.0.0-16 '{"cidr":"10.200.0.0/16","ipip":"tunl0","ipip_mode":"cross-subnet","masquerade":true,"disabled":false}'`,
].join('\n')

const v2 = (id: string, what: string, says: RegExp, plant: string, restore: string): Plant => ({
  id,
  what,
  host: 'n1',
  says,
  plant: `c=/calico/bgp/v1; ${plant}`,
  restore: `c=/calico/bgp/v1; ${restore}`,
})
const mesh = (is: boolean) => `e2 set $c/global/node_mesh '{"enabled":${is}}'`
const peers = (ips: string[], as: number) => ips.map(ip => `e2 set $c/global/peer_v4/${ip} '{"ip":"${ip}","as_num":"${as}"}'`).join('; ')
const noPeers = (ips: string[]) => ips.map(ip => `e2 rm $c/global/peer_v4/${ip}`).join('; ')
const pool = (cidr: string, ipip: string) =>
  `e2 set /calico/v1/ipam/v4/pool/${cidr.replace('/', '-')} '{"cidr":"${cidr}","ipip":"${ipip}","ipip_mode":"${ipip === '' ? '' : 'cross-subnet'}","disabled":false}'`
const whole = '/calico/v1/ipam/v4/pool/10.200.0.0-16'
const conf = '/etc/cni/net.d/10-calico.conflist'
const env = '/etc/calico/calico.env'

export const calicoPlants: Plant[] = [
  inFile('P02', 'the last brace is missing', /configuration of calico is no JSON/, conf, '$ d', 'n1'),
  inFile(
    'P04',
    'an endpoint without a port',
    /calico CNI has an etcd endpoint without a port/,
    conf,
    's/198.18.0.11:2379,/198.18.0.11,/',
    'n1',
  ),
  {
    id: 'P12',
    what: 'calico-ipam is missing',
    host: 'n1',
    plant: 'rm /opt/cni/bin/calico-ipam',
    restore: 'cp /bin/true /opt/cni/bin/calico-ipam',
    says: /calico-ipam/,
  },
  inFile(
    'P08',
    'calicoctl.cfg without indentation',
    /has etcdEndpoints beside spec, not under it.*calicoctl\.cfg:5/s,
    '/etc/calico/calicoctl.cfg',
    's/^  //',
    'n1',
  ),
  inFile('P08', 'a pool without indentation', /pool\.yaml has cidr beside spec/, '/etc/calico/pool.yaml', 's/^  cidr/cidr/', 'n1'),
  inFile(
    'P39',
    'a v3 configuration for calicoctl v1',
    /written for calicoctl v3, and calicoctl here is v1/,
    '/etc/calico/calicoctl.cfg',
    's/^apiVersion: v1/apiVersion: projectcalico.org\\/v3/',
    'n1',
  ),
  inUnit(
    'P19',
    'CALICO_AS is never passed',
    /CALICO_AS in \/etc\/calico\/calico\.env has no effect.*CALICO_AS=64512/s,
    '/-e AS=/d',
    'n1',
    'calico.service',
  ),
  {
    id: 'P20',
    what: 'the CA under another name',
    host: 'n1',
    plant: `unit calico.service 's/\${ETCD_CA_CERT_FILE}/\\/etc\\/kubernetes\\/ssl\\/ca.pem/'; keep ${env}; sed -i s/ETCD_CA_CERT_FILE/ETCD_CA_FILE/ ${env}`,
    restore: `unback calico.service; back ${env}`,
    says: /ETCD_CA_FILE in \/etc\/calico\/calico\.env is not what the container reads/,
  },
  v2(
    'P21',
    'an address without its prefix, before calico has started',
    /as a \/32.*CALICO_IP=198\.18\.0\.11.*v2\.4\.0/s,
    `keep ${env}; sed -i 's/11\\/24/11/' ${env}; e2 rm $c/host/n1/ip_addr_v4; e2 rm $c/host/n1/network_v4`,
    `back ${env}; e2 set $c/host/n1/ip_addr_v4 198.18.0.11; e2 set $c/host/n1/network_v4 198.18.0.0/24`,
  ),
  v2(
    'P21',
    'a /32 in etcd',
    /as a \/32.*198\.18\.0\.11\/32/s,
    'e2 set $c/host/n1/network_v4 198.18.0.11/32',
    'e2 set $c/host/n1/network_v4 198.18.0.0/24',
  ),
  v2(
    'P22',
    'a pool that nobody asked for',
    /pool 192\.168\.0\.0\/16 of its own beside 10\.200/,
    pool('192.168.0.0/16', 'tunl0'),
    'e2 rm /calico/v1/ipam/v4/pool/192.168.0.0-16',
  ),
  v2(
    'P22',
    'no pool, and none refused',
    /no pool of pod addresses.*CALICO_NO_DEFAULT_POOLS=/s,
    `e2 rm ${whole}; keep ${env}; sed -i s/POOLS=.*/POOLS=/ ${env}`,
    `${pool('10.200.0.0/16', 'tunl0')}; back ${env}`,
  ),
  inFile(
    'P23',
    'the CNI plugin has another name',
    /calls this host n1, and its CNI plugin calls it node46/,
    conf,
    's/"nodename": "n1"/"nodename": "node46"/',
    'n1',
  ),
  inUnit('P24', 'no Restart=', /calico\.service has no Restart=/, '/^Restart=/d', 'n1', 'calico.service'),
  inFile(
    'P30',
    "kube-proxy's kubeconfig",
    /uses kube-proxy's kubeconfig/,
    conf,
    's/\\/etc\\/cni\\/net.d\\/calico-kubeconfig/\\/etc\\/kubernetes\\/kube-proxy.kubeconfig/',
    'n1',
  ),
  inFile('P37', 'libnetwork is on', /libnetwork plugin is on.*CALICO_LIBNETWORK_ENABLED=true/s, env, 's/ENABLED=false/ENABLED=true/', 'n1'),
  v2('P05', 'mesh off, no peer', /no node has a session/, mesh(false), mesh(true)),
  v2(
    'P06',
    'a record that was cut off',
    /record of a route reflector in etcd is broken.*\{"ip":"198\.18\.0\.12/s,
    `e2 set $c/rr_v4/198.18.0.12 '{"ip":"198.18.0.12","cluster_id":"1.0.0.2'`,
    'e2 rm $c/rr_v4/198.18.0.12',
  ),
  v2(
    'P07',
    'a placeholder in a key',
    /\{HOST-IP\}/,
    `e2 set '/calico/bgp/v1/rr_v4/{HOST-IP}' '{"ip":"198.18.0.12","cluster_id":"1.0.0.2"}'`,
    `e2 rm '/calico/bgp/v1/rr_v4/{HOST-IP}'`,
  ),
  v2(
    'P14',
    'a pool of two blocks',
    /2 blocks of addresses for 3 hosts/,
    `e2 rm ${whole}; ${pool('10.200.0.0/25', 'tunl0')}`,
    `e2 rm /calico/v1/ipam/v4/pool/10.200.0.0-25; ${pool('10.200.0.0/16', 'tunl0')}`,
  ),
  v2(
    'P16',
    'hosts in two subnets, no encapsulation',
    /routed without encapsulation, and the hosts are in 2 subnets/,
    `${pool('10.200.0.0/16', '')}; e2 set $c/host/n4/ip_addr_v4 203.0.113.4; e2 set $c/host/n4/network_v4 203.0.113.0/24`,
    `${pool('10.200.0.0/16', 'tunl0')}; e2 rm --recursive $c/host/n4`,
  ),
  v2(
    'P18',
    'a reflector under another AS',
    /198\.18\.0\.12 is a peer with AS 64567, and the nodes have AS 64512/,
    peers(['198.18.0.12', '198.18.0.13'], 64567),
    noPeers(['198.18.0.12', '198.18.0.13']),
  ),
  v2(
    'P25',
    'one reflector',
    /198\.18\.0\.12 is the only route reflector/,
    `${peers(['198.18.0.12'], 64512)}; ${mesh(false)}`,
    `${mesh(true)}; ${noPeers(['198.18.0.12'])}`,
  ),
]

/** A container image of a shell and a `birdcl` that says what stands in /birdcl-says; not calico/node, only its name and its answers. */
export const containerBaseline: string = [
  'd=/root/image; rm -rf $d; mkdir -p $d/bin $d/lib64',
  'for f in sh sleep cat; do cp -L /bin/$f $d/bin/; for l in $(ldd /bin/$f | grep -o "/[^ ]*"); do mkdir -p $d${l%/*}; cp -L $l $d$l; done; done',
  put('/root/image/bin/birdcl', '#!/bin/sh\ncat /birdcl-says\n'),
  put(
    '/root/image/birdcl-says',
    [
      'BIRD v0.3.1+birdv1.6.3 ready.',
      'name     proto    table    state  since       info',
      'Mesh_198_18_0_12 BGP      master   up     20:29:11    Established   ',
      '',
    ].join('\n'),
  ),
  'chmod +x $d/bin/birdcl; tar -C $d -c . | docker import - netplay-lab/calico-node-standin:v2.4.0 >/dev/null',
  'docker tag netplay-lab/calico-node-standin:v2.4.0 netplay-lab/routereflector-standin:v0.4.0',
  'docker run -d --restart=always --name calico-node netplay-lab/calico-node-standin:v2.4.0 /bin/sh -c "while :; do sleep 1; done" >/dev/null',
  // As Felix does: its chain comes first, and accepts by mark.
  'iptables -N cali-FORWARD; iptables -I FORWARD -j cali-FORWARD',
].join('\n')

const both = ['198.18.0.12', '198.18.0.13']
export const containerPlants: Plant[] = [
  v2(
    'P13',
    'the mesh is off, and its sessions stand',
    /still holds its sessions.*Mesh_198_18_0_12.*birdcl show protocols/s,
    `${peers(both, 64512)}; ${mesh(false)}`,
    `${mesh(true)}; ${noPeers(both)}`,
  ),
  {
    id: 'P25',
    what: 'a reflector that was run by hand',
    host: 'n1',
    plant: 'docker run -d --name rr netplay-lab/routereflector-standin:v0.4.0 /bin/sh -c "while :; do sleep 1; done" >/dev/null',
    restore: 'docker rm -f rr >/dev/null',
    says: /container rr has no unit and no restart policy.*RestartPolicy no/s,
  },
]
