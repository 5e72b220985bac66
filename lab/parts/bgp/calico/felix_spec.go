package calico

// FelixConfigurationSpec is a part of the real one, which has about 150 fields: those that a role for hosts would set, and
// those that calico/node writes by itself. Durations are strings here.
type FelixConfigurationSpec struct {
	LogFilePath                    string   `json:"logFilePath,omitempty"`
	LogSeverityFile                string   `json:"logSeverityFile,omitempty"`
	LogSeverityScreen              string   `json:"logSeverityScreen,omitempty"`
	LogSeveritySys                 string   `json:"logSeveritySys,omitempty"`
	IPv6Support                    *bool    `json:"ipv6Support,omitempty"`
	RouteRefreshInterval           string   `json:"routeRefreshInterval,omitempty"`
	InterfaceRefreshInterval       string   `json:"interfaceRefreshInterval,omitempty"`
	IptablesRefreshInterval        string   `json:"iptablesRefreshInterval,omitempty"`
	IptablesPostWriteCheckInterval string   `json:"iptablesPostWriteCheckInterval,omitempty"`
	IptablesLockFilePath           string   `json:"iptablesLockFilePath,omitempty"`
	IptablesBackend                string   `json:"iptablesBackend,omitempty"`
	XDPRefreshInterval             string   `json:"xdpRefreshInterval,omitempty"`
	NetlinkTimeout                 string   `json:"netlinkTimeout,omitempty"`
	MetadataAddr                   string   `json:"metadataAddr,omitempty"`
	MetadataPort                   *int     `json:"metadataPort,omitempty"`
	InterfacePrefix                string   `json:"interfacePrefix,omitempty"`
	InterfaceExclude               string   `json:"interfaceExclude,omitempty"`
	ChainInsertMode                string   `json:"chainInsertMode,omitempty"`
	DefaultEndpointToHostAction    string   `json:"defaultEndpointToHostAction,omitempty"`
	IptablesFilterAllowAction      string   `json:"iptablesFilterAllowAction,omitempty"`
	IptablesMangleAllowAction      string   `json:"iptablesMangleAllowAction,omitempty"`
	LogPrefix                      string   `json:"logPrefix,omitempty"`
	IPIPEnabled                    *bool    `json:"ipipEnabled,omitempty"`
	IPIPMTU                        *int     `json:"ipipMTU,omitempty"`
	VXLANEnabled                   *bool    `json:"vxlanEnabled,omitempty"`
	VXLANMTU                       *int     `json:"vxlanMTU,omitempty"`
	VXLANMTUV6                     *int     `json:"vxlanMTUV6,omitempty"`
	VXLANPort                      *int     `json:"vxlanPort,omitempty"`
	VXLANVNI                       *int     `json:"vxlanVNI,omitempty"`
	AllowVXLANPacketsFromWorkloads *bool    `json:"allowVXLANPacketsFromWorkloads,omitempty"`
	AllowIPIPPacketsFromWorkloads  *bool    `json:"allowIPIPPacketsFromWorkloads,omitempty"`
	ReportingInterval              string   `json:"reportingInterval,omitempty"`
	ReportingTTL                   string   `json:"reportingTTL,omitempty"`
	EndpointReportingEnabled       *bool    `json:"endpointReportingEnabled,omitempty"`
	IptablesMarkMask               *uint32  `json:"iptablesMarkMask,omitempty"`
	HealthEnabled                  *bool    `json:"healthEnabled,omitempty"`
	HealthHost                     *string  `json:"healthHost,omitempty"`
	HealthPort                     *int     `json:"healthPort,omitempty"`
	PrometheusMetricsEnabled       *bool    `json:"prometheusMetricsEnabled,omitempty"`
	PrometheusMetricsHost          string   `json:"prometheusMetricsHost,omitempty"`
	PrometheusMetricsPort          *int     `json:"prometheusMetricsPort,omitempty"`
	FailsafeInboundHostPorts       *[]port  `json:"failsafeInboundHostPorts,omitempty"`
	FailsafeOutboundHostPorts      *[]port  `json:"failsafeOutboundHostPorts,omitempty"`
	UsageReportingEnabled          *bool    `json:"usageReportingEnabled,omitempty"`
	NATPortRange                   any      `json:"natPortRange,omitempty"`
	NATOutgoingAddress             string   `json:"natOutgoingAddress,omitempty"`
	DeviceRouteSourceAddress       string   `json:"deviceRouteSourceAddress,omitempty"`
	DeviceRouteProtocol            *int     `json:"deviceRouteProtocol,omitempty"`
	RemoveExternalRoutes           *bool    `json:"removeExternalRoutes,omitempty"`
	ExternalNodesCIDRList          []string `json:"externalNodesList,omitempty"`
	DisableConntrackInvalidCheck   *bool    `json:"disableConntrackInvalidCheck,omitempty"`
	GenericXDPEnabled              *bool    `json:"genericXDPEnabled,omitempty"`
	BPFEnabled                     *bool    `json:"bpfEnabled,omitempty"`
	BPFLogLevel                    *string  `json:"bpfLogLevel,omitempty"`
	BPFConnectTimeLoadBalancing    string   `json:"bpfConnectTimeLoadBalancing,omitempty"`
	BPFHostNetworkedNATWithoutCTLB string   `json:"bpfHostNetworkedNATWithoutCTLB,omitempty"`
	RouteSource                    string   `json:"routeSource,omitempty"`
	RouteTableRanges               any      `json:"routeTableRanges,omitempty"`
	WireguardEnabled               *bool    `json:"wireguardEnabled,omitempty"`
	WireguardMTU                   *int     `json:"wireguardMTU,omitempty"`
	AWSSrcDstCheck                 string   `json:"awsSrcDstCheck,omitempty"`
	ServiceLoopPrevention          string   `json:"serviceLoopPrevention,omitempty"`
	MTUIfacePattern                string   `json:"mtuIfacePattern,omitempty"`
	FloatingIPs                    string   `json:"floatingIPs,omitempty"`
	NFTablesMode                   *string  `json:"nftablesMode,omitempty"`
	NFTablesRefreshInterval        string   `json:"nftablesRefreshInterval,omitempty"`
}

type port struct {
	Protocol string `json:"protocol,omitempty"`
	Port     uint16 `json:"port"`
	Net      string `json:"net,omitempty"`
}
