# The lowest floor: what netplay's facts and its probes of bench/roles/node-network learn, asked by hand for these paths alone, with the fewest processes.
LC_ALL=C
export LC_ALL
cat /etc/os-release /etc/machine-id
uname -a
date +%s.%N
ip addr show
ip -4 route show
ip -6 route show default
cd /
set -- etc/kubernetes/ssl/ca.pem etc/sysctl.d/90-netplay-net.ipv4.ip_forward.conf usr/local/bin/flanneld etc/default/flanneld \
  etc/systemd/system/flannel.service etc/cni/net.d/10-flannel.conflist usr/local/bin/kube-proxy var/lib/kube-proxy/config.yaml \
  var/lib/kube-proxy/kubeconfig etc/systemd/system/kube-proxy.service
stat -c '%n %F %a %u %g %s %.9Y %.9Z' "$@" etc/kubernetes/ssl opt/cni/bin etc/cni/net.d var/lib/kube-proxy
sha256sum "$@"
cat /proc/sys/net/ipv4/ip_forward etc/sysctl.d/*.conf usr/lib/sysctl.d/*.conf run/netplay/units/*
systemctl show --property=Id,LoadState,UnitFileState,ActiveState,SubState,InvocationID,NeedDaemonReload,ExecMainPID,ExecMainStartTimestamp \
  flannel.service kube-proxy.service
echo end
