package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"netplay/lab/parts/bgp/calico"
	"netplay/lab/parts/bgp/etcd"
)

// cluster writes the keys of four nodes, n1 to n4; reflectors have a cluster ID and the label.
func cluster(reflectors map[string]string, more ...etcd.KV) []etcd.KV {
	kvs := more
	for number := 1; number <= 4; number++ {
		name := fmt.Sprintf("n%d", number)
		node := calico.KindOf("Node").New()
		node.Metadata.Name = name
		spec := node.Spec.(*calico.NodeSpec)
		spec.BGP = &calico.NodeBGPSpec{IPv4Address: fmt.Sprintf("198.18.0.1%d/24", number), RouteReflectorClusterID: reflectors[name]}
		if reflectors[name] != "" {
			node.Metadata.Labels = map[string]string{"route-reflector": "true"}
		}
		kvs = append(kvs, kvOf("nodes", name, node))
	}
	return kvs
}

func kvOf(plural, name string, value any) etcd.KV {
	text, _ := json.Marshal(value)
	return etcd.KV{Key: []byte("/calico/resources/v3/projectcalico.org/" + plural + "/" + name), Value: text}
}

func resource(kind, name string, spec any) etcd.KV {
	made := calico.KindOf(kind).New()
	made.Metadata.Name, made.Spec = name, spec
	return kvOf(calico.KindOf(kind).Plural, name, made)
}

var (
	toReflectors = resource("BGPPeer", "peer-with-route-reflectors",
		&calico.BGPPeerSpec{NodeSelector: "all()", PeerSelector: "route-reflector == 'true'"})
	meshOff = resource("BGPConfiguration", "default", &calico.BGPConfigurationSpec{NodeToNodeMeshEnabled: new(bool)})
)

func namesOf(kvs []etcd.KV, node string) string {
	var names []string
	for _, session := range viewOfV3(kvs, node).sessions() {
		name := strings.Replace(session.name(), "_198_18_0_1", "", 1)
		if session.clusterID != "" {
			name += "c"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// Each step of recorded/calico-mesh-to-reflectors.txt; a `c` marks those whom the node reflects for.
func TestSessionsOfEveryStepFromMeshToReflectors(t *testing.T) {
	one, two := map[string]string{"n1": "224.0.0.1"}, map[string]string{"n1": "224.0.0.1", "n2": "224.0.0.1"}
	steps := []struct {
		name       string
		kvs        []etcd.KV
		n1, n2, n3 string
	}{
		{"mesh", cluster(nil), "Mesh2 Mesh3 Mesh4", "Mesh1 Mesh3 Mesh4", "Mesh1 Mesh2 Mesh4"},
		{"a peer that selects nobody yet", cluster(nil, toReflectors), "Mesh2 Mesh3 Mesh4", "Mesh1 Mesh3 Mesh4", "Mesh1 Mesh2 Mesh4"},
		{"n1 reflects", cluster(one, toReflectors), "Node2c Node3c Node4c", "Mesh3 Mesh4 Node1", "Mesh2 Mesh4 Node1"},
		{"n2 reflects too", cluster(two, toReflectors), "Node2 Node3c Node4c", "Node1 Node3c Node4c", "Mesh4 Node1 Node2"},
		{"mesh off", cluster(two, toReflectors, meshOff), "Node2 Node3c Node4c", "Node1 Node3c Node4c", "Node1 Node2"},
		{"a cluster ID without a peer", cluster(one), "", "Mesh3 Mesh4", "Mesh2 Mesh4"},
		{"mesh off first", cluster(nil, meshOff), "", "", ""},
	}
	for _, step := range steps {
		for node, want := range map[string]string{"n1": step.n1, "n2": step.n2, "n3": step.n3} {
			if got := namesOf(step.kvs, node); got != want {
				t.Errorf("%s: %s has %q, wanted %q", step.name, node, got, want)
			}
		}
	}
}

func TestAGlobalPeerOutsideTheClusterIsGlobal(t *testing.T) {
	router := resource("BGPPeer", "rack", &calico.BGPPeerSpec{PeerIP: "198.18.0.1", ASNumber: 65001})
	sessions := viewOfV3(cluster(nil, router, meshOff), "n1").sessions()
	if len(sessions) != 1 || sessions[0].name() != "Global_198_18_0_1" || sessions[0].as != 65001 || sessions[0].passive {
		t.Errorf("%+v", sessions)
	}
}

func TestOneSideOfTwoNodesCalls(t *testing.T) {
	for node, passive := range map[string]int{"n1": 3, "n2": 2, "n4": 0} {
		sessions := viewOfV3(cluster(nil), node).sessions()
		waiting := 0
		for _, session := range sessions {
			if session.passive {
				waiting++
			}
		}
		if waiting != passive {
			t.Errorf("%s waits for %d, wanted %d", node, waiting, passive)
		}
	}
}
