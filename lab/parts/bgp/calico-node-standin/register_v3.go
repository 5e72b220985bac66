package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"os"

	"netplay/lab/parts/bgp/calico"
)

// register does what calico/node does at its start: the cluster's own resources, the pool by default, this node.
func (w *worldV3) register(ctx Context) error {
	s := w.settings
	if err := os.WriteFile("/var/lib/calico/nodename", []byte(s.node), 0o644); err != nil {
		return err
	}
	for _, make := range []func(Context) error{w.ensureCluster, w.ensureFelix, w.ensurePool, w.ensureNode} {
		if err := make(ctx); err != nil {
			return err
		}
	}
	logf("Using node name: %s", s.node)
	return nil
}

func (w *worldV3) claim(ctx Context) error {
	return claimFirst(ctx, calico.KeysOf(w.store.Client, calico.V3), calico.V3, w.settings.node, &w.claimed)
}

func (w *worldV3) createOnce(ctx Context, kind, name string, set func(spec any)) error {
	resource := calico.KindOf(kind).New()
	resource.Metadata.Name = name
	set(resource.Spec)
	err := w.store.Create(ctx, resource)
	if errors.As(err, &calico.ExistsError{}) {
		return nil
	}
	return err
}

func (w *worldV3) ensureCluster(ctx Context) error {
	return w.createOnce(ctx, "ClusterInformation", "default", func(spec any) {
		guid := make([]byte, 16)
		_, _ = rand.Read(guid)
		ready := true
		info := spec.(*calico.ClusterInformationSpec)
		info.ClusterGUID, info.DatastoreReady, info.ClusterType = fmt.Sprintf("%x", guid), &ready, w.settings.clusterType
	})
}

func (w *worldV3) ensureFelix(ctx Context) error {
	err := w.createOnce(ctx, "FelixConfiguration", "default", func(spec any) {
		felix, level := spec.(*calico.FelixConfigurationSpec), ""
		felix.LogSeverityScreen, felix.ReportingInterval, felix.BPFLogLevel, felix.FloatingIPs = "Info", "0s", &level, "Disabled"
		felix.BPFConnectTimeLoadBalancing, felix.BPFHostNetworkedNATWithoutCTLB = "TCP", "Enabled"
	})
	if err != nil {
		return err
	}
	return w.createOnce(ctx, "FelixConfiguration", "node."+w.settings.node, func(spec any) {
		spec.(*calico.FelixConfigurationSpec).DefaultEndpointToHostAction = "Return"
	})
}

func (w *worldV3) ensurePool(ctx Context) error {
	s := w.settings
	pools, _, err := w.store.ReadAll(ctx, calico.KindOf("IPPool"))
	if err != nil || len(pools) > 0 || s.noDefaultPools || s.defaultPool == "none" {
		return err
	}
	return w.createOnce(ctx, "IPPool", "default-ipv4-ippool", func(spec any) {
		pool := spec.(*calico.IPPoolSpec)
		pool.CIDR, pool.NATOutgoing, pool.IPIPMode, pool.VXLANMode = "192.168.0.0/16", true, s.defaultPoolIPIP, s.defaultPoolVXLAN
		if s.defaultPool != "" {
			pool.CIDR = s.defaultPool
		}
	})
}

// ensureNode makes or updates this host's Node; labels and what an admin set on it stay.
func (w *worldV3) ensureNode(ctx Context) error {
	for {
		err := w.writeNode(ctx)
		if !errors.As(err, &calico.ConflictError{}) && !errors.As(err, &calico.ExistsError{}) {
			return err
		}
	}
}

func (w *worldV3) writeNode(ctx Context) error {
	kind := calico.KindOf("Node")
	nodes, _, err := w.store.ReadAll(ctx, kind)
	if err != nil {
		return err
	}
	mine := kind.New()
	mine.Metadata.Name = w.settings.node
	for _, node := range nodes {
		if node.Metadata.Name == w.settings.node {
			mine = node
		}
	}
	if err := w.settings.fillNode(mine.Spec.(*calico.NodeSpec)); err != nil {
		return err
	}
	if err := w.refuseSameAddress(mine, nodes); err != nil {
		return err
	}
	if mine.Metadata.UID == "" {
		return w.store.Create(ctx, mine)
	}
	return w.store.Update(ctx, mine)
}

func (s *settings) fillNode(spec *calico.NodeSpec) error {
	if spec.BGP == nil {
		spec.BGP = &calico.NodeBGPSpec{}
	}
	if s.ip != "none" {
		address, err := s.nodeAddress(spec.BGP.IPv4Address, false)
		if err != nil {
			return err
		}
		spec.BGP.IPv4Address = address.String()
	}
	if s.as != "" {
		number, err := calico.ParseASNumber(s.as)
		if err != nil {
			return err
		}
		spec.BGP.ASNumber = &number
	}
	spec.Interfaces = nil
	for _, each := range localAddresses() {
		if !notUplinks.MatchString(each.name) {
			spec.Interfaces = append(spec.Interfaces, calico.NodeInterface{Name: each.name, Addresses: []string{each.address.Addr().String()}})
		}
	}
	return nil
}

func (w *worldV3) refuseSameAddress(mine *calico.Resource, nodes []*calico.Resource) error {
	address := addressOf(mine)
	for _, node := range nodes {
		if w.settings.skipAddressCheck || node.Metadata.Name == mine.Metadata.Name || !address.IsValid() || addressOf(node) != address {
			continue
		}
		return fmt.Errorf("Calico node '%s' is already using the IPv4 address %s.\nTerminating", node.Metadata.Name, address)
	}
	return nil
}

func addressOf(node *calico.Resource) netip.Addr {
	if bgp := node.Spec.(*calico.NodeSpec).BGP; bgp != nil && bgp.IPv4Address != "" {
		return prefixOr32(bgp.IPv4Address).Addr()
	}
	return netip.Addr{}
}
