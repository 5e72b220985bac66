package calico

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Keys of calico 2.x in etcd's v2 store. Source: networking.md 1.9.
const (
	PoolsV1  = Prefix + "v1/ipam/v4/pool/"
	GlobalV1 = Prefix + "bgp/v1/global/"
	PeersV1  = GlobalV1 + "peer_v4/"
	HostsV1  = Prefix + "bgp/v1/host/"
	RRsV1    = Prefix + "bgp/v1/rr_v4/"
)

// MetadataV1 of an ipPool (cidr) or a bgpPeer (the rest).
type MetadataV1 struct {
	CIDR   string `json:"cidr,omitempty"`
	Scope  string `json:"scope,omitempty"`
	Node   string `json:"node,omitempty"`
	PeerIP string `json:"peerIP,omitempty"`
}

// SpecV1 of an ipPool or a bgpPeer.
type SpecV1 struct {
	IPIP        *IPIPV1   `json:"ipip,omitempty"`
	NATOutgoing bool      `json:"nat-outgoing,omitempty"`
	Disabled    bool      `json:"disabled,omitempty"`
	ASNumber    *ASNumber `json:"asNumber,omitempty"`
}

// IPIPV1: mode is `always` or `cross-subnet`.
type IPIPV1 struct {
	Enabled bool   `json:"enabled,omitempty"`
	Mode    string `json:"mode,omitempty"`
}

// ResourceV1 is a resource of calicoctl v1.
type ResourceV1 struct {
	Kind       string     `json:"kind"`
	APIVersion string     `json:"apiVersion"`
	Metadata   MetadataV1 `json:"metadata"`
	Spec       SpecV1     `json:"spec"`
}

// ParseV1 reads one resource and refuses fields it does not know.
func ParseV1(document []byte) (*ResourceV1, error) {
	resource := &ResourceV1{}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(resource); err != nil {
		return nil, fmt.Errorf("error parsing document: %w", inCalicosWords(err, document))
	}
	kind := kindV1(resource.Kind)
	if kind == "" || kind != resource.Kind || resource.APIVersion != "v1" {
		return nil, fmt.Errorf("Unknown resource type (%s) and/or version (%s)", resource.Kind, resource.APIVersion)
	}
	return resource, resource.check()
}

func (r *ResourceV1) check() error {
	if r.Kind == "bgpPeer" {
		if _, err := netip.ParseAddr(r.Metadata.PeerIP); err != nil {
			return FieldErrors{{"PeerIP", r.Metadata.PeerIP, "insufficient identifiers"}}
		}
		if r.Metadata.Scope == "global" && r.Metadata.Node != "" || r.Metadata.Scope == "node" && r.Metadata.Node == "" {
			return FieldErrors{{"Metadata.Node", r.Metadata.Node, "node is for the scope node, and needed there"}}
		}
		return nil
	}
	prefix, err := netip.ParsePrefix(r.Metadata.CIDR)
	if err != nil {
		return FieldErrors{{"CIDR", r.Metadata.CIDR, "insufficient identifiers"}}
	}
	if prefix.Bits() > 26 {
		return FieldErrors{{"IPPool.CIDR", r.Metadata.CIDR, "IP pool size is too small (min /26) for use with Calico IPAM"}}
	}
	return nil
}

func kindV1(name string) string {
	switch strings.ToLower(name) {
	case "ippool", "ippools", "pool", "pools":
		return "ipPool"
	case "bgppeer", "bgppeers":
		return "bgpPeer"
	}
	return ""
}

// NewV1 names a resource, to be deleted. name is the pool's CIDR or the peer's address.
func NewV1(kind, name, node string) (*ResourceV1, error) {
	resource := &ResourceV1{Kind: kindV1(kind), APIVersion: "v1"}
	switch {
	case name == "":
		return nil, errors.New("resource name must be specified")
	case resource.Kind == "ipPool":
		resource.Metadata.CIDR = name
	case resource.Kind == "bgpPeer":
		resource.Metadata.PeerIP, resource.Metadata.Node = name, node
	default:
		return nil, fmt.Errorf("resource type '%s' is not supported", kind)
	}
	return resource, nil
}

// FolderV1 is where resources of a kind lie.
func FolderV1(kind string) (string, error) {
	switch kindV1(kind) {
	case "ipPool":
		return PoolsV1, nil
	case "bgpPeer":
		return Prefix + "bgp/v1", nil
	}
	return "", fmt.Errorf("resource type '%s' is not supported", kind)
}

// Name is what `get` and `delete` call it.
func (r *ResourceV1) Name() string { return r.Metadata.CIDR + r.Metadata.PeerIP }

// Key in etcd's v2 store.
func (r *ResourceV1) Key() string {
	switch {
	case r.Kind == "ipPool":
		return PoolsV1 + strings.Replace(r.Metadata.CIDR, "/", "-", 1)
	case r.Metadata.Node != "":
		return HostsV1 + r.Metadata.Node + "/peer_v4/" + r.Metadata.PeerIP
	}
	return PeersV1 + r.Metadata.PeerIP
}
