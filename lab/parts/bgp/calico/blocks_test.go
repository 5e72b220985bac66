package calico

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// memory is a store of keys with versions.
type memory map[string]struct {
	value   string
	version int64
}

func (m memory) Read(_ context.Context, key string) (string, int64, error) {
	return m[key].value, m[key].version, nil
}

func (m memory) Swap(_ context.Context, key, value string, version int64) (bool, error) {
	entry := m[key]
	if entry.version != version {
		return false, nil
	}
	entry.value, entry.version = value, version+1
	m[key] = entry
	return true, nil
}

func (m memory) Below(_ context.Context, prefix string) (map[string]string, error) {
	found := map[string]string{}
	for key, entry := range m {
		if strings.HasPrefix(key, prefix) {
			found[key] = entry.value
		}
	}
	return found, nil
}

func (m memory) Remove(_ context.Context, key string) error {
	delete(m, key)
	return nil
}

func TestHostsClaimBlocksOfTheirOwnUntilThePoolIsEmpty(t *testing.T) {
	ctx, keys, pool := context.Background(), memory{}, netip.MustParsePrefix("10.0.0.0/24")
	owners := map[netip.Prefix]string{}
	for _, node := range []string{"n1", "n2", "n3", "n4"} {
		block, err := Claim(ctx, keys, node, pool, 26)
		if err != nil || !pool.Overlaps(block) || block.Bits() != 26 || owners[block] != "" {
			t.Fatalf("%s: %s, %v, of %v", node, block, err, owners)
		}
		owners[block] = node
		if blocks, _ := BlocksOf(ctx, keys, node); len(blocks) != 1 || blocks[0] != block {
			t.Errorf("%s has %v, not %s", node, blocks, block)
		}
	}
	if _, err := Claim(ctx, keys, "n5", pool, 26); !errors.Is(err, ErrNoFreeBlock) {
		t.Errorf("a fifth block: %v", err)
	}
}

func TestAddressesAreTakenInOrderAndGivenBackByHandle(t *testing.T) {
	ctx, keys := context.Background(), memory{}
	block, err := Claim(ctx, keys, "n1", netip.MustParsePrefix("10.0.0.0/30"), 30)
	if err != nil {
		t.Fatal(err)
	}
	take := func(handle string) string {
		address, err := Assign(ctx, keys, block, Owner{Handle: handle, Node: "n1"})
		if err != nil {
			return err.Error()
		}
		return address.String()
	}
	for at, want := range []string{"10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", ErrFull.Error()} {
		if got := take(string(rune('a' + at))); got != want {
			t.Errorf("address %d is %s, wanted %s", at, got, want)
		}
	}
	if err := Release(ctx, keys, block, "b"); err != nil {
		t.Fatal(err)
	}
	if got := take("f"); got != "10.0.0.1" {
		t.Errorf("the address that was given back: %s", got)
	}
	if parsed, _ := ParseBlock([]byte(keys[AssignmentKey(block)].value)); parsed.InUse() != 4 || len(parsed.Attributes) != 4 {
		t.Errorf("%d in use, %d attributes", parsed.InUse(), len(parsed.Attributes))
	}
}

func TestANodeThatIsDeletedLeavesNothingButAddressesOfOthers(t *testing.T) {
	ctx, keys, pool := context.Background(), memory{}, netip.MustParsePrefix("10.0.0.0/24")
	own, _ := Claim(ctx, keys, "n1", pool, 26)
	lent, _ := Claim(ctx, keys, "n2", pool, 26)
	for _, taken := range []struct {
		block netip.Prefix
		owner Owner
	}{{own, Owner{"a", "n1"}}, {lent, Owner{"b", "n1"}}, {lent, Owner{"c", "n2"}}} {
		if _, err := Assign(ctx, keys, taken.block, taken.owner); err != nil {
			t.Fatal(err)
		}
	}
	if err := Forget(ctx, keys, "n1"); err != nil {
		t.Fatal(err)
	}
	if _, found := keys[AssignmentKey(own)]; found {
		t.Error("its block is still there")
	}
	if blocks, _ := BlocksOf(ctx, keys, "n1"); len(blocks) > 0 {
		t.Errorf("it still claims %v", blocks)
	}
	if block, _ := ParseBlock([]byte(keys[AssignmentKey(lent)].value)); block.InUse() != 1 || block.Node() != "n2" {
		t.Errorf("the other's block has %d in use and is %q's", block.InUse(), block.Node())
	}
	if err := Forget(ctx, keys, "n2"); err != nil || len(keys) > 0 {
		t.Errorf("%v, and left is %v", err, keys)
	}
}
