package main

import (
	"fmt"
	"os"
	"strings"

	"netplay/lab/parts/bgp/calico"
)

func (w *worldV2) register(ctx Context) error {
	s := w.settings
	once := map[string]string{
		calico.Prefix + "v1/Ready":    "true",
		calico.GlobalV1 + "as_num":    "64512",
		calico.GlobalV1 + "node_mesh": `{"enabled":true}`,
	}
	for key, value := range once {
		if _, err := w.client.Create2(ctx, key, value); err != nil {
			return err
		}
	}
	if err := w.ensurePool(ctx); err != nil {
		return err
	}
	if err := w.writeHost(ctx); err != nil {
		return err
	}
	if err := os.WriteFile("/var/lib/calico/nodename", []byte(s.node), 0o644); err != nil {
		return err
	}
	logf("Using node name: %s", s.node)
	return nil
}

func (w *worldV2) claim(ctx Context) error {
	return claimFirst(ctx, calico.KeysOf(w.client, calico.V1), calico.V1, w.settings.node, &w.claimed)
}

func (w *worldV2) ensurePool(ctx Context) error {
	pools, err := w.pools(ctx)
	if err != nil || len(pools) > 0 || w.settings.noDefaultPools {
		return err
	}
	resource := calico.ResourceV1{Kind: "ipPool", Metadata: calico.MetadataV1{CIDR: "192.168.0.0/16"}, Spec: calico.SpecV1{NATOutgoing: true}}
	if w.settings.defaultPool != "" {
		resource.Metadata.CIDR = w.settings.defaultPool
	}
	return w.client.Set2(ctx, resource.Key(), resource.Value())
}

func (w *worldV2) writeHost(ctx Context) error {
	s := w.settings
	root, err := w.client.Get2(ctx, strings.TrimSuffix(calico.HostsV1, "/"))
	if err != nil {
		return err
	}
	keys, own := root.Leaves(), calico.HostsV1+s.node+"/"
	address, err := s.nodeAddress(keys[own+"network_v4"], true)
	if err != nil {
		return err
	}
	for _, other := range hostsV2(keys, 0) {
		if other.name != s.node && other.address.Addr() == address.Addr() && !s.skipAddressCheck {
			return fmt.Errorf("Calico node '%s' is already using the IPv4 address %s.\nTerminating", other.name, address.Addr())
		}
	}
	values := map[string]string{"ip_addr_v4": address.Addr().String(), "network_v4": address.Masked().String()}
	if s.as != "" {
		values["as_num"] = s.as
	}
	for name, value := range values {
		if err := w.client.Set2(ctx, own+name, value); err != nil {
			return err
		}
	}
	return nil
}
