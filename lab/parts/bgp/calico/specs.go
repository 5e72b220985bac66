package calico

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// ASNumber is written as a number and may be given as `64512` or `1.1`.
type ASNumber uint32

// UnmarshalJSON takes a number or a string.
func (a *ASNumber) UnmarshalJSON(text []byte) error {
	number, err := ParseASNumber(strings.Trim(string(text), `"`))
	*a = number
	return err
}

// ParseASNumber reads `64512`, or `1.1` for 65537.
func ParseASNumber(text string) (ASNumber, error) {
	high, low, dotted := strings.Cut(text, ".")
	if !dotted {
		number, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return 0, fmt.Errorf("invalid AS Number format (%s)", text)
		}
		return ASNumber(number), nil
	}
	upper, err := strconv.ParseUint(high, 10, 16)
	lower, err2 := strconv.ParseUint(low, 10, 16)
	if err != nil || err2 != nil {
		return 0, fmt.Errorf("invalid AS Number format (%s)", text)
	}
	return ASNumber(upper<<16 | lower), nil
}

// The specs hold what networking.md 2.3 names, in the order of calico's API.

type IPPoolSpec struct {
	CIDR              string   `json:"cidr"`
	VXLANMode         string   `json:"vxlanMode,omitempty"`
	IPIPMode          string   `json:"ipipMode,omitempty"`
	NATOutgoing       bool     `json:"natOutgoing,omitempty"`
	Disabled          bool     `json:"disabled,omitempty"`
	DisableBGPExport  bool     `json:"disableBGPExport,omitempty"`
	BlockSize         int      `json:"blockSize,omitempty"`
	NodeSelector      string   `json:"nodeSelector,omitempty"`
	NamespaceSelector string   `json:"namespaceSelector,omitempty"`
	AllowedUses       []string `json:"allowedUses,omitempty"`
	AssignmentMode    string   `json:"assignmentMode,omitempty"`
}

type BGPConfigurationSpec struct {
	LogSeverityScreen      string          `json:"logSeverityScreen,omitempty"`
	NodeToNodeMeshEnabled  *bool           `json:"nodeToNodeMeshEnabled,omitempty"`
	ASNumber               *ASNumber       `json:"asNumber,omitempty"`
	ServiceLoadBalancerIPs []cidrItem      `json:"serviceLoadBalancerIPs,omitempty"`
	ServiceExternalIPs     []cidrItem      `json:"serviceExternalIPs,omitempty"`
	ServiceClusterIPs      []cidrItem      `json:"serviceClusterIPs,omitempty"`
	Communities            json.RawMessage `json:"communities,omitempty"`
	PrefixAdvertisements   json.RawMessage `json:"prefixAdvertisements,omitempty"`
	ListenPort             int             `json:"listenPort,omitempty"`
	NodeMeshPassword       json.RawMessage `json:"nodeMeshPassword,omitempty"`
	NodeMeshMaxRestartTime string          `json:"nodeMeshMaxRestartTime,omitempty"`
	BindMode               string          `json:"bindMode,omitempty"`
	IgnoredInterfaces      []string        `json:"ignoredInterfaces,omitempty"`
	ProgramClusterRoutes   string          `json:"programClusterRoutes,omitempty"`
}

type cidrItem struct {
	CIDR string `json:"cidr"`
}

type BGPPeerSpec struct {
	Node                     string          `json:"node,omitempty"`
	NodeSelector             string          `json:"nodeSelector,omitempty"`
	PeerIP                   string          `json:"peerIP,omitempty"`
	ASNumber                 ASNumber        `json:"asNumber,omitempty"`
	PeerSelector             string          `json:"peerSelector,omitempty"`
	KeepOriginalNextHop      bool            `json:"keepOriginalNextHop,omitempty"`
	NextHopMode              string          `json:"nextHopMode,omitempty"`
	Password                 json.RawMessage `json:"password,omitempty"`
	SourceAddress            string          `json:"sourceAddress,omitempty"`
	MaxRestartTime           string          `json:"maxRestartTime,omitempty"`
	KeepaliveTime            string          `json:"keepaliveTime,omitempty"`
	NumAllowedLocalASNumbers *int32          `json:"numAllowedLocalASNumbers,omitempty"`
	TTLSecurity              *uint8          `json:"ttlSecurity,omitempty"`
	ReachableBy              string          `json:"reachableBy,omitempty"`
	Filters                  []string        `json:"filters,omitempty"`
	ReversePeering           string          `json:"reversePeering,omitempty"`
	LocalWorkloadSelector    string          `json:"localWorkloadSelector,omitempty"`
	LocalASNumber            *ASNumber       `json:"localASNumber,omitempty"`
}

type NodeSpec struct {
	BGP             *NodeBGPSpec    `json:"bgp,omitempty"`
	IPv4VXLANTunnel string          `json:"ipv4VXLANTunnelAddr,omitempty"`
	VXLANTunnelMAC  string          `json:"vxlanTunnelMACAddr,omitempty"`
	OrchRefs        []OrchRef       `json:"orchRefs,omitempty"`
	Addresses       json.RawMessage `json:"addresses,omitempty"`
	Interfaces      []NodeInterface `json:"interfaces,omitempty"`
}

type NodeBGPSpec struct {
	ASNumber                *ASNumber `json:"asNumber,omitempty"`
	IPv4Address             string    `json:"ipv4Address,omitempty"`
	IPv6Address             string    `json:"ipv6Address,omitempty"`
	IPv4IPIPTunnelAddr      string    `json:"ipv4IPIPTunnelAddr,omitempty"`
	RouteReflectorClusterID string    `json:"routeReflectorClusterID,omitempty"`
}

type OrchRef struct {
	NodeName     string `json:"nodeName,omitempty"`
	Orchestrator string `json:"orchestrator"`
}

type NodeInterface struct {
	Name      string   `json:"name,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
}

type NodeStatus struct {
	WireguardPublicKey string   `json:"wireguardPublicKey,omitempty"`
	PodCIDRs           []string `json:"podCIDRs,omitempty"`
}

type ClusterInformationSpec struct {
	ClusterGUID    string `json:"clusterGUID,omitempty"`
	ClusterType    string `json:"clusterType,omitempty"`
	CalicoVersion  string `json:"calicoVersion,omitempty"`
	DatastoreReady *bool  `json:"datastoreReady,omitempty"`
	Variant        string `json:"variant,omitempty"`
}
