package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containernetworking/cni/pkg/types"
)

const (
	defaultSubnetFile = "/run/flannel/subnet.env"
	defaultDataDir    = "/var/lib/cni/flannel"
)

type netConf struct {
	types.NetConf
	IPAM          map[string]any `json:"ipam,omitempty"`
	SubnetFile    string         `json:"subnetFile"`
	DataDir       string         `json:"dataDir"`
	Delegate      map[string]any `json:"delegate"`
	RuntimeConfig map[string]any `json:"runtimeConfig,omitempty"`
}

func parseNetConf(stdin []byte) (*netConf, error) {
	conf := &netConf{SubnetFile: defaultSubnetFile, DataDir: defaultDataDir}
	if err := json.Unmarshal(stdin, conf); err != nil {
		return nil, fmt.Errorf("failed to load netconf: %v", err)
	}
	return conf, nil
}

// makeDelegate fills in what flannel's plugin fills in: name, cniVersion, type bridge, ipMasq (the inverse of
// flanneld's, so that one of the two masks), mtu, isGateway for a bridge, and host-local over flanneld's subnet.
func makeDelegate(conf *netConf, env *subnetEnv) (map[string]any, error) {
	delegate := map[string]any{}
	for key, value := range conf.Delegate {
		delegate[key] = value
	}
	if has(delegate, "type") {
		if _, isString := delegate["type"].(string); !isString {
			return nil, errors.New("'delegate' dictionary, if present, must have (string) 'type' field")
		}
	}
	if has(delegate, "name") {
		return nil, errors.New("'delegate' dictionary must not have 'name' field, it'll be set by flannel")
	}
	if has(delegate, "ipam") {
		return nil, errors.New("'delegate' dictionary must not have 'ipam' field, it'll be set by flannel")
	}
	delegate["name"] = conf.Name
	if conf.CNIVersion != "" {
		delegate["cniVersion"] = conf.CNIVersion
	}
	if conf.RuntimeConfig != nil {
		delegate["runtimeConfig"] = conf.RuntimeConfig
	}
	setDefault(delegate, "type", "bridge")
	setDefault(delegate, "ipMasq", !env.ipMasq)
	setDefault(delegate, "mtu", env.mtu)
	if delegate["type"] == "bridge" {
		setDefault(delegate, "isGateway", true)
	}
	delegate["ipam"] = makeIPAM(conf.IPAM, env)
	return delegate, nil
}

func makeIPAM(given map[string]any, env *subnetEnv) map[string]any {
	ipam := map[string]any{}
	for key, value := range given {
		ipam[key] = value
	}
	setDefault(ipam, "type", "host-local")
	ranges, _ := ipam["ranges"].([]any)
	ipam["ranges"] = append(ranges, []any{map[string]any{"subnet": env.subnet}})
	routes, _ := ipam["routes"].([]any)
	ipam["routes"] = append(routes, map[string]any{"dst": env.network})
	return ipam
}

func has(from map[string]any, key string) bool {
	_, found := from[key]
	return found
}

func setDefault(in map[string]any, key string, value any) {
	if !has(in, key) {
		in[key] = value
	}
}

func saveDelegate(dataDir, containerID string, body []byte) error {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return fmt.Errorf("failed to create the flannel data directory(%q): %v", dataDir, err)
	}
	path := filepath.Join(dataDir, containerID)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		return fmt.Errorf("failed to write container data in the path(%q): %v", path, err)
	}
	return nil
}

func readDelegate(dataDir, containerID string) ([]byte, error) {
	return os.ReadFile(filepath.Join(dataDir, containerID))
}

func forgetDelegate(dataDir, containerID string) error {
	return os.Remove(filepath.Join(dataDir, containerID))
}
