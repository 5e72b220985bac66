package calico

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"time"
)

// Owner of addresses: a handle, on a node.
type Owner struct {
	Handle, Node string
}

// ErrFull: the block has no address left.
var ErrFull = errors.New("block is full")

// Assign takes the first free address of a block for an owner.
func Assign(ctx context.Context, keys Keys, cidr netip.Prefix, owner Owner) (netip.Addr, error) {
	var taken netip.Addr
	err := changeBlock(ctx, keys, cidr, func(block *Block) error {
		if len(block.Unallocated) == 0 {
			return ErrFull
		}
		ordinal := block.Unallocated[0]
		block.Unallocated = block.Unallocated[1:]
		attribute := len(block.Attributes)
		block.Attributes = append(block.Attributes, BlockAttribute{HandleID: owner.Handle, Secondary: map[string]string{
			"node": owner.Node, "timestamp": time.Now().UTC().String(),
		}})
		block.Allocations[ordinal] = &attribute
		taken = nth(cidr, 32, uint32(ordinal)).Addr()
		return nil
	})
	return taken, err
}

// Release gives back every address of a block that belongs to a handle. None is fine.
func Release(ctx context.Context, keys Keys, cidr netip.Prefix, handle string) error {
	return changeBlock(ctx, keys, cidr, func(block *Block) error {
		for ordinal, attribute := range block.Allocations {
			if attribute != nil && *attribute < len(block.Attributes) && block.Attributes[*attribute].HandleID == handle {
				block.Allocations[ordinal] = nil
				block.Unallocated = append(block.Unallocated, ordinal)
			}
		}
		block.dropUnusedAttributes()
		return nil
	})
}

// dropUnusedAttributes renumbers what is left.
func (b *Block) dropUnusedAttributes() {
	kept := []BlockAttribute{}
	for number, attribute := range b.Attributes {
		uses := func(at *int) bool { return at != nil && *at == number }
		if !slices.ContainsFunc(b.Allocations, uses) {
			continue
		}
		place := len(kept)
		for ordinal, at := range b.Allocations {
			if uses(at) {
				b.Allocations[ordinal] = &place
			}
		}
		kept = append(kept, attribute)
	}
	b.Attributes = kept
}

// changeBlock reads, changes and writes a block, again when somebody else was faster.
func changeBlock(ctx context.Context, keys Keys, cidr netip.Prefix, change func(*Block) error) error {
	for {
		value, version, err := keys.Read(ctx, AssignmentKey(cidr))
		if err != nil || value == "" {
			return err
		}
		block, _ := ParseBlock([]byte(value))
		if err := change(&block); err != nil {
			return err
		}
		block.Sequence++
		text, err := json.Marshal(block)
		if err != nil {
			return err
		}
		if ok, err := keys.Swap(ctx, AssignmentKey(cidr), string(text), version); ok || err != nil {
			return err
		}
	}
}
