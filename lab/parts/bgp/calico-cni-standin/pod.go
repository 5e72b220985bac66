package main

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/containernetworking/cni/pkg/skel"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// Every host end has this address, as calico's have; the pod's gateway is no interface's address at all.
var (
	hostMAC = net.HardwareAddr{0xee, 0xee, 0xee, 0xee, 0xee, 0xee}
	gateway = net.IPv4(169, 254, 1, 1)
)

// hostName is the name of the host's end: `cali` and eleven digits of a hash, always the same for a container.
func hostName(args *skel.CmdArgs) string {
	return fmt.Sprintf("cali%.11x", sha1.Sum([]byte(args.ContainerID+args.IfName)))[:15]
}

// connectPod makes the pair, the pod's address and routes, and the host's route to it. result learns of the interfaces.
func connectPod(args *skel.CmdArgs, result *current.Result, mtu int) error {
	address := result.IPs[0].Address
	pod, err := netns.GetFromPath(args.Netns)
	if err != nil {
		return fmt.Errorf("failed to open netns %q: %v", args.Netns, err)
	}
	defer pod.Close()
	if err := removeLink(hostName(args)); err != nil {
		return err
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name, attributes.MTU, attributes.HardwareAddr = hostName(args), mtu, hostMAC
	pair := &netlink.Veth{LinkAttrs: attributes, PeerName: args.IfName, PeerNamespace: netlink.NsFd(int(pod))}
	if err := netlink.LinkAdd(pair); err != nil {
		return fmt.Errorf("failed to make the veth pair: %v", err)
	}
	if err := setUpPodEnd(pod, args.IfName, address.IP, mtu); err != nil {
		return errors.Join(err, removeLink(hostName(args)))
	}
	if err := setUpHostEnd(pair.Name, address.IP); err != nil {
		return errors.Join(err, removeLink(hostName(args)))
	}
	inPod := 1
	result.Interfaces = []*current.Interface{{Name: pair.Name, Mac: hostMAC.String()}, {Name: args.IfName, Sandbox: args.Netns}}
	result.IPs[0].Interface = &inPod
	return nil
}

func setUpPodEnd(pod netns.NsHandle, name string, ip net.IP, mtu int) error {
	inside, err := netlink.NewHandleAt(pod)
	if err != nil {
		return err
	}
	defer inside.Close()
	link, err := inside.LinkByName(name)
	if err != nil {
		return err
	}
	own := &netlink.Addr{IPNet: &net.IPNet{IP: ip, Mask: net.CIDRMask(32, 32)}}
	onlyLink := netlink.Route{LinkIndex: link.Attrs().Index, Scope: netlink.SCOPE_LINK, Dst: &net.IPNet{IP: gateway, Mask: net.CIDRMask(32, 32)}}
	everywhere := netlink.Route{LinkIndex: link.Attrs().Index, Gw: gateway, Dst: &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}}
	return errors.Join(
		inside.LinkSetMTU(link, mtu),
		inside.LinkSetUp(link),
		inside.AddrAdd(link, own),
		inside.RouteAdd(&onlyLink),
		inside.RouteAdd(&everywhere),
	)
}

// The host answers ARP for the gateway, and for every address the pod asks for: proxy_arp, without the kernel's random delay.
func setUpHostEnd(name string, ip net.IP) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	for _, setting := range []string{"conf/%s/proxy_arp=1", "conf/%s/forwarding=1", "neigh/%s/proxy_delay=0"} {
		if err := sysctl(fmt.Sprintf(setting, name)); err != nil {
			return err
		}
	}
	route := netlink.Route{LinkIndex: link.Attrs().Index, Scope: netlink.SCOPE_LINK, Dst: &net.IPNet{IP: ip, Mask: net.CIDRMask(32, 32)}}
	return errors.Join(netlink.LinkSetUp(link), netlink.RouteReplace(&route))
}

func sysctl(setting string) error {
	for at := range setting {
		if setting[at] == '=' {
			return os.WriteFile("/proc/sys/net/ipv4/"+setting[:at], []byte(setting[at+1:]), 0o644)
		}
	}
	return fmt.Errorf("no setting: %s", setting)
}

func removeLink(name string) error {
	link, err := netlink.LinkByName(name)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		return nil
	}
	if err != nil {
		return err
	}
	return netlink.LinkDel(link)
}

// disconnectPod removes the pair; its route goes with it. Fine when it has gone with its namespace.
func disconnectPod(args *skel.CmdArgs) error { return removeLink(hostName(args)) }

func checkPod(args *skel.CmdArgs) error {
	if _, err := netlink.LinkByName(hostName(args)); err != nil {
		return fmt.Errorf("%s: %w", hostName(args), err)
	}
	return nil
}
