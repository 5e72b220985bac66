package calico

import (
	"context"
	"net/netip"
	"slices"
)

// PoolForBlocks is a pool that hosts may claim blocks of.
type PoolForBlocks struct {
	CIDR      netip.Prefix
	BlockSize int
}

// PoolsOf gives the pools of IPv4 that are not disabled, in order of their addresses.
func PoolsOf(ctx context.Context, keys Keys, generation Generation) ([]PoolForBlocks, error) {
	folder, parse := KindOf("IPPool").key(""), poolV3
	if generation == V1 {
		folder, parse = PoolsV1, poolV1
	}
	found, err := keys.Below(ctx, folder)
	if err != nil {
		return nil, err
	}
	var pools []PoolForBlocks
	for key, value := range found {
		if cidr, size, ok := parse(key, value); ok {
			pools = append(pools, PoolForBlocks{cidr, size})
		}
	}
	slices.SortFunc(pools, func(a, b PoolForBlocks) int { return a.CIDR.Addr().Compare(b.CIDR.Addr()) })
	return pools, nil
}

func poolV3(_, value string) (netip.Prefix, int, bool) {
	resource, err := KindOf("IPPool").Decode([]byte(value))
	if err != nil {
		return netip.Prefix{}, 0, false
	}
	spec := resource.Spec.(*IPPoolSpec)
	cidr, err := netip.ParsePrefix(spec.CIDR)
	return cidr, spec.BlockSize, err == nil && cidr.Addr().Is4() && !spec.Disabled
}

func poolV1(key, value string) (netip.Prefix, int, bool) {
	resource := FromV2(key, value)
	if resource == nil {
		return netip.Prefix{}, 0, false
	}
	cidr, err := netip.ParsePrefix(resource.Metadata.CIDR)
	return cidr, 26, err == nil && !resource.Spec.Disabled
}
