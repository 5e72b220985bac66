package main

import (
	"net/netip"
	"strings"

	"netplay/lab/parts/bgp/calico"
	"netplay/lab/parts/bgp/etcd"
)

// worldV3 is calico v3: resources in etcd v3.
type worldV3 struct {
	settings *settings
	store    calico.Store
	written  string
	claimed  bool
}

func (w *worldV3) watch(ctx Context, changed func()) { w.store.Watch(ctx, calico.Prefix, changed) }

func (w *worldV3) renderOnce(ctx Context) error {
	kvs, _, err := w.store.List(ctx, calico.Prefix)
	if err != nil {
		return err
	}
	return writeConfig(viewOfV3(kvs, w.settings.node), &w.written)
}

func (w *worldV3) pools(ctx Context) ([]pool, error) {
	found, _, err := w.store.ReadAll(ctx, calico.KindOf("IPPool"))
	var pools []pool
	for _, resource := range found {
		pools = appendPool(pools, resource)
	}
	return pools, err
}

// viewOfV3 reads all of calico's keys at one revision.
func viewOfV3(kvs []etcd.KV, node string) *view {
	v := &view{mesh: true, globals: 64512}
	var nodes []*calico.Resource
	keys := map[string]string{}
	for _, kv := range kvs {
		keys[string(kv.Key)] = string(kv.Value)
		switch resource := resourceOf(kv); spec := specOf(resource).(type) {
		case *calico.NodeSpec:
			nodes = append(nodes, resource)
		case *calico.IPPoolSpec:
			v.pools = appendPool(v.pools, resource)
		case *calico.BGPConfigurationSpec:
			v.configure(resource.Metadata.Name, spec)
		case *calico.BGPPeerSpec:
			v.bgps = append(v.bgps, ruleOf(spec))
		}
	}
	for _, resource := range nodes {
		v.addNode(resource, node)
	}
	v.blocks = calico.BlocksIn(keys, node)
	return v
}

func resourceOf(kv etcd.KV) *calico.Resource {
	words := strings.Split(string(kv.Key), "/")
	if len(words) < 3 || !strings.Contains(string(kv.Key), "/projectcalico.org/") {
		return nil
	}
	kind := calico.KindOf(words[len(words)-2])
	if kind == nil {
		return nil
	}
	resource, err := kind.Decode(kv.Value)
	if err != nil {
		logf("ignoring %s: %v", kv.Key, err)
		return nil
	}
	return resource
}

func specOf(resource *calico.Resource) any {
	if resource == nil {
		return nil
	}
	return resource.Spec
}

func (v *view) configure(name string, spec *calico.BGPConfigurationSpec) {
	if name != "default" {
		return
	}
	if spec.NodeToNodeMeshEnabled != nil {
		v.mesh = *spec.NodeToNodeMeshEnabled
	}
	if spec.ASNumber != nil {
		v.globals = *spec.ASNumber
	}
}

func (v *view) addNode(resource *calico.Resource, self string) {
	bgp := resource.Spec.(*calico.NodeSpec).BGP
	if bgp == nil || bgp.IPv4Address == "" {
		return
	}
	each := peer{name: resource.Metadata.Name, address: prefixOr32(bgp.IPv4Address), as: v.globals,
		clusterID: bgp.RouteReflectorClusterID, labels: resource.Metadata.Labels}
	if bgp.ASNumber != nil {
		each.as = *bgp.ASNumber
	}
	if each.name == self {
		v.self = each
		return
	}
	v.others = append(v.others, each)
}

func prefixOr32(text string) netip.Prefix {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix
	}
	address, _ := netip.ParseAddr(text)
	return netip.PrefixFrom(address, 32)
}

func appendPool(pools []pool, resource *calico.Resource) []pool {
	spec := resource.Spec.(*calico.IPPoolSpec)
	cidr, err := netip.ParsePrefix(spec.CIDR)
	selects, wrong := calico.ParseSelector(spec.NodeSelector)
	if err != nil || wrong != nil || !cidr.Addr().Is4() {
		return pools
	}
	return append(pools, pool{cidr: cidr, noExport: spec.DisableBGPExport, masquerade: spec.NATOutgoing, blockSize: spec.BlockSize,
		vxlan: spec.VXLANMode == "Always" || spec.VXLANMode == "CrossSubnet", vxlanAlways: spec.VXLANMode == "Always",
		ipip: spec.IPIPMode == "Always" || spec.IPIPMode == "CrossSubnet", disabled: spec.Disabled, selects: selects})
}

func ruleOf(spec *calico.BGPPeerSpec) bgpPeer {
	rule := bgpPeer{as: spec.ASNumber, noReverse: spec.ReversePeering == "Manual", global: spec.Node == "" && spec.NodeSelector == ""}
	rule.local, _ = calico.ParseSelector(spec.NodeSelector)
	if spec.PeerSelector != "" {
		rule.remote, _ = calico.ParseSelector(spec.PeerSelector)
	}
	rule.address, _ = netip.ParseAddr(spec.PeerIP)
	rule.node = spec.Node
	return rule
}
