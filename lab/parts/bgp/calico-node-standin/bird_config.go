package main

import (
	"fmt"
	"slices"
	"strings"
)

const birdHead = `# Written by the stand-in for calico/node of netplay's lab.
router id %[1]s;

# IP blocks of this host.
protocol static {
%[2]s}

# The block is announced, nothing beneath it.
function calico_aggr()
{
%[3]s}

filter calico_export_to_bgp_peers {
  calico_aggr();
%[4]s  reject;
}

filter calico_kernel_programming {
%[5]s  accept;
}

protocol kernel {
  persist;
  scan time 2;
  import all;
  export filter calico_kernel_programming;
  graceful restart;
  merge paths on;
}

protocol device {
  scan time 2;
}

protocol direct {
  interface -"cali*", -"kube-ipvs*", "*";
}

template bgp bgp_template {
  description "Connection to BGP peer";
  local as %[6]d;
  multihop;
  gateway recursive;
  import all;
  export filter calico_export_to_bgp_peers;
  add paths on;
  graceful restart;
  connect delay time 2;
  connect retry time 5;
  error wait time 5,30;
}
`

// birdConfig writes BIRD's configuration with calico's own names and timers.
func (v *view) birdConfig() string {
	var static, aggregate, export, kernel strings.Builder
	slices.SortFunc(v.blocks, comparePrefixes)
	for _, block := range v.blocks {
		fmt.Fprintf(&static, "  route %s blackhole;\n", block)
		fmt.Fprintf(&aggregate, "  if ( net = %s ) then { accept; }\n  if ( net ~ %s ) then { reject; }\n", block, block)
	}
	for _, pool := range v.pools {
		verdict := "accept"
		if pool.noExport {
			verdict = "reject"
		}
		fmt.Fprintf(&export, "  if ( net ~ %s ) then { %s; }\n", pool.cidr, verdict)
		if pool.vxlan {
			fmt.Fprintf(&kernel, "  # Felix makes the routes of VXLAN.\n  if ( net ~ %s ) then { reject; }\n", pool.cidr)
		}
	}
	text := fmt.Sprintf(birdHead, v.self.address.Addr(), static.String(), aggregate.String(), export.String(), kernel.String(), v.self.as)
	for _, session := range v.sessions() {
		text += session.birdConfig(v)
	}
	return text
}

func (s session) birdConfig(v *view) string {
	text := fmt.Sprintf("\nprotocol bgp %s from bgp_template {\n  neighbor %s as %d;\n  source address %s;\n", s.name(), s.neighbor, s.as, v.self.address.Addr())
	if s.clusterID != "" {
		text += fmt.Sprintf("  rr client;\n  rr cluster id %s;\n", s.clusterID)
	}
	if s.passive {
		text += "  passive on; # Peering is unidirectional, the peer will connect to us.\n"
	}
	return text + "}\n"
}
