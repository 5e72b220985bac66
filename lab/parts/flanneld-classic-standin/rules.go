package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-iptables/iptables"
	"github.com/flannel-io/flannel/pkg/ip"
	log "k8s.io/klog/v2"
)

type rule struct {
	table, chain string
	spec         []string
}

// keepRules puts the rules of v0.17.0 in place and again whenever one is missing. They stay when the daemon ends.
func keepRules(ctx context.Context, opts *options, network, own ip.IP4Net) error {
	var rules []rule
	if !opts.ipMasq && !opts.forwardRules {
		return nil
	}
	ipt, err := iptables.New()
	if err != nil {
		return fmt.Errorf("Failed to setup IPTables. iptables binary was not found: %v", err)
	}
	if opts.ipMasq {
		oldNetwork, oldSubnet := readSubnetFile(opts.subnetFile)
		if !oldNetwork.Empty() && (!oldNetwork.Equal(network) || !oldSubnet.Equal(own)) {
			log.Infof("Current network or subnet (%v, %v) is not equal to previous one (%v, %v), trying to recycle old iptables rules", network, own, oldNetwork, oldSubnet)
			drop(ipt, masqRules(oldNetwork, oldSubnet, ipt.HasRandomFully()))
		}
		log.Infof("Setting up masking rules")
		rules = append(rules, masqRules(network, own, ipt.HasRandomFully())...)
	}
	if opts.forwardRules {
		log.Infof("Changing default FORWARD chain policy to ACCEPT")
		rules = append(rules, forwardRules(network)...)
	}
	ensure(ipt, rules)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Duration(opts.iptablesResyncSeconds) * time.Second):
				ensure(ipt, rules)
			}
		}
	}()
	return nil
}

func masqRules(network, own ip.IP4Net, randomFully bool) []rule {
	n, sn := network.String(), own.String()
	masquerade := []string{"MASQUERADE"}
	if randomFully {
		masquerade = append(masquerade, "--random-fully")
	}
	post := func(target []string, match ...string) rule {
		spec := append(match, "-m", "comment", "--comment", "flanneld masq", "-j")
		return rule{"nat", "POSTROUTING", append(spec, target...)}
	}
	return []rule{
		// Not inside the overlay.
		post([]string{"RETURN"}, "-s", n, "-d", n),
		// Anything that leaves it, but multicast.
		post(masquerade, "-s", n, "!", "-d", "224.0.0.0/4"),
		// Not what came in for a pod of this host: the pod should see who sent it.
		post([]string{"RETURN"}, "!", "-s", n, "-d", sn),
		// Anything from this host into the overlay.
		post(masquerade, "!", "-s", n, "-d", n),
	}
}

func forwardRules(network ip.IP4Net) []rule {
	accept := func(side string) rule {
		return rule{"filter", "FORWARD", []string{side, network.String(), "-m", "comment", "--comment", "flanneld forward", "-j", "ACCEPT"}}
	}
	return []rule{accept("-s"), accept("-d")}
}

// ensure appends all rules afresh when one of a table is missing: their order counts.
func ensure(ipt *iptables.IPTables, rules []rule) {
	for _, table := range []string{"nat", "filter"} {
		wanted := inTable(table, rules)
		complete := true
		for _, r := range wanted {
			exists, err := ipt.Exists(r.table, r.chain, r.spec...)
			complete = complete && err == nil && exists
		}
		if complete {
			continue
		}
		log.Infof("Some iptables rules are missing; deleting and recreating rules")
		drop(ipt, wanted)
		for _, r := range wanted {
			if err := ipt.AppendUnique(r.table, r.chain, r.spec...); err != nil {
				log.Errorf("Failed to ensure iptables rules: %v", err)
			}
		}
	}
}

func drop(ipt *iptables.IPTables, rules []rule) {
	for _, r := range rules {
		if err := ipt.DeleteIfExists(r.table, r.chain, r.spec...); err != nil {
			log.Errorf("Failed to delete iptables rule %v: %v", r.spec, err)
		}
	}
}

func inTable(table string, rules []rule) []rule {
	var found []rule
	for _, r := range rules {
		if r.table == table {
			found = append(found, r)
		}
	}
	return found
}

// readSubnetFile gives FLANNEL_NETWORK and FLANNEL_SUBNET of the last run, empty where there was none.
func readSubnetFile(path string) (network, own ip.IP4Net) {
	text, err := os.ReadFile(path)
	if err != nil {
		return
	}
	for _, line := range strings.Split(string(text), "\n") {
		key, value, _ := strings.Cut(line, "=")
		_, cidr, err := net.ParseCIDR(value)
		if err != nil {
			continue
		}
		switch key {
		case "FLANNEL_NETWORK":
			network = ip.FromIPNet(cidr)
		case "FLANNEL_SUBNET":
			own = ip.FromIPNet(cidr)
		}
	}
	return
}
