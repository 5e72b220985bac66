// Command flanneld-classic-standin STANDS IN for flanneld v0.17.0 in netplay's lab: the last flanneld that spoke
// etcd's v2 API cannot be built from today's Go module mirrors. The lab's README and --help say so as well.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/flannel-io/flannel/pkg/backend"
	_ "github.com/flannel-io/flannel/pkg/backend/hostgw"
	_ "github.com/flannel-io/flannel/pkg/backend/vxlan"
	"github.com/flannel-io/flannel/pkg/ipmatch"
	"github.com/flannel-io/flannel/pkg/subnet"
	log "k8s.io/klog/v2"
)

func main() {
	opts, err := parseOptions(os.Args[1:])
	if err != nil {
		log.Error("Can't parse flannel flags", err)
		os.Exit(1)
	}
	if opts.version {
		fmt.Fprintln(os.Stderr, standinVersion)
		return
	}
	if opts.renewMarginMinutes >= 24*60 || opts.renewMarginMinutes <= 0 {
		log.Error("Invalid subnet-lease-renew-margin option, out of acceptable range")
		os.Exit(1)
	}
	log.Warningf("flanneld %s: this is the STAND-IN of netplay's lab for the classic flanneld (etcd v2 API)", standinVersion)
	os.Exit(run(opts))
}

func run(opts *options) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	iface, err := findInterface(opts)
	if err != nil {
		log.Error(err)
		return 1
	}
	manager, err := newManager(opts)
	if err != nil {
		log.Error("Failed to create SubnetManager: ", err)
		return 1
	}
	log.Infof("Created subnet manager: %s", manager.Name())
	log.Info("Installing signal handlers")
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() { <-signals; log.Info("shutdownHandler sent cancel signal..."); cancel() }()
	if opts.healthzPort > 0 {
		go serveHealthz(opts)
	}
	config := waitForConfig(ctx, manager)
	if config == nil {
		return 0
	}
	var wg sync.WaitGroup
	if err := serve(ctx, cancel, &wg, opts, manager, iface, config); err != nil {
		log.Error(err)
		cancel()
		wg.Wait()
		return 1
	}
	log.Info("Waiting for all goroutines to exit")
	wg.Wait()
	log.Info("Exiting cleanly...")
	return 0
}

// serve registers the network, writes subnet.env, tells systemd and follows leases until it is stopped or its lease is revoked.
func serve(ctx context.Context, cancel context.CancelFunc, wg *sync.WaitGroup, opts *options, manager *v2Manager,
	iface *backend.ExternalInterface, config *subnet.Config) error {
	be, err := backend.NewManager(ctx, manager, iface).GetBackend(config.BackendType)
	if err != nil {
		return fmt.Errorf("Error fetching backend: %s", err)
	}
	network, err := be.RegisterNetwork(ctx, wg, config)
	if err != nil {
		return fmt.Errorf("Error registering network: %s", err)
	}
	if err := keepRules(ctx, opts, config.Network, network.Lease().Subnet); err != nil {
		return err
	}
	sn := network.Lease().Subnet
	if err := manager.HandleSubnetFile(opts.subnetFile, config, opts.ipMasq, sn, network.Lease().IPv6Subnet, network.MTU()); err != nil {
		log.Warningf("Failed to write subnet file: %s", err)
	} else {
		log.Infof("Wrote subnet file to %s", opts.subnetFile)
	}
	log.Info("Running backend.")
	wg.Add(1)
	go func() { network.Run(ctx); wg.Done() }()
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		log.Errorf("Failed to notify systemd the message READY=1 %v", err)
	}
	if err := manager.CompleteLease(ctx, network.Lease(), wg); errors.Is(err, errRevoked) {
		cancel()
	}
	return nil
}

func findInterface(opts *options) (*backend.ExternalInterface, error) {
	stack, err := ipmatch.GetIPFamily(true, false)
	if err != nil {
		return nil, err
	}
	public := ipmatch.PublicIPOpts{PublicIP: opts.publicIP}
	if len(opts.iface) == 0 && len(opts.ifaceRegex) == 0 {
		iface, err := ipmatch.LookupExtIface(opts.publicIP, "", "", stack, public)
		if err != nil {
			return nil, fmt.Errorf("Failed to find any valid interface to use: %w", err)
		}
		return iface, nil
	}
	for _, name := range opts.iface {
		iface, err := ipmatch.LookupExtIface(name, "", "", stack, public)
		if err == nil {
			return iface, nil
		}
		log.Infof("Could not find valid interface matching %s: %s", name, err)
	}
	for _, regex := range opts.ifaceRegex {
		iface, err := ipmatch.LookupExtIface("", regex, "", stack, public)
		if err == nil {
			return iface, nil
		}
		log.Infof("Could not find valid interface matching %s: %s", regex, err)
	}
	return nil, errors.New("Failed to find interface to use that matches the interfaces and/or regexes provided")
}

// waitForConfig asks every second until the key is there and parses; nil when it is stopped first.
func waitForConfig(ctx context.Context, manager subnet.Manager) *subnet.Config {
	for {
		config, err := manager.GetNetworkConfig(ctx)
		if err == nil {
			log.Infof("Found network config - Backend type: %s", config.BackendType)
			return config
		}
		if ctx.Err() == nil {
			log.Errorf("Couldn't fetch network config: %s", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
			fmt.Println("timed out")
		}
	}
}

func serveHealthz(opts *options) {
	address := net.JoinHostPort(opts.healthzIP, strconv.Itoa(opts.healthzPort))
	log.Infof("Start healthz server on %s", address)
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("flanneld is running")) })
	if err := http.ListenAndServe(address, nil); err != nil {
		log.Errorf("Start healthz server error. %v", err)
		os.Exit(1)
	}
}
