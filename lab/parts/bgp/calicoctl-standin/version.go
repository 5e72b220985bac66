package main

import (
	"context"
	"errors"
	"fmt"

	"netplay/lab/parts/bgp/calico"
)

// The versions that are stood in for.
const (
	versionV3 = "v3.31.7"
	versionV1 = "v1.4.0"
)

// checkVersion refuses a cluster of another version. A cluster that tells none is taken, as one before the first calico/node.
func checkVersion(ctx context.Context, store calico.Store, words *words) error {
	if words.has("allow-version-mismatch") {
		return nil
	}
	cluster := clusterVersion(ctx, store)
	if cluster == "" || cluster == versionV3 {
		return nil
	}
	return fmt.Errorf("Version mismatch.\nClient Version:   %s\nCluster Version:  %s\nUse --allow-version-mismatch to override.\n", versionV3, cluster)
}

func clusterVersion(ctx context.Context, store calico.Store) string {
	found, err := store.Read(ctx, calico.KindOf("ClusterInformation"), "default")
	if err != nil {
		return ""
	}
	return found.Spec.(*calico.ClusterInformationSpec).CalicoVersion
}

func version(ctx context.Context, words *words) error {
	fmt.Printf("Client Version:    %s\nGit commit:        stand-in of netplay's lab\n", versionV3)
	if words.has("client") {
		return nil
	}
	store := calico.Store{Client: connect(words, calico.V3)}
	found, err := store.Read(ctx, calico.KindOf("ClusterInformation"), "default")
	if errors.As(err, &calico.NotFoundError{}) {
		return fmt.Errorf("Unable to retrieve Cluster Version or Type: %w", err)
	}
	if err != nil {
		return err
	}
	spec := found.Spec.(*calico.ClusterInformationSpec)
	fmt.Printf("Cluster Version:   %s\nCluster Type:      %s\n", spec.CalicoVersion, spec.ClusterType)
	return nil
}
