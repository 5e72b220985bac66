package calico

import (
	"fmt"
	"net/netip"
	"slices"
)

// Validate checks a spec by itself; what needs the other resources is up to the store.
func (k *Kind) Validate(resource *Resource) error {
	if k.validate == nil {
		return nil
	}
	if wrong := k.validate(resource.Spec); len(wrong) > 0 {
		return FieldErrors(wrong)
	}
	return nil
}

var encapsulations = []string{"", "Always", "CrossSubnet", "Never"}

func checkIPPool(spec any) (wrong []FieldError) {
	pool := spec.(*IPPoolSpec)
	if _, err := netip.ParsePrefix(pool.CIDR); err != nil {
		wrong = append(wrong, tagged("CIDR", pool.CIDR, "net"))
	}
	if !slices.Contains(encapsulations, pool.IPIPMode) {
		wrong = append(wrong, tagged("IPIPMode", pool.IPIPMode, "ipIpMode"))
	}
	if !slices.Contains(encapsulations, pool.VXLANMode) {
		wrong = append(wrong, tagged("VXLANMode", pool.VXLANMode, "vxlanMode"))
	}
	return append(wrong, checkSelector("NodeSelector", pool.NodeSelector)...)
}

func setUpIPPool(spec any) {
	pool := spec.(*IPPoolSpec)
	fill(&pool.VXLANMode, "Never")
	fill(&pool.IPIPMode, "Never")
	fill(&pool.NodeSelector, "all()")
	fill(&pool.AssignmentMode, "Automatic")
	if pool.BlockSize == 0 {
		pool.BlockSize = 26
	}
	if len(pool.AllowedUses) == 0 {
		pool.AllowedUses = []string{"Workload", "Tunnel"}
	}
}

func fill(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

func checkBGPConfiguration(spec any) (wrong []FieldError) {
	config := spec.(*BGPConfigurationSpec)
	if !slices.Contains([]string{"", "None", "NodeIP"}, config.BindMode) {
		wrong = append(wrong, tagged("BindMode", config.BindMode, "oneof"))
	}
	if config.ListenPort < 0 || config.ListenPort > 65535 {
		wrong = append(wrong, tagged("ListenPort", fmt.Sprint(config.ListenPort), "lte"))
	}
	return wrong
}

func checkBGPPeer(spec any) (wrong []FieldError) {
	peer := spec.(*BGPPeerSpec)
	if peer.Node != "" && peer.NodeSelector != "" {
		wrong = append(wrong, FieldError{"Node", peer.Node, "Node field must be empty when NodeSelector is specified"})
	}
	if peer.PeerIP != "" && peer.PeerSelector != "" {
		wrong = append(wrong, FieldError{"PeerIP", peer.PeerIP, "PeerIP field must be empty when PeerSelector is specified"})
	}
	if peer.ASNumber != 0 && peer.PeerSelector != "" {
		wrong = append(wrong, FieldError{"ASNumber", fmt.Sprint(peer.ASNumber), "ASNumber field must be empty when PeerSelector is specified"})
	}
	if peer.PeerIP != "" && !isAddress(peer.PeerIP) {
		wrong = append(wrong, tagged("PeerIP", peer.PeerIP, "IP:port"))
	}
	wrong = append(wrong, checkSelector("NodeSelector", peer.NodeSelector)...)
	return append(wrong, checkSelector("PeerSelector", peer.PeerSelector)...)
}

func isAddress(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	_, err := netip.ParseAddrPort(text)
	return err == nil
}

func checkSelector(field, selector string) []FieldError {
	if _, err := ParseSelector(selector); err != nil {
		return []FieldError{tagged(field, selector, "selector")}
	}
	return nil
}

func checkNode(spec any) (wrong []FieldError) {
	bgp := spec.(*NodeSpec).BGP
	if bgp == nil {
		return nil
	}
	if id := bgp.RouteReflectorClusterID; id != "" {
		if address, err := netip.ParseAddr(id); err != nil || !address.Is4() {
			wrong = append(wrong, tagged("RouteReflectorClusterID", id, "ipv4"))
		}
	}
	if address := bgp.IPv4Address; address != "" {
		if _, err := netip.ParsePrefix(address); err != nil && !isAddress(address) {
			wrong = append(wrong, tagged("IPv4Address", address, "cidrv4"))
		}
	}
	return wrong
}
