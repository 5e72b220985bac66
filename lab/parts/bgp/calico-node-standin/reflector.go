package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"netplay/lab/parts/bgp/calico"
	"netplay/lab/parts/bgp/etcd"
)

// reflector is the image calico/routereflector v0.4: it reflects routes between the hosts of calico 2.x and has none itself.
type reflector struct {
	settings *settings
	client   *etcd.Client
	written  string
}

func (r *reflector) register(Context) error { return nil }

func (r *reflector) claim(Context) error { return nil }

func (r *reflector) pools(Context) ([]pool, error) { return nil, nil }

func (r *reflector) watch(ctx Context, changed func()) { (&worldV2{}).watch(ctx, changed) }

func (r *reflector) renderOnce(ctx Context) error {
	node, err := r.client.Get2(ctx, strings.TrimSuffix(calico.Prefix, "/"))
	if err != nil {
		return err
	}
	self, err := netip.ParseAddr(r.settings.ip)
	if err != nil {
		return err
	}
	return writeText(reflectorConfig(node.Leaves(), self), &r.written)
}

const reflectorHead = `# Written by the stand-in for calico/routereflector of netplay's lab.
router id %[1]s;

protocol kernel {
  import none;
  export none;
}

protocol device {
  scan time 2;
}

protocol direct {
  interface -"cali*", "*";
}

template bgp bgp_template {
  description "Connection to BGP peer";
  multihop;
  import all;
  export all;
  add paths on;
  graceful restart;
  connect delay time 2;
  connect retry time 5;
  error wait time 5,30;
  source address %[1]s;
}
`

// reflectorConfig writes a session for every host that peers with this reflector, and one for every other reflector.
// As v0.4 it speaks with the number of the peer, but expects the host's own: they have to be equal. Source: networking.md 1.10.
func reflectorConfig(keys map[string]string, self netip.Addr) string {
	own := rrRecord(keys[calico.RRsV1+self.String()])
	global := globalAS(keys)
	text := fmt.Sprintf(reflectorHead, self)
	for _, host := range hostsV2(keys, global) {
		kind, as, is := peersWith(keys, host.name, self)
		if is {
			text += reflected(session{kind: kind, neighbor: host.address.Addr(), as: host.as, clusterID: own.ClusterID}, as, true)
		}
	}
	for _, other := range otherReflectors(keys, self) {
		number := global
		if peer, is := peerAt(keys, calico.PeersV1+self.String()); is {
			number = peer.ASNum
		}
		isClient := other.ClusterID != own.ClusterID
		text += reflected(session{kind: "Mesh", neighbor: other.address, as: number, clusterID: own.ClusterID}, number, isClient)
	}
	return text
}

func reflected(s session, localAS calico.ASNumber, isClient bool) string {
	text := fmt.Sprintf("\nprotocol bgp %s from bgp_template {\n  local as %d;\n  neighbor %s as %d;\n", s.name(), localAS, s.neighbor, s.as)
	if isClient {
		text += "  rr client;\n"
	}
	if isClient && s.clusterID != "" {
		text += fmt.Sprintf("  rr cluster id %s;\n", s.clusterID)
	}
	return text + "}\n"
}

// peersWith says whether a host has this reflector as a peer, and with which number.
func peersWith(keys map[string]string, host string, self netip.Addr) (kind string, as calico.ASNumber, is bool) {
	if peer, is := peerAt(keys, calico.PeersV1+self.String()); is {
		return "Global", peer.ASNum, true
	}
	peer, is := peerAt(keys, calico.HostsV1+host+"/peer_v4/"+self.String())
	return "Node", peer.ASNum, is
}

func peerAt(keys map[string]string, key string) (peer calico.PeerV1, is bool) {
	text, has := keys[key]
	return peer, has && json.Unmarshal([]byte(text), &peer) == nil
}

func globalAS(keys map[string]string) calico.ASNumber {
	if number, err := calico.ParseASNumber(keys[calico.GlobalV1+"as_num"]); err == nil {
		return number
	}
	return 64512
}

type rr struct {
	IP        string `json:"ip"`
	ClusterID string `json:"cluster_id"`
	address   netip.Addr
}

func rrRecord(text string) (record rr) {
	_ = json.Unmarshal([]byte(text), &record)
	record.address, _ = netip.ParseAddr(record.IP)
	return record
}

func otherReflectors(keys map[string]string, self netip.Addr) (found []rr) {
	for key, value := range keys {
		if !strings.HasPrefix(key, calico.RRsV1) {
			continue
		}
		if record := rrRecord(value); record.address.IsValid() && record.address != self {
			found = append(found, record)
		}
	}
	slices.SortFunc(found, func(a, b rr) int { return a.address.Compare(b.address) })
	return found
}
