/** Programs whose presence roles and kinds ask about. */
export const toolNames = [
  ...['ip', 'iptables', 'ip6tables', 'iptables-legacy', 'nft', 'ipset', 'conntrack', 'ss', 'ping', 'modprobe', 'sysctl'],
  ...['systemctl', 'journalctl', 'systemd-run', 'docker', 'containerd', 'ctr', 'nerdctl', 'crictl', 'firewall-cmd', 'ufw'],
  ...['curl', 'wget', 'openssl', 'getent', 'base64', 'sha256sum', 'setsid', 'flock', 'timeout', 'sudo', 'python3'],
] as const

/**
 * The one script that asks a host what it is. It only reads, and makes as few processes as it can: whatever the shell itself can read it reads
 * itself. Lines are `word value`; what `ip` prints stands between `begin NAME` and `done`. The last line is `end`. All is printed at once: each
 * write of a host is a packet of its own.
 */
export const factsScript: string = `
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
np_first() { np_line=; if [ -r "$2" ]; then read -r np_line <"$2" || :; fi; printf '%s %s\\n' "$1" "$np_line"; }
np_list() { echo "begin $1"; shift; "$@" 2>/dev/null </dev/null; echo done; }
np_long() { echo "begin $1"; shift; "$@" 2>/dev/null </dev/null | head -n 4000; echo done; }
np_uid() { # the effective one; a process of id(1) only where there is no /proc
  if [ -r /proc/self/status ]; then
    while read -r np_name np_x np_number np_rest; do
      if [ "$np_name" = Uid: ]; then echo "uid $np_number"; return; fi
    done </proc/self/status
  fi
  echo "uid $(id -u)"
}
np_uname() { # as uname -mr; a process of it only before Linux 6.1
  np_name= np_rest=
  if [ -r /proc/sys/kernel/arch ] && read -r np_name </proc/sys/kernel/osrelease && read -r np_rest </proc/sys/kernel/arch; then
    echo "uname $np_name $np_rest"
  else
    echo "uname $(uname -mr)"
  fi
}
np_systemd() { # as the first line of systemctl --version, which its library's file name tells as well
  for np_file in /usr/lib/systemd /usr/lib/*/systemd /usr/lib64/systemd /lib/systemd; do
    for np_file in "$np_file"/libsystemd-shared-[0-9]*.so; do
      if [ -e "$np_file" ]; then np_file=\${np_file##*/libsystemd-shared-}; echo "systemd \${np_file%%[!0-9]*}"; return; fi
    done
  done
  systemctl --version
}
np_units() { # those that have a file: only they are worth asking systemd about
  np_found=
  for np_name in docker containerd; do
    for np_folder in /etc /run /usr/local/lib /usr/lib /lib; do
      if [ -e "$np_folder/systemd/system/$np_name.service" ]; then np_found="$np_found $np_name.service"; break; fi
    done
  done
  [ -z "$np_found" ] || np_list units systemctl show --property=Id,LoadState,ActiveState -- $np_found
}
np_facts() {
echo facts 1
np_first hostname /proc/sys/kernel/hostname
np_first machine-id /etc/machine-id
np_first init /proc/1/comm
np_first uptime /proc/uptime
np_first memory /proc/meminfo
np_first selinux /sys/fs/selinux/enforce
np_release=/etc/os-release
[ -r "$np_release" ] || np_release=/usr/lib/os-release
if [ -r "$np_release" ]; then
  while IFS= read -r np_line; do
    case $np_line in ID=*|VERSION_ID=*|PRETTY_NAME=*|ID_LIKE=*) printf 'os %s\\n' "$np_line" ;; esac
  done <"$np_release"
fi
np_uname
printf 'clock %s\\n' "$(date +%s.%N)"
np_uid
for np_tool in ${toolNames.join(' ')}; do
  if command -v "$np_tool" >/dev/null 2>&1; then echo "tool $np_tool"; fi
done
if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
  np_list systemd np_systemd
  np_units
fi
if command -v ip >/dev/null 2>&1; then
  np_list addresses ip addr show
  np_long routes ip -4 route show
  np_list routes6 ip -6 route show default
else
  for np_folder in /sys/class/net/*/; do
    np_name=\${np_folder%/}
    np_name=\${np_name##*/}
    np_mtu= np_mac= np_up=
    read -r np_mtu <"$np_folder/mtu" 2>/dev/null || :
    read -r np_mac <"$np_folder/address" 2>/dev/null || :
    read -r np_up <"$np_folder/operstate" 2>/dev/null || :
    echo "link $np_name $np_mtu \${np_mac:--} $np_up"
  done
  echo 'begin proc-routes'
  while read -r np_line; do printf '%s\\n' "$np_line"; done </proc/net/route
  echo done
fi
echo end
}
np_all=$(np_facts)
printf '%s\\n' "$np_all"
`
