package main

import (
	"net/netip"
	"slices"
	"strings"

	"netplay/lab/parts/bgp/calico"
)

// view is all that BIRD's configuration depends on, of whichever generation.
type view struct {
	self    peer
	others  []peer
	mesh    bool
	bgps    []bgpPeer
	blocks  []netip.Prefix
	pools   []pool
	globals calico.ASNumber
}

// peer is a node as its neighbours see it.
type peer struct {
	name      string
	address   netip.Prefix
	as        calico.ASNumber
	clusterID string
	labels    map[string]string
}

// bgpPeer is a BGPPeer: who peers (local), and with whom (remote, or the address and as).
type bgpPeer struct {
	local, remote calico.Selector
	// The name of the one node it is for; "" when local decides.
	node      string
	global    bool
	address   netip.Addr
	as        calico.ASNumber
	noReverse bool
}

// pool of addresses, as far as routing is concerned.
type pool struct {
	cidr               netip.Prefix
	noExport           bool
	vxlan, vxlanAlways bool
	ipip               bool
	masquerade         bool
	blockSize          int
	disabled           bool
	selects            calico.Selector
}

// session is one `protocol bgp` of BIRD.
type session struct {
	kind      string
	neighbor  netip.Addr
	as        calico.ASNumber
	passive   bool
	clusterID string
}

// name is what birdcl and `calicoctl node status` know it by.
func (s session) name() string {
	return s.kind + "_" + strings.ReplaceAll(s.neighbor.String(), ".", "_")
}

// sessions decides whom this node speaks to. Source: networking.md 2.6, 4.4: a node with a cluster ID is in no mesh, on both sides.
func (v *view) sessions() []session {
	var found []session
	add := func(kind string, to peer) {
		isKnown := slices.ContainsFunc(found, func(each session) bool { return each.neighbor == to.address.Addr() && each.kind == kind })
		if to.address.Addr() == v.self.address.Addr() || !to.address.IsValid() || isKnown {
			return
		}
		found = append(found, v.session(kind, to))
	}
	for _, other := range v.others {
		if v.mesh && v.self.clusterID == "" && other.clusterID == "" {
			add("Mesh", other)
		}
	}
	for _, rule := range v.bgps {
		kind := "Node"
		if rule.global {
			kind = "Global"
		}
		for _, to := range v.remotes(rule) {
			add(kind, to)
		}
	}
	return found
}

// remotes are those whom a BGPPeer has this node speak to. With a selector of peers it works in both directions.
func (v *view) remotes(rule bgpPeer) (found []peer) {
	isLocal := rule.isFor(v.self)
	if rule.remote == nil {
		if isLocal {
			found = append(found, v.known(rule))
		}
		return found
	}
	isRemote := rule.remote(v.self.labels) && !rule.noReverse
	for _, other := range v.others {
		if isLocal && rule.remote(other.labels) || isRemote && rule.isFor(other) {
			found = append(found, other)
		}
	}
	return found
}

// known is the peer of a rule with an address: a node of the cluster, or a router outside.
func (v *view) known(rule bgpPeer) peer {
	for _, other := range v.others {
		if other.address.Addr() == rule.address {
			other.as = rule.as
			return other
		}
	}
	return peer{address: netip.PrefixFrom(rule.address, 32), as: rule.as}
}

func (v *view) session(kind string, to peer) session {
	made := session{kind: kind, neighbor: to.address.Addr(), as: to.as}
	// Between nodes one side calls: the one with the higher address.
	made.passive = to.name != "" && v.self.address.Addr().Less(to.address.Addr())
	if kind != "Mesh" && v.self.clusterID != "" && v.self.clusterID != to.clusterID && to.as == v.self.as {
		made.clusterID = v.self.clusterID
	}
	return made
}

func (r bgpPeer) isFor(node peer) bool {
	if r.node != "" {
		return r.node == node.name
	}
	return r.local(node.labels)
}
