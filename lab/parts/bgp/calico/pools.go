package calico

import (
	"context"
	"fmt"
	"net/netip"
)

// checkPool refuses a pool that does not go together with itself, with what it was, with the other pools or with blocks.
func (s Store) checkPool(ctx context.Context, resource, before *Resource) error {
	pool := resource.Spec.(*IPPoolSpec)
	prefix, err := netip.ParsePrefix(pool.CIDR)
	if err != nil {
		return err
	}
	refuse := func(reason string) error {
		return FieldErrors{{"IPPool.Spec.CIDR", prefix.Masked().String(), reason}}
	}
	switch {
	case before != nil && before.Spec.(*IPPoolSpec).CIDR != prefix.Masked().String():
		return refuse("IPPool CIDR cannot be modified")
	case pool.IPIPMode != "Never" && pool.VXLANMode != "Never":
		return FieldErrors{{"IPPool.Spec.VXLANMode", pool.VXLANMode, "IPIPMode and VXLANMode cannot both be enabled on the same IP pool"}}
	case prefix.Bits() > pool.BlockSize:
		return refuse("IP pool size is too small for use with Calico IPAM. It must be equal to or greater than the block size.")
	case prefix != prefix.Masked():
		return refuse("IPPool CIDR is not strictly masked")
	}
	if err := s.checkOverlap(ctx, resource, prefix, refuse); err != nil {
		return err
	}
	return s.checkBlocks(ctx, pool, before, prefix)
}

func (s Store) checkOverlap(ctx context.Context, resource *Resource, prefix netip.Prefix, refuse func(string) error) error {
	pools, _, err := s.ReadAll(ctx, KindOf("IPPool"))
	if err != nil {
		return err
	}
	for _, other := range pools {
		cidr, err := netip.ParsePrefix(other.Spec.(*IPPoolSpec).CIDR)
		if err != nil || other.Metadata.Name == resource.Metadata.Name || !cidr.Overlaps(prefix) {
			continue
		}
		return refuse(fmt.Sprintf("IPPool(%s) CIDR overlaps with IPPool(%s) CIDR %s", resource.Metadata.Name, other.Metadata.Name, cidr))
	}
	return nil
}

func (s Store) checkBlocks(ctx context.Context, pool *IPPoolSpec, before *Resource, prefix netip.Prefix) error {
	refuse := func(reason string) error {
		return FieldErrors{{"IPPool.Spec.BlockSize", fmt.Sprint(pool.BlockSize), reason}}
	}
	blocks, err := s.Blocks(ctx)
	if err != nil {
		return err
	}
	for _, block := range blocks {
		cidr, err := netip.ParsePrefix(block.CIDR)
		if err == nil && prefix.Overlaps(cidr) && cidr.Bits() != pool.BlockSize {
			return refuse("IPPool blocksSize conflicts with existing allocations that use a different blockSize")
		}
	}
	if before != nil && before.Spec.(*IPPoolSpec).BlockSize != pool.BlockSize {
		return refuse("IPPool BlockSize cannot be modified")
	}
	return nil
}
