package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
)

// Context of a call.
type Context = context.Context

// local is an address of this host.
type local struct {
	name    string
	address netip.Prefix
}

// Interfaces that first-found does not look at. Source: networking.md 2.2.
var notUplinks = regexp.MustCompile(`^(docker.*|cbr.*|dummy.*|virbr.*|lxcbr.*|veth.*|lo|cali.*|tunl.*|flannel.*|kube-ipvs.*|cni.*|br-.*|vxlan.calico.*|nodelocaldns.*)$`)

func localAddresses() (found []local) {
	interfaces, _ := net.Interfaces()
	for _, each := range interfaces {
		addresses, _ := each.Addrs()
		for _, address := range addresses {
			prefix, err := netip.ParsePrefix(address.String())
			if err == nil && prefix.Addr().Is4() && each.Flags&net.FlagUp != 0 {
				found = append(found, local{each.Name, prefix})
			}
		}
	}
	return found
}

// nodeAddress decides on the host's BGP address: what IP says, else what the node had, else what is found here.
// bare: an address without its length stays a /32, as in calico 2.4; later versions look the length up.
func (s *settings) nodeAddress(before string, bare bool) (netip.Prefix, error) {
	if s.ip == "" && before != "" {
		return netip.ParsePrefix(before)
	}
	if s.ip == "" || s.ip == "autodetect" {
		return s.autodetect()
	}
	if prefix, err := netip.ParsePrefix(s.ip); err == nil {
		return prefix, nil
	}
	address, err := netip.ParseAddr(s.ip)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("IP %q is no address", s.ip)
	}
	for _, each := range localAddresses() {
		if each.address.Addr() == address && !bare {
			return each.address, nil
		}
	}
	return netip.PrefixFrom(address, 32), nil
}

func (s *settings) autodetect() (netip.Prefix, error) {
	method, argument, _ := strings.Cut(s.method, "=")
	for _, each := range localAddresses() {
		if s.suits(each, method, argument) {
			return each.address, nil
		}
	}
	return netip.Prefix{}, fmt.Errorf("Unable to auto-detect an IPv4 address using method %s", s.method)
}

func (s *settings) suits(each local, method, argument string) bool {
	switch method {
	case "interface":
		return matchesAny(each.name, argument)
	case "skip-interface":
		return !notUplinks.MatchString(each.name) && !matchesAny(each.name, argument)
	case "cidr":
		return within(each.address.Addr(), argument)
	case "can-reach":
		connection, err := net.Dial("udp", net.JoinHostPort(argument, "80"))
		if err != nil {
			return false
		}
		defer connection.Close()
		source, _ := netip.ParseAddrPort(connection.LocalAddr().String())
		return source.Addr() == each.address.Addr()
	}
	return !notUplinks.MatchString(each.name) && !each.address.Addr().IsLoopback()
}

func matchesAny(name, patterns string) bool {
	for _, pattern := range strings.Split(patterns, ",") {
		if matches, _ := regexp.MatchString(pattern, name); matches {
			return true
		}
	}
	return false
}

func within(address netip.Addr, cidrs string) bool {
	for _, text := range strings.Split(cidrs, ",") {
		if cidr, err := netip.ParsePrefix(text); err == nil && cidr.Contains(address) {
			return true
		}
	}
	return false
}
