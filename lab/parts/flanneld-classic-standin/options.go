package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/coreos/pkg/flagutil"
	log "k8s.io/klog/v2"
)

const standinVersion = "v0.17.0-standin"

const about = `STAND-IN of netplay's lab for flanneld v0.17.0, the last one that spoke etcd's v2 API. It is not flannel's own flanneld:
leases live in etcd v2 as v0.17.0 kept them, the data path is that of flannel v0.28's host-gw and vxlan backends.
`

type names []string

func (n *names) String() string { return strings.Join(*n, ",") }
func (n *names) Set(value string) error {
	*n = append(*n, value)
	return nil
}

type options struct {
	etcdEndpoints, etcdPrefix, etcdKeyFile, etcdCertFile, etcdCAFile string
	etcdUsername, etcdPassword                                       string
	iface, ifaceRegex                                                names
	publicIP, subnetFile                                             string
	renewMarginMinutes                                               int
	ipMasq, forwardRules, version                                    bool
	iptablesResyncSeconds                                            int
	healthzIP                                                        string
	healthzPort                                                      int
}

// parseOptions takes the flags of v0.17.0 that an etcd installation uses, and FLANNELD_… from the environment.
func parseOptions(args []string) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("flanneld", flag.ExitOnError)
	flags.StringVar(&o.etcdEndpoints, "etcd-endpoints", "http://127.0.0.1:4001,http://127.0.0.1:2379", "a comma-delimited list of etcd endpoints")
	flags.StringVar(&o.etcdPrefix, "etcd-prefix", "/coreos.com/network", "etcd prefix")
	flags.StringVar(&o.etcdKeyFile, "etcd-keyfile", "", "SSL key file used to secure etcd communication")
	flags.StringVar(&o.etcdCertFile, "etcd-certfile", "", "SSL certification file used to secure etcd communication")
	flags.StringVar(&o.etcdCAFile, "etcd-cafile", "", "SSL Certificate Authority file used to secure etcd communication")
	flags.StringVar(&o.etcdUsername, "etcd-username", "", "username for BasicAuth to etcd")
	flags.StringVar(&o.etcdPassword, "etcd-password", "", "password for BasicAuth to etcd")
	flags.Var(&o.iface, "iface", "interface to use (IP or name) for inter-host communication; the first match counts")
	flags.Var(&o.ifaceRegex, "iface-regex", "regex to match the first interface to use (IP or name); checked after -iface")
	flags.StringVar(&o.publicIP, "public-ip", "", "IP accessible by other nodes for inter-host communication")
	flags.StringVar(&o.subnetFile, "subnet-file", "/run/flannel/subnet.env", "filename where env variables (subnet, MTU, ... ) will be written to")
	flags.IntVar(&o.renewMarginMinutes, "subnet-lease-renew-margin", 60, "subnet lease renewal margin, in minutes, ranging from 1 to 1439")
	flags.BoolVar(&o.ipMasq, "ip-masq", false, "setup IP masquerade rule for traffic destined outside of overlay network")
	flags.BoolVar(&o.forwardRules, "iptables-forward-rules", true, "add default accept rules to FORWARD chain in iptables")
	flags.IntVar(&o.iptablesResyncSeconds, "iptables-resync", 5, "resync period for iptables rules, in seconds")
	flags.StringVar(&o.healthzIP, "healthz-ip", "0.0.0.0", "the IP address for healthz server to listen")
	flags.IntVar(&o.healthzPort, "healthz-port", 0, "the port for healthz server to listen(0 to disable)")
	flags.BoolVar(&o.version, "version", false, "print version and exit")
	for _, name := range initLog() {
		known := flag.Lookup(name)
		flags.Var(known.Value, known.Name, known.Usage)
	}
	// As v0.17.0: an unknown flag prints the usage and exits 0.
	flags.Usage = func() {
		fmt.Fprintf(os.Stderr, "%s\nUsage: %s [OPTION]...\n", about, os.Args[0])
		flags.PrintDefaults()
		os.Exit(0)
	}
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	return o, flagutil.SetFlagsFromEnv(flags, "FLANNELD")
}

// initLog sends everything to stderr, for the journal, and names klog's flags that flanneld passes on.
func initLog() []string {
	log.InitFlags(nil)
	_ = flag.Set("logtostderr", "true")
	return []string{"v", "vmodule", "log_backtrace_at"}
}
