package calico

import (
	"fmt"
)

var (
	name         = Column{"NAME", func(r *Resource) string { return r.Metadata.Name }}
	poolCIDR     = poolColumn("CIDR", func(s *IPPoolSpec) any { return s.CIDR })
	poolSelector = poolColumn("SELECTOR", func(s *IPPoolSpec) any { return s.NodeSelector })
	mesh         = Column{"MESHENABLED", func(r *Resource) string { return shown(r.Spec.(*BGPConfigurationSpec).NodeToNodeMeshEnabled) }}
	globalAS     = Column{"ASNUMBER", func(r *Resource) string { return shown(r.Spec.(*BGPConfigurationSpec).ASNumber) }}
)

func poolColumn(title string, of func(*IPPoolSpec) any) Column {
	return Column{title, func(r *Resource) string { return fmt.Sprint(of(r.Spec.(*IPPoolSpec))) }}
}

func peerColumn(title string, of func(*BGPPeerSpec) any) Column {
	return Column{title, func(r *Resource) string { return fmt.Sprint(of(r.Spec.(*BGPPeerSpec))) }}
}

func nodeColumn(title string, of func(*NodeBGPSpec) string) Column {
	return Column{title, func(r *Resource) string {
		if bgp := r.Spec.(*NodeSpec).BGP; bgp != nil {
			return of(bgp)
		}
		return ""
	}}
}

func nodeIPv4(bgp *NodeBGPSpec) string { return bgp.IPv4Address }
func nodeIPv6(bgp *NodeBGPSpec) string { return bgp.IPv6Address }

func nodeAS(bgp *NodeBGPSpec) string {
	if bgp.ASNumber == nil {
		return "(64512)"
	}
	return fmt.Sprint(*bgp.ASNumber)
}

func peerNode(s *BGPPeerSpec) any {
	switch {
	case s.Node != "":
		return s.Node
	case s.NodeSelector != "":
		return s.NodeSelector
	}
	return "(global)"
}

func shown[T any](value *T) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(*value)
}
