package main

import (
	"crypto/sha1"
	"net"
	"net/netip"
	"slices"

	"netplay/lab/parts/bgp/calico"
	"netplay/lab/parts/bgp/etcd"
)

// vxlanPlan is what Felix makes on this host for pools with VXLAN; BIRD leaves their routes alone.
type vxlanPlan struct {
	// Whether there is a pool with VXLAN at all.
	isOn bool
	self netip.Prefix
	own  []netip.Prefix
	// Blocks of other hosts.
	remotes []vxlanRemote
}

type vxlanRemote struct {
	block, node netip.Prefix
	tunnel      netip.Addr
	mac         net.HardwareAddr
	// Without encapsulation: cross-subnet, and the node is in this one's subnet.
	direct bool
}

// tunnelMAC is made of a node's name, so that everybody knows it without being told.
func tunnelMAC(node string) net.HardwareAddr {
	sum := sha1.Sum([]byte(node))
	mac := net.HardwareAddr(sum[:6])
	mac[0] = mac[0]&0xfe | 0x02
	return mac
}

// vxlanPlanOf reads all of calico's keys at one revision.
func vxlanPlanOf(kvs []etcd.KV, node string) *vxlanPlan {
	v := viewOfV3(kvs, node)
	plan := &vxlanPlan{self: v.self.address}
	keys, tunnels := map[string]string{}, map[string]netip.Addr{}
	for _, kv := range kvs {
		keys[string(kv.Key)] = string(kv.Value)
		if spec, is := specOf(resourceOf(kv)).(*calico.NodeSpec); is {
			tunnels[resourceOf(kv).Metadata.Name], _ = netip.ParseAddr(spec.IPv4VXLANTunnel)
		}
	}
	for _, pool := range v.pools {
		if !pool.vxlan {
			continue
		}
		plan.isOn = true
		plan.own = append(plan.own, blocksWithin(keys, node, pool.cidr)...)
		for _, other := range v.others {
			direct := !pool.vxlanAlways && v.self.address.Contains(other.address.Addr())
			for _, block := range blocksWithin(keys, other.name, pool.cidr) {
				plan.remotes = append(plan.remotes, vxlanRemote{block, other.address, tunnels[other.name], tunnelMAC(other.name), direct})
			}
		}
	}
	return plan
}

func blocksWithin(keys map[string]string, node string, pool netip.Prefix) []netip.Prefix {
	blocks := calico.BlocksIn(keys, node)
	return slices.DeleteFunc(blocks, func(block netip.Prefix) bool { return !pool.Overlaps(block) })
}
