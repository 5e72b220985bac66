import { quote } from '../shell.js'

/** Bytes of one file that are read; nothing that is meant is longer. */
const mostBytes = 262_144

/** What is asked of systemd for each unit. */
const properties = [
  ...['Id', 'LoadState', 'ActiveState', 'SubState', 'UnitFileState', 'Result', 'Restart', 'Type', 'NRestarts', 'ExecMainStatus'],
  ...['ExecMainStartTimestampMonotonic', 'InvocationID', 'RequiredBy', 'Requires', 'FragmentPath', 'DropInPaths'],
]

/**
 * The second of the two requests of a doctor: it only reads, and starts nothing (docker and containerd are asked only where they run, iptables-legacy only
 * where its table is there already: both would come into being by being asked). Secrets are masked on the host.
 * Sections begin with a line `NONCE word…`; the last one is `end`.
 * @param nonce that no file of the host can know
 */
export const doctorScript = (nonce: string): string => `
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin
np_n=${quote(nonce)}
set -f
np_s() { printf '\\n%s %s\\n' "$np_n" "$*"; }
${maskFunctions}
${files}
${processes}
${units}
${named}
${cni}
${firewall}
${containers}
${containerd}
np_processes
np_units
np_named
np_cni
for np_f in /run/flannel/subnet.env /var/lib/calico/nodename; do np_text "$np_f"; done
np_folder /etc/calico cfg yaml yml env conf
np_firewall
np_containers
np_containerd
np_s end
`

/** Passwords, tokens and keys never leave the host. In JSON only whole strings are replaced: it must stay as broken or whole as it is. */
export const maskFunctions = `
np_mask() {
  sed -E -e 's/((PASSWORD|password|TOKEN|token|SECRET|secret|client-key-data|ETCD_KEY)["'\\'']?[=: ] *["'\\'']?)[^"'\\'' ]+/\\1***/g' \\
    -e '/BEGIN [A-Z ]*PRIVATE KEY/,/END [A-Z ]*PRIVATE KEY/s/.*/***/'
}
np_mask_json() { sed -E 's/("[A-Za-z0-9_-]*(PASSWORD|password|TOKEN|token|SECRET|secret|etcd_key|key-data|ETCD_KEY)[" ]*[:=] *"?)([^"\\\\]|\\\\.)+"/\\1***"/g'; }`

const files = `
np_seen=' '
np_text() { # a file, once
  case $np_seen in *" $1 "*) return 0 ;; esac
  [ -f "$1" ] && [ -r "$1" ] || return 0
  np_seen="$np_seen$1 "
  np_s text "$1"
  case $1 in
    *.conflist|*.json|*/net.d/*.conf) head -c ${mostBytes} <"$1" | np_mask_json ;;
    *) head -c ${mostBytes} <"$1" | np_mask ;;
  esac
}
np_list() { # what is in a folder, by name
  [ -d "$1" ] || return 1
  np_s folder "$1"
  set +f
  for np_e in "$1"/* "$1"/.[!.]*; do [ -e "$np_e" ] && printf '%s\\n' "\${np_e##*/}"; done
  set -f
}
np_folder() { # files with these endings
  np_d=$1; shift
  np_list "$np_d" || return 0
  for np_x in "$@"; do
    set +f
    set -- "$np_d"/*."$np_x"
    set -f
    for np_f in "$@"; do np_text "$np_f"; done
  done
}`

/** Daemons that run now, with their words, whoever started them. */
const processes = `
np_words_of() { for np_p in $np_pids; do tr '\\0' '\\n' <"/proc/$np_p/cmdline" 2>/dev/null; echo; done; }
np_processes() {
  np_pids= np_running=' '
  set +f
  set -- /proc/[0-9]*
  set -f
  for np_p in "$@"; do
    np_c=
    read -r np_c <"$np_p/comm" 2>/dev/null || continue
    case $np_c in
      flanneld|kube-proxy|kubelet|dockerd|etcd|crio|containerd)
        np_pids="$np_pids \${np_p#/proc/}" np_running="$np_running$np_c "
        np_s process "\${np_p#/proc/}" "$np_c"
        tr '\\0' '\\n' <"$np_p/cmdline" 2>/dev/null | np_mask ;;
    esac
  done
}`

const units = `
np_units() {
  np_unit_text=
  command -v systemctl >/dev/null 2>&1 && [ -d /run/systemd/system ] || return 0
  set +f
  np_u=$(grep -lsE 'flanneld|calico|reflector|kube-proxy|kubelet|etcd' /etc/systemd/system/*.service /run/systemd/system/*.service \\
    /usr/local/lib/systemd/system/*.service /usr/lib/systemd/system/*.service /lib/systemd/system/*.service | sed 's|.*/||' | grep -v '@\\.service$' | sort -u)
  set -f
  np_shown=$(systemctl show --property=${properties.join(',')} -- docker.service containerd.service crio.service $np_u 2>/dev/null)
  np_s units
  printf '%s\\n' "$np_shown"
  np_paths=$(printf '%s\\n' "$np_shown" | sed -n 's/^FragmentPath=//p; s/^DropInPaths=//p')
  for np_f in $np_paths; do np_text "$np_f"; done
  np_unit_text=$(cat $np_paths /dev/null 2>/dev/null)
  for np_f in $(printf '%s\\n' "$np_unit_text" | sed -n 's/^[[:space:]]*EnvironmentFile=-\\{0,1\\}//p' | tr -d "\\"'"); do np_text "$np_f"; done
  for np_f in $np_u; do
    case $np_f in *flannel*) np_journal "$np_f" ;; esac
  done
}
np_journal() { # what a daemon that does not run said since it was last started
  command -v journalctl >/dev/null 2>&1 || return 0
  [ "$(systemctl is-active "$1")" != active ] || return 0
  np_i=$(systemctl show --property=InvocationID --value "$1")
  [ -n "$np_i" ] || return 0
  np_s journal "$1"
  journalctl -b -n 60 -o cat --no-pager "_SYSTEMD_INVOCATION_ID=$np_i" + "INVOCATION_ID=$np_i" 2>/dev/null | np_mask
}`

/** Files and folders that daemons are given on their command lines, and the versions of their programs. */
const named = `
np_named() {
  np_conf='/etc/cni/net.d' np_bin='/opt/cni/bin' np_before=
  for np_w in $np_unit_text $(np_words_of); do
    np_w=\${np_w#[\\"\\']}
    np_w=\${np_w%[\\"\\']}
    case $np_w in *=*) np_k=\${np_w%%=*} np_v=\${np_w#*=} ;; *) np_k=$np_before np_v=$np_w ;; esac
    np_before=$np_w
    np_k=\${np_k#-}
    case \${np_k#-} in
      cni-conf-dir) np_conf="$np_conf $np_v" ;;
      cni-bin-dir) np_bin="$np_bin $np_v" ;;
      subnet-file|config|env-file|FLANNELD_SUBNET_FILE) np_text "$np_v" ;;
    esac
    case $np_w in
      /*/flanneld) np_version "$np_w" -version ;;
    esac
  done
  for np_w in /etc/containerd/config.toml /etc/crio/crio.conf; do
    [ -r "$np_w" ] || continue
    np_conf="$np_conf $(sed -nE 's/^[[:space:]]*(conf_dir|network_dir) *= *"([^"]*)".*/\\2/p' "$np_w")"
    np_bin="$np_bin $(sed -nE 's/^[[:space:]]*bin_dir *= *"([^"]*)".*/\\1/p' "$np_w")"
  done
  case $np_running in *' crio '*) np_bin="$np_bin /usr/libexec/cni" ;; esac
  np_w=$(command -v calicoctl) && np_version "$np_w" version --client
}
np_version() {
  case $np_seen in *" version:$1 "*) return 0 ;; esac
  np_seen="$np_seen version:$1 "
  [ -x "$1" ] || return 0
  np_s version "$1"
  shift_path=$1; shift
  timeout 5 "$shift_path" "$@" 2>&1 | head -n 6
}`

const cni = `
np_cni() {
  for np_w in $np_conf; do
    case $np_seen in *" conf:$np_w "*) continue ;; esac
    np_seen="$np_seen conf:$np_w "
    np_s cni-conf "$np_w"
    np_folder "$np_w" conf conflist json
  done
  for np_w in $np_bin; do
    case $np_seen in *" bin:$np_w "*) continue ;; esac
    np_seen="$np_seen bin:$np_w "
    np_s cni-bin "$np_w"
    set +f
    for np_e in "$np_w"/*; do [ -f "$np_e" ] && [ -x "$np_e" ] && printf '%s\\n' "\${np_e##*/}"; done
    set -f
  done
}`

/** Chains that decide about forwarded packets; those of single pods and services can be thousands. */
const firewall = `
np_forward() {
  np_s forward "$1"
  "$1" -w 5 -S 2>&1 | grep -E '^-(P FORWARD|A (FORWARD|FLANNEL-FWD|DOCKER-USER|DOCKER-FORWARD|KUBE-FORWARD|cali-FORWARD)) '
}
np_firewall() {
  command -v iptables >/dev/null 2>&1 || return 0
  np_forward iptables
  case $(iptables -V 2>/dev/null) in
    *nf_tables*)
      if command -v iptables-legacy >/dev/null 2>&1 && grep -qsx filter /proc/net/ip_tables_names; then np_forward iptables-legacy; fi ;;
    *)
      if command -v iptables-nft >/dev/null 2>&1 && grep -qs '^nf_tables ' /proc/modules; then np_forward iptables-nft; fi ;;
  esac
}`

const containers = `
np_containers() {
  case $np_running in *' dockerd '*) ;; *) return 0 ;; esac
  command -v docker >/dev/null 2>&1 || return 0
  np_ids=$(timeout 10 docker ps -a --no-trunc --format '{{.ID}} {{.Image}} {{.Names}}' 2>/dev/null) || return 0
  np_ids=$(printf '%s\\n' "$np_ids" | grep -iE 'calico|reflector' | cut -d ' ' -f 1)
  np_s containers
  [ -n "$np_ids" ] || return 0
  timeout 10 docker inspect --format '{"id":{{json .Id}},"name":{{json .Name}},"image":{{json .Config.Image}},"running":{{json .State.Running}},"restart":{{json .HostConfig.RestartPolicy.Name}},"env":{{json .Config.Env}},"binds":{{json .HostConfig.Binds}}}' $np_ids 2>/dev/null | np_mask_json
  for np_i in $np_ids; do
    np_s bird "$np_i"
    timeout 5 docker exec "$np_i" birdcl -s /var/run/calico/bird.ctl show protocols 2>/dev/null ||
      timeout 5 docker exec "$np_i" birdcl show protocols 2>/dev/null
  done
}`

/** Containers that units run through ctr or nerdctl: both use the namespace `default`, docker and Kubernetes have others. */
const containerd = `
np_in() { timeout 5 ctr -n default tasks exec --exec-id "netplay-$(cat /proc/sys/kernel/random/uuid)" "$@" 2>/dev/null </dev/null; }
np_containerd() {
  case $np_running in *' containerd '*) ;; *) return 0 ;; esac
  command -v ctr >/dev/null 2>&1 || return 0
  np_ids=$(timeout 10 ctr -n default containers ls 2>/dev/null) || return 0
  np_ids=$(printf '%s\\n' "$np_ids" | sed 1d | grep -iE 'calico|reflector' | sed 's/[[:space:]].*//')
  np_s containerd
  [ -n "$np_ids" ] || return 0
  np_tasks=$(timeout 10 ctr -n default tasks ls 2>/dev/null | sed -nE 's/^([^ ]+) .*RUNNING.*/\\1/p')
  for np_i in $np_ids; do
    np_w=stopped
    for np_v in $np_tasks; do [ "$np_v" != "$np_i" ] || np_w=running; done
    np_s containerd-container "$np_i" $np_w
    timeout 10 ctr -n default containers info "$np_i" 2>/dev/null | np_mask_json
    [ $np_w = running ] || continue
    np_s bird "$np_i"
    np_in "$np_i" birdcl -s /var/run/calico/bird.ctl show protocols || np_in "$np_i" birdcl show protocols
  done
}`
