package main

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"

	"netplay/lab/parts/bgp/calico"
	"netplay/lab/parts/bgp/etcd"
)

// worldV2 is calico 2.x: keys in etcd's v2 store. Source: networking.md 1.9, 1.10.
type worldV2 struct {
	settings *settings
	client   *etcd.Client
	written  string
	claimed  bool
}

// watchEvery: the v2 API's own watch loses its place after a thousand events; a look twice a second is soon enough here.
const watchEvery = 500 * time.Millisecond

func (w *worldV2) watch(ctx Context, changed func()) {
	for ctx.Err() == nil {
		changed()
		time.Sleep(watchEvery)
	}
}

func (w *worldV2) pools(ctx Context) ([]pool, error) {
	node, err := w.client.Get2(ctx, calico.PoolsV1)
	return poolsV2(node.Leaves()), err
}

func poolsV2(keys map[string]string) (pools []pool) {
	for key, value := range keys {
		resource := calico.FromV2(key, value)
		if resource == nil || resource.Kind != "ipPool" {
			continue
		}
		cidr, err := netip.ParsePrefix(resource.Metadata.CIDR)
		if err == nil {
			pools = append(pools, pool{cidr: cidr, masquerade: resource.Spec.NATOutgoing, blockSize: 26, disabled: resource.Spec.Disabled})
		}
	}
	slices.SortFunc(pools, func(a, b pool) int { return comparePrefixes(a.cidr, b.cidr) })
	return pools
}

func (w *worldV2) renderOnce(ctx Context) error {
	node, err := w.client.Get2(ctx, strings.TrimSuffix(calico.Prefix, "/"))
	if err != nil {
		return err
	}
	return writeConfig(viewOfV2(node.Leaves(), w.settings.node), &w.written)
}

// viewOfV2 reads all of calico's keys.
func viewOfV2(keys map[string]string, self string) *view {
	v := &view{mesh: true, globals: 64512, pools: poolsV2(keys), blocks: calico.BlocksIn(keys, self)}
	if text, has := keys[calico.GlobalV1+"node_mesh"]; has {
		v.mesh = calico.MeshOfV1(&etcd.Node{Value: text})
	}
	if number, err := calico.ParseASNumber(keys[calico.GlobalV1+"as_num"]); err == nil {
		v.globals = number
	}
	for _, each := range hostsV2(keys, v.globals) {
		if each.name == self {
			v.self = each
		} else {
			v.others = append(v.others, each)
		}
	}
	v.bgps = rulesV2(keys, self)
	return v
}

// hostsV2 gives every host that has an address, in order of name.
func hostsV2(keys map[string]string, globalAS calico.ASNumber) (found []peer) {
	for key, value := range keys {
		name, last, _ := strings.Cut(strings.TrimPrefix(key, calico.HostsV1), "/")
		if !strings.HasPrefix(key, calico.HostsV1) || last != "ip_addr_v4" || value == "" {
			continue
		}
		each := peer{name: name, address: prefixOr32(value), as: globalAS}
		if number, err := calico.ParseASNumber(keys[calico.HostsV1+name+"/as_num"]); err == nil {
			each.as = number
		}
		found = append(found, each)
	}
	slices.SortFunc(found, func(a, b peer) int { return strings.Compare(a.name, b.name) })
	return found
}

// rulesV2 gives the global peers and those of the host itself.
func rulesV2(keys map[string]string, self string) (rules []bgpPeer) {
	for key, value := range keys {
		isGlobal := strings.HasPrefix(key, calico.PeersV1)
		if !isGlobal && !strings.HasPrefix(key, calico.HostsV1+self+"/peer_v4/") {
			continue
		}
		var peer calico.PeerV1
		if err := json.Unmarshal([]byte(value), &peer); err != nil {
			logf("ignoring %s: %v", key, err)
			continue
		}
		address, _ := netip.ParseAddr(peer.IP)
		rules = append(rules, bgpPeer{local: everybody, global: isGlobal, address: address, as: peer.ASNum})
	}
	slices.SortFunc(rules, func(a, b bgpPeer) int { return a.address.Compare(b.address) })
	return rules
}

func everybody(map[string]string) bool { return true }
