package calico

import (
	"encoding/json"
	"fmt"

	"netplay/lab/parts/bgp/etcd"
)

// SettingV1 is something that `calicoctl config` sets.
type SettingV1 struct {
	Key   string
	Store func(value string) (string, error)
	Show  func(stored *etcd.Node) string
}

// SettingsV1 by the name that calicoctl takes.
var SettingsV1 = map[string]SettingV1{
	"asNumber": {GlobalV1 + "as_num", storeAS, func(n *etcd.Node) string {
		if n == nil {
			return "64512"
		}
		return n.Value
	}},
	"nodeToNodeMesh": {GlobalV1 + "node_mesh", storeMesh, func(n *etcd.Node) string {
		if MeshOfV1(n) {
			return "on"
		}
		return "off"
	}},
}

func storeAS(value string) (string, error) {
	number, err := ParseASNumber(value)
	return fmt.Sprint(number), err
}

func storeMesh(value string) (string, error) {
	switch value {
	case "on":
		return `{"enabled":true}`, nil
	case "off":
		return `{"enabled":false}`, nil
	}
	return "", fmt.Errorf("invalid value '%s' for nodeToNodeMesh: on or off", value)
}

// MeshOfV1 reads node_mesh; without it the mesh is on.
func MeshOfV1(node *etcd.Node) bool {
	mesh := struct {
		Enabled bool `json:"enabled"`
	}{true}
	if node != nil {
		_ = json.Unmarshal([]byte(node.Value), &mesh)
	}
	return mesh.Enabled
}
