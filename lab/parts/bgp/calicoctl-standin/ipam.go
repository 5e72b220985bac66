package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"netplay/lab/parts/bgp/calico"
)

// ipam answers `ipam show`, and `ipam check` as where there is no Kubernetes.
func ipam(ctx context.Context, words *words) error {
	switch words.arg(0) {
	case "check":
		return errors.New("KUBECONFIG environment variable or --kubeconfig parameter not set")
	case "show":
		return withStore(ipamShow)(ctx, words)
	}
	return fmt.Errorf("the stand-in of netplay's lab knows `ipam show` and `ipam check` alone")
}

func ipamShow(ctx context.Context, store calico.Store, words *words) error {
	pools, _, err := store.ReadAll(ctx, calico.KindOf("IPPool"))
	if err != nil {
		return err
	}
	blocks, err := store.Blocks(ctx)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, pool := range pools {
		prefix, err := netip.ParsePrefix(pool.Spec.(*calico.IPPoolSpec).CIDR)
		if err != nil {
			return err
		}
		inUse, blockRows := usage4(prefix, blocks)
		rows = append(rows, usageRow("IP Pool", prefix, inUse))
		if words.has("show-blocks") {
			rows = append(rows, blockRows...)
		}
	}
	frame([]string{"GROUPING", "CIDR", "IPS TOTAL", "IPS IN USE", "IPS FREE"}, rows)
	return nil
}

func usage4(pool netip.Prefix, blocks []calico.Block) (inUse int, rows [][]string) {
	for _, block := range blocks {
		cidr, err := netip.ParsePrefix(block.CIDR)
		if err == nil && pool.Overlaps(cidr) {
			inUse += block.InUse()
			rows = append(rows, usageRow("Block", cidr, block.InUse()))
		}
	}
	return inUse, rows
}

func usageRow(grouping string, cidr netip.Prefix, inUse int) []string {
	total := 1 << (32 - cidr.Bits())
	share := func(part int) string { return fmt.Sprintf("%d (%.0f%%)", part, 100*float64(part)/float64(total)) }
	return []string{grouping, cidr.String(), fmt.Sprint(total), share(inUse), share(total - inUse)}
}
