package main

import (
	"net/netip"
	"os"
	"slices"
	"strings"

	"netplay/lab/parts/bgp/calico"
)

// claimFirst gives a node without a block its first one, if there is a pool; done remembers that it has one. The real daemons
// wait for a first pod; here there are routes to look at without pods. The CNI stand-ins claim more when it is full.
func claimFirst(ctx Context, keys calico.Keys, generation calico.Generation, node string, done *bool) error {
	if *done {
		return nil
	}
	blocks, err := calico.BlocksOf(ctx, keys, node)
	if err != nil {
		return err
	}
	if len(blocks) == 0 {
		pools, err := calico.PoolsOf(ctx, keys, generation)
		if err != nil || len(pools) == 0 {
			return err
		}
		block, err := calico.Claim(ctx, keys, node, pools[0].CIDR, pools[0].BlockSize)
		if err != nil {
			return err
		}
		logf("claimed block %s of pool %s", block, pools[0].CIDR)
		blocks = append(blocks, block)
	}
	*done = true
	return tellBlocks(blocks)
}

// tellBlocks writes the host's blocks where the lab can look them up without etcd.
func tellBlocks(blocks []netip.Prefix) error {
	slices.SortFunc(blocks, comparePrefixes)
	var text strings.Builder
	for _, block := range blocks {
		text.WriteString(block.String() + "\n")
	}
	return os.WriteFile("/var/lib/calico/netplay-lab-block", []byte(text.String()), 0o644)
}

func comparePrefixes(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) }
