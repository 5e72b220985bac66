package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// subnetEnv is what flanneld wrote: FLANNEL_NETWORK, FLANNEL_SUBNET, FLANNEL_MTU and FLANNEL_IPMASQ.
type subnetEnv struct {
	network string
	subnet  string
	mtu     int
	ipMasq  bool
}

func loadSubnetEnv(path string) (*subnetEnv, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("failed to load flannel 'subnet.env' file: %w. Check the flannel pod log for this node.", err)
	}
	defer file.Close()
	values := map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if key, value, found := strings.Cut(lines.Text(), "="); found {
			values[key] = value
		}
	}
	env, err := parseSubnetEnv(values)
	if err != nil {
		return nil, fmt.Errorf("failed to load flannel 'subnet.env' file: %s: %w", path, err)
	}
	return env, nil
}

func parseSubnetEnv(values map[string]string) (*subnetEnv, error) {
	var missing []string
	for _, key := range []string{"FLANNEL_NETWORK", "FLANNEL_SUBNET", "FLANNEL_MTU", "FLANNEL_IPMASQ"} {
		if values[key] == "" {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("missing %s", strings.Join(missing, ", "))
	}
	_, network, err := net.ParseCIDR(values["FLANNEL_NETWORK"])
	if err != nil {
		return nil, err
	}
	_, subnet, err := net.ParseCIDR(values["FLANNEL_SUBNET"])
	if err != nil {
		return nil, err
	}
	mtu, err := strconv.Atoi(values["FLANNEL_MTU"])
	if err != nil {
		return nil, err
	}
	return &subnetEnv{network: network.String(), subnet: subnet.String(), mtu: mtu, ipMasq: values["FLANNEL_IPMASQ"] == "true"}, nil
}
