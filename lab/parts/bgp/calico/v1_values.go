package calico

import (
	"encoding/json"
	"fmt"
	"strings"
)

type poolValueV1 struct {
	CIDR       string `json:"cidr"`
	IPIP       string `json:"ipip"`
	IPIPMode   string `json:"ipip_mode"`
	Masquerade bool   `json:"masquerade"`
	IPAM       bool   `json:"ipam"`
	Disabled   bool   `json:"disabled"`
}

// PeerV1 is the value of a peer's key; calico writes the number as a string.
type PeerV1 struct {
	IP    string   `json:"ip"`
	ASNum ASNumber `json:"as_num"`
}

// MarshalJSON writes as_num in quotes.
func (p PeerV1) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"ip": p.IP, "as_num": fmt.Sprint(p.ASNum)})
}

// Value in etcd's v2 store.
func (r *ResourceV1) Value() string {
	var value any
	if r.Kind == "ipPool" {
		pool := poolValueV1{CIDR: r.Metadata.CIDR, Masquerade: r.Spec.NATOutgoing, IPAM: !r.Spec.Disabled, Disabled: r.Spec.Disabled}
		if r.Spec.IPIP != nil && r.Spec.IPIP.Enabled {
			pool.IPIP, pool.IPIPMode = "tunl0", "always"
			if r.Spec.IPIP.Mode != "" {
				pool.IPIPMode = r.Spec.IPIP.Mode
			}
		}
		value = pool
	} else {
		peer := PeerV1{IP: r.Metadata.PeerIP}
		if r.Spec.ASNumber != nil {
			peer.ASNum = *r.Spec.ASNumber
		}
		value = peer
	}
	text, _ := json.Marshal(value)
	return string(text)
}

// FromV2 reads a resource from its key, nil for a key of something else.
func FromV2(key, value string) *ResourceV1 {
	switch {
	case strings.HasPrefix(key, PoolsV1):
		var pool poolValueV1
		if json.Unmarshal([]byte(value), &pool) != nil {
			return nil
		}
		resource := &ResourceV1{Kind: "ipPool", APIVersion: "v1", Metadata: MetadataV1{CIDR: pool.CIDR}}
		resource.Spec = SpecV1{NATOutgoing: pool.Masquerade, Disabled: pool.Disabled}
		if pool.IPIP != "" {
			resource.Spec.IPIP = &IPIPV1{Enabled: true, Mode: pool.IPIPMode}
		}
		return resource
	case strings.Contains(key, "/peer_v4/"):
		var peer PeerV1
		if json.Unmarshal([]byte(value), &peer) != nil {
			return nil
		}
		metadata := MetadataV1{Scope: "global", PeerIP: peer.IP}
		if node, _, is := strings.Cut(strings.TrimPrefix(key, HostsV1), "/"); is && strings.HasPrefix(key, HostsV1) {
			metadata.Scope, metadata.Node = "node", node
		}
		return &ResourceV1{Kind: "bgpPeer", APIVersion: "v1", Metadata: metadata, Spec: SpecV1{ASNumber: &peer.ASNum}}
	}
	return nil
}

// TableV1 is what `get` prints without -o.
func TableV1(found []*ResourceV1) []string {
	lines := []string{"CIDR"}
	for _, resource := range found {
		if resource.Kind == "bgpPeer" {
			lines[0] = fmt.Sprintf("%-8s %-20s %-10s %s", "SCOPE", "PEERIP", "NODE", "ASN")
			lines = append(lines, fmt.Sprintf("%-8s %-20s %-10s %s", resource.Metadata.Scope, resource.Metadata.PeerIP, resource.Metadata.Node, shown(resource.Spec.ASNumber)))
			continue
		}
		lines = append(lines, resource.Metadata.CIDR)
	}
	return append(lines, "")
}
