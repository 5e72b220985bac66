/** What a root file system of lab hosts is made of. Anything changed here makes another image: its name is a digest of all of it. */
export interface ImageRecipe {
  suite: string
  packages: string[]
  /** shell script, called with the new root as its argument */
  setup: string
  options: string[]
}

export interface ImageKind {
  docker: boolean
  python: boolean
}

/** A plain image has no Python, to prove that netplay needs none; docker is in an image of its own because it doubles the size. */
export const imageRecipe = ({ docker, python }: ImageKind): ImageRecipe => ({
  suite: 'bookworm',
  packages: [...basePackages, ...(docker ? ['docker.io'] : []), ...(python ? ['python3'] : [])],
  setup,
  options: [
    '--variant=minbase',
    '--mode=root',
    ...['man', 'doc', 'locale', 'info'].map(kind => `--dpkgopt=path-exclude=/usr/share/${kind}/*`),
    // Copyright files stay: they are the condition for passing packages on.
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
  ],
})

const basePackages = [
  ...['systemd', 'systemd-sysv', 'dbus', 'openssh-server', 'sudo', 'opendoas', 'procps', 'kmod', 'less'],
  ...['iproute2', 'iptables', 'ipset', 'conntrack', 'nftables', 'iputils-ping', 'iputils-arping', 'tcpdump', 'ethtool'],
  ...['curl', 'ca-certificates', 'jq', 'openssl', 'containernetworking-plugins', 'etcd-server', 'etcd-client'],
]

/** The users' passwords are no secrets: they exist to be typed in tests. */
const setup = `set -eu
root=$1
in_root() { chroot "$root" "$@"; }

# Each host gets an identity of its own at its making.
: > "$root/etc/machine-id"
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname" "$root/etc/resolv.conf" "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*

in_root useradd --uid 1001 --create-home --shell /bin/bash --groups sudo ops
in_root useradd --uid 1002 --create-home --shell /bin/bash auto
in_root useradd --uid 1003 --create-home --shell /bin/bash --groups sudo pass
printf '%s\\n' ops:lab-sudo-pw pass:lab-login-pw | in_root chpasswd
echo 'auto ALL=(ALL:ALL) NOPASSWD: ALL' > "$root/etc/sudoers.d/auto"
chmod 440 "$root/etc/sudoers.d/auto"

cat > "$root/etc/ssh/sshd_config.d/10-lab.conf" <<'END'
UseDNS no
PasswordAuthentication no
Match User pass
  PasswordAuthentication yes
END

# A new network namespace inherits the machine's value; a real host starts with the kernel's, and docker decides by it.
echo 'net.ipv4.ip_forward = 0' > "$root/usr/lib/sysctl.d/00-lab.conf"

in_root systemctl --quiet enable systemd-networkd
in_root systemctl --quiet mask systemd-networkd-wait-online.service systemd-timesyncd.service console-getty.service \\
  apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer
in_root systemctl --quiet disable etcd.service
`
