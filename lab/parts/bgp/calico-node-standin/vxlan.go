package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"github.com/vishvananda/netlink"
	"netplay/lab/parts/bgp/calico"
)

const (
	vxlanDevice = "vxlan.calico"
	vxlanVNI    = 4096
	vxlanPort   = 4789
	// Routes that Felix made are told by this protocol. Source: networking.md 2.4.
	felixProtocol = 80
)

// keepVXLAN makes the device, its neighbours and routes as they should be, and takes away what should not be.
func (w *worldV3) keepVXLAN(ctx Context, mtu int) error {
	kvs, _, err := w.store.List(ctx, calico.Prefix)
	if err != nil {
		return err
	}
	plan := vxlanPlanOf(kvs, w.settings.node)
	if !plan.isOn {
		return errors.Join(keepRoutes(nil), removeVXLAN())
	}
	tunnel, err := w.tunnelAddress(ctx, plan)
	if err != nil {
		return err
	}
	device, err := ensureDevice(plan.self.Addr(), tunnel, tunnelMAC(w.settings.node), mtu)
	if err != nil {
		return fmt.Errorf("%s: %w", vxlanDevice, err)
	}
	uplink, err := linkOf(plan.self.Addr())
	if err != nil {
		return err
	}
	return errors.Join(keepNeighbours(device, plan.remotes), keepRoutes(plan.routes(device, uplink)))
}

// tunnelAddress is the node's own in the VXLAN network: taken from its block once, and told in its Node.
func (w *worldV3) tunnelAddress(ctx Context, plan *vxlanPlan) (netip.Addr, error) {
	node, err := w.store.Read(ctx, calico.KindOf("Node"), w.settings.node)
	if err != nil {
		return netip.Addr{}, err
	}
	spec := node.Spec.(*calico.NodeSpec)
	if address, err := netip.ParseAddr(spec.IPv4VXLANTunnel); err == nil {
		return address, nil
	}
	if len(plan.own) == 0 {
		return netip.Addr{}, errors.New("no block for the tunnel's address yet")
	}
	owner := calico.Owner{Handle: "vxlan-tunnel-addr-" + w.settings.node, Node: w.settings.node}
	address, err := calico.Assign(ctx, calico.KeysOf(w.store.Client, calico.V3), plan.own[0], owner)
	if err != nil {
		return netip.Addr{}, err
	}
	spec.IPv4VXLANTunnel, spec.VXLANTunnelMAC = address.String(), tunnelMAC(w.settings.node).String()
	return address, w.store.Update(ctx, node)
}

func linkOf(address netip.Addr) (netlink.Link, error) {
	for _, each := range localAddresses() {
		if each.address.Addr() == address {
			return netlink.LinkByName(each.name)
		}
	}
	return nil, fmt.Errorf("no interface has %s", address)
}

func ensureDevice(self, tunnel netip.Addr, mac net.HardwareAddr, mtu int) (netlink.Link, error) {
	uplink, err := linkOf(self)
	if err != nil {
		return nil, err
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name, attributes.MTU, attributes.HardwareAddr = vxlanDevice, mtu, mac
	wanted := &netlink.Vxlan{LinkAttrs: attributes, VxlanId: vxlanVNI, VtepDevIndex: uplink.Attrs().Index, SrcAddr: self.AsSlice(), Port: vxlanPort}
	if err := netlink.LinkAdd(wanted); err != nil && !errors.Is(err, syscall.EEXIST) {
		return nil, err
	}
	device, err := netlink.LinkByName(vxlanDevice)
	if err != nil {
		return nil, err
	}
	return device, errors.Join(netlink.LinkSetMTU(device, mtu), netlink.AddrReplace(device, &netlink.Addr{IPNet: netOf(netip.PrefixFrom(tunnel, 32))}),
		netlink.LinkSetUp(device))
}

func removeVXLAN() error {
	device, err := netlink.LinkByName(vxlanDevice)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		return nil
	}
	if err != nil {
		return err
	}
	return netlink.LinkDel(device)
}

func keepNeighbours(device netlink.Link, remotes []vxlanRemote) error {
	var failed error
	for _, remote := range remotes {
		if !remote.tunnel.IsValid() || remote.direct {
			continue
		}
		index := device.Attrs().Index
		arp := &netlink.Neigh{LinkIndex: index, State: netlink.NUD_PERMANENT, IP: remote.tunnel.AsSlice(), HardwareAddr: remote.mac}
		fdb := &netlink.Neigh{LinkIndex: index, State: netlink.NUD_PERMANENT, Family: syscall.AF_BRIDGE, Flags: netlink.NTF_SELF,
			IP: remote.node.Addr().AsSlice(), HardwareAddr: remote.mac}
		failed = errors.Join(failed, netlink.NeighSet(arp), netlink.NeighSet(fdb))
	}
	return failed
}

// routes to all blocks: own ones end here, others go over the tunnel or straight to a node of the same subnet.
func (p *vxlanPlan) routes(device, uplink netlink.Link) (wanted []netlink.Route) {
	for _, block := range p.own {
		wanted = append(wanted, netlink.Route{Dst: netOf(block), Type: syscall.RTN_BLACKHOLE, Protocol: felixProtocol})
	}
	for _, remote := range p.remotes {
		route := netlink.Route{Dst: netOf(remote.block), Protocol: felixProtocol, LinkIndex: device.Attrs().Index, Gw: remote.tunnel.AsSlice(),
			Flags: int(netlink.FLAG_ONLINK)}
		if remote.direct {
			route.LinkIndex, route.Gw, route.Flags = uplink.Attrs().Index, remote.node.Addr().AsSlice(), 0
		}
		if remote.direct || remote.tunnel.IsValid() {
			wanted = append(wanted, route)
		}
	}
	return wanted
}

// keepRoutes writes the routes, and removes those of Felix that are none of them.
func keepRoutes(wanted []netlink.Route) error {
	var failed error
	isWanted := map[string]bool{}
	for _, route := range wanted {
		isWanted[route.Dst.String()] = true
		failed = errors.Join(failed, netlink.RouteReplace(&route))
	}
	found, err := netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Protocol: felixProtocol}, netlink.RT_FILTER_PROTOCOL)
	if err != nil {
		return errors.Join(failed, err)
	}
	for _, route := range found {
		if route.Dst != nil && !isWanted[route.Dst.String()] {
			failed = errors.Join(failed, netlink.RouteDel(&route))
		}
	}
	return failed
}

func netOf(prefix netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), 32)}
}
