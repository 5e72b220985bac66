package calico

// Kinds that the stand-ins know.
var Kinds = []Kind{
	{
		Name: "IPPool", Plural: "ippools", Aliases: []string{"pool", "pools"},
		newSpec: func() any { return &IPPoolSpec{} }, validate: checkIPPool, setUp: setUpIPPool,
		Columns: []Column{name, poolCIDR, poolSelector},
		Wide: []Column{name, poolCIDR,
			poolColumn("NAT", func(s *IPPoolSpec) any { return s.NATOutgoing }),
			poolColumn("IPIPMODE", func(s *IPPoolSpec) any { return s.IPIPMode }),
			poolColumn("VXLANMODE", func(s *IPPoolSpec) any { return s.VXLANMode }),
			poolColumn("DISABLED", func(s *IPPoolSpec) any { return s.Disabled }),
			poolColumn("DISABLEBGPEXPORT", func(s *IPPoolSpec) any { return s.DisableBGPExport }),
			poolSelector,
			poolColumn("ASSIGNMENTMODE", func(s *IPPoolSpec) any { return s.AssignmentMode })},
	},
	{
		Name: "BGPConfiguration", Plural: "bgpconfigurations", Aliases: []string{"bgpconfig", "bgpconfigs"},
		newSpec: func() any { return &BGPConfigurationSpec{} }, validate: checkBGPConfiguration, Columns: []Column{name, mesh, globalAS},
	},
	{
		Name: "BGPPeer", Plural: "bgppeers",
		newSpec: func() any { return &BGPPeerSpec{} }, validate: checkBGPPeer,
		Columns: []Column{name, peerColumn("PEERIP", func(s *BGPPeerSpec) any { return s.PeerIP }),
			peerColumn("NODE", peerNode), peerColumn("ASN", func(s *BGPPeerSpec) any { return s.ASNumber })},
	},
	{
		Name: "FelixConfiguration", Plural: "felixconfigurations", Aliases: []string{"felixconfig", "felixconfigs"},
		newSpec: func() any { return &FelixConfigurationSpec{} }, Columns: []Column{name},
	},
	{
		Name: "Node", Plural: "nodes",
		newSpec: func() any { return &NodeSpec{} }, newStatus: func() any { return &NodeStatus{} }, validate: checkNode,
		Columns: []Column{name}, Wide: []Column{name, nodeColumn("ASN", nodeAS), nodeColumn("IPV4", nodeIPv4), nodeColumn("IPV6", nodeIPv6)},
	},
	{
		Name: "ClusterInformation", Plural: "clusterinformations", Aliases: []string{"clusterinfo", "clusterinfos"},
		newSpec: func() any { return &ClusterInformationSpec{} }, Columns: []Column{name},
	},
}
