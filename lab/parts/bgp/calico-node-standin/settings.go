package main

import (
	"fmt"
	"os"
	"strings"

	"netplay/lab/parts/bgp/calico"
	"netplay/lab/parts/bgp/etcd"
)

type kind string

// What an image stands in for; it says so in its environment.
const (
	current        kind = "current"
	classic        kind = "classic"
	routeReflector kind = "routereflector"
)

// settings are what the environment of the container says. Source: networking.md 1.10, 2.2.
type settings struct {
	kind                   kind
	node, backend          string
	ip, method             string
	as                     string
	noDefaultPools         bool
	defaultPool            string
	defaultPoolIPIP        string
	defaultPoolVXLAN       string
	clusterType            string
	skipAddressCheck       bool
	healthEnabled          bool
	healthHost, healthPort string
}

func fromEnvironment() (*settings, error) {
	s := &settings{
		kind: kind(os.Getenv("NETPLAY_STANDIN")), node: nodeName(), backend: withDefault("CALICO_NETWORKING_BACKEND", "bird"),
		ip: os.Getenv("IP"), method: withDefault("IP_AUTODETECTION_METHOD", "first-found"), as: os.Getenv("AS"),
		noDefaultPools: os.Getenv("NO_DEFAULT_POOLS") == "true", defaultPool: os.Getenv("CALICO_IPV4POOL_CIDR"),
		defaultPoolIPIP: withDefault("CALICO_IPV4POOL_IPIP", "Never"), defaultPoolVXLAN: withDefault("CALICO_IPV4POOL_VXLAN", "Never"),
		clusterType: os.Getenv("CLUSTER_TYPE"), skipAddressCheck: os.Getenv("DISABLE_NODE_IP_CHECK") == "true",
		healthEnabled: os.Getenv("FELIX_HEALTHENABLED") == "true",
		healthHost:    withDefault("FELIX_HEALTHHOST", "localhost"), healthPort: withDefault("FELIX_HEALTHPORT", "9099"),
	}
	if s.noDefaultPools && s.defaultPool != "" && s.kind == current {
		return nil, fmt.Errorf("Invalid configuration: CALICO_IPV4POOL_CIDR is set while NO_DEFAULT_POOLS is true")
	}
	if s.kind == routeReflector && s.ip == "" {
		return nil, fmt.Errorf("ERROR: IP environment not set")
	}
	return s, nil
}

func withDefault(name, value string) string {
	if set := os.Getenv(name); set != "" {
		return set
	}
	return value
}

func nodeName() string {
	for _, name := range []string{os.Getenv("NODENAME"), os.Getenv("HOSTNAME")} {
		if name != "" {
			return strings.ToLower(strings.TrimSpace(name))
		}
	}
	name, _ := os.Hostname()
	return strings.ToLower(name)
}

// world is what the daemons do with etcd, in one generation of it or the other.
type world interface {
	register(ctx Context) error
	// claim gives a host without a block its first one, if there is a pool.
	claim(ctx Context) error
	// renderOnce writes BIRD's configuration, if it is another than before.
	renderOnce(ctx Context) error
	// watch calls back when something has changed, until the context ends.
	watch(ctx Context, changed func())
	// pools that Felix looks after.
	pools(ctx Context) ([]pool, error)
}

func (s *settings) world() (world, error) {
	generation := calico.V3
	if s.kind != current {
		generation = calico.V1
	}
	config, err := calico.EnvConfig(generation)
	if err != nil {
		return nil, err
	}
	client, err := etcd.New(config)
	if err != nil {
		return nil, err
	}
	switch s.kind {
	case current:
		return &worldV3{settings: s, store: calico.Store{Client: client}}, nil
	case classic:
		return &worldV2{settings: s, client: client}, nil
	case routeReflector:
		return &reflector{settings: s, client: client}, nil
	}
	return nil, fmt.Errorf("NETPLAY_STANDIN is %q: current, classic or routereflector", s.kind)
}
