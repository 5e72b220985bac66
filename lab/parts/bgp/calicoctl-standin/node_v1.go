package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"netplay/lab/parts/bgp/calico"
	"netplay/lab/parts/bgp/etcd"
)

func isNodeV1(words *words) bool {
	kind := strings.ToLower(words.arg(0))
	return kind == "node" || kind == "nodes"
}

// nodesV1 gives the names of all nodes, or of the one that is named.
func nodesV1(ctx context.Context, client *etcd.Client, name string) ([]string, error) {
	root, err := client.Get2(ctx, strings.TrimSuffix(calico.HostsV1, "/"))
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var names []string
	for key := range root.Leaves() {
		node, _, _ := strings.Cut(strings.TrimPrefix(key, calico.HostsV1), "/")
		if !seen[node] && (name == "" || node == name) {
			names = append(names, node)
		}
		seen[node] = true
	}
	if name != "" && len(names) == 0 {
		return nil, fmt.Errorf("resource does not exist: Node(name=%s)", name)
	}
	return names, nil
}

func getNodesV1(ctx context.Context, words *words) error {
	names, err := nodesV1(ctx, connect(words, calico.V1), words.arg(1))
	if err != nil {
		return fmt.Errorf("Failed to get resources: %w", err)
	}
	fmt.Println("NAME")
	for _, name := range names {
		fmt.Println(name)
	}
	return nil
}

// deleteNodeV1 takes away a node's own keys too: calicoctl v1 knows it by them.
func deleteNodeV1(ctx context.Context, words *words) error {
	name := words.arg(1)
	if name == "" {
		return errors.New("Failed to execute command: resource name must be specified")
	}
	client := connect(words, calico.V1)
	_, err := nodesV1(ctx, client, name)
	if err == nil {
		err = calico.Forget(ctx, calico.KeysOf(client, calico.V1), name)
	}
	if err == nil {
		err = client.DeleteFolder2(ctx, calico.HostsV1+name)
	}
	if err == nil {
		err = client.DeleteFolder2(ctx, calico.Prefix+"v1/host/"+name)
	}
	if err != nil {
		return fmt.Errorf("Failed to delete 'node' resource: %v", []error{err})
	}
	fmt.Println("Successfully deleted 1 'node' resource(s)")
	return nil
}
