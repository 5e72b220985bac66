package main

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
)

// The uplinks that Felix looks at for its MTU, and what it assumes where there is none. Source: networking.md 2.2, 2.10.
const (
	mtuPattern = `^((en|wl|ww|sl|ib)[Pcopsvx].*|(eth|wlan|wwan).*)`
	mtuAssumed = 1460
)

func hostMTU() int {
	pattern, err := regexp.Compile(withDefault("FELIX_MTUIFACEPATTERN", mtuPattern))
	if err != nil {
		return mtuAssumed
	}
	smallest := 0
	interfaces, _ := net.Interfaces()
	for _, each := range interfaces {
		if pattern.MatchString(each.Name) && (smallest == 0 || each.MTU < smallest) {
			smallest = each.MTU
		}
	}
	if smallest == 0 {
		return mtuAssumed
	}
	return smallest
}

// podMTU is what a pool's encapsulation leaves of a host's MTU; FELIX_VXLANMTU and FELIX_IPINIPMTU say it outright.
func podMTU(pools []pool) int {
	mtu := hostMTU()
	for _, pool := range pools {
		switch {
		case pool.vxlan:
			mtu = min(mtu, said("FELIX_VXLANMTU", hostMTU()-50))
		case pool.ipip:
			mtu = min(mtu, said("FELIX_IPINIPMTU", hostMTU()-20))
		}
	}
	return mtu
}

func said(name string, otherwise int) int {
	if number, err := strconv.Atoi(os.Getenv(name)); err == nil && number > 0 {
		return number
	}
	return otherwise
}

// tellMTU writes where the CNI plugin looks when its configuration says `mtu: 0`.
func tellMTU(mtu int) error {
	return os.WriteFile("/var/lib/calico/mtu", []byte(fmt.Sprint(mtu)), 0o644)
}
