package calico

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Keys of IPAM: the same in both generations. Source: networking.md 1.9, 2.3.
const (
	assignments = Prefix + "ipam/v2/assignment/ipv4/block/"
	hosts       = Prefix + "ipam/v2/host/"
)

// Block is a piece of a pool that belongs to a host. Unallocated holds the ordinals that are free.
type Block struct {
	CIDR        string           `json:"cidr"`
	Affinity    string           `json:"affinity"`
	Allocations []*int           `json:"allocations"`
	Unallocated []int            `json:"unallocated"`
	Attributes  []BlockAttribute `json:"attributes"`
	Sequence    int64            `json:"sequenceNumber"`
	Sequences   map[string]int64 `json:"sequenceNumberForAllocation"`
	Deleted     bool             `json:"deleted"`
}

// BlockAttribute says for whom an address was taken.
type BlockAttribute struct {
	HandleID  string            `json:"handle_id"`
	Secondary map[string]string `json:"secondary"`
}

// Affinity is the value of a host's claim on a block.
type Affinity struct {
	State   string `json:"state"`
	Deleted bool   `json:"deleted"`
}

// NewBlock is an empty block of a node.
func NewBlock(cidr netip.Prefix, node string) Block {
	size := 1 << (32 - cidr.Bits())
	block := Block{
		CIDR: cidr.String(), Affinity: "host:" + node, Allocations: make([]*int, size), Unallocated: make([]int, size),
		Attributes: []BlockAttribute{}, Sequence: time.Now().UnixNano(), Sequences: map[string]int64{},
	}
	for ordinal := range block.Unallocated {
		block.Unallocated[ordinal] = ordinal
	}
	return block
}

// KeyOf is the last word of a block's keys: `10.0.0.0-26`.
func KeyOf(cidr netip.Prefix) string { return strings.Replace(cidr.String(), "/", "-", 1) }

// AssignmentKey is where a block lies.
func AssignmentKey(cidr netip.Prefix) string { return assignments + KeyOf(cidr) }

// AffinityKey is where a node's claim on a block lies.
func AffinityKey(node string, cidr netip.Prefix) string {
	return fmt.Sprintf("%s%s/ipv4/block/%s", hosts, node, KeyOf(cidr))
}

// ParseBlock reads a block; one that is broken is none.
func ParseBlock(value []byte) (Block, bool) {
	var block Block
	return block, json.Unmarshal(value, &block) == nil && block.CIDR != ""
}

// Node whose block it is, "" for none.
func (b Block) Node() string { return strings.TrimPrefix(b.Affinity, "host:") }

// InUse counts the addresses that are taken.
func (b Block) InUse() int { return len(b.Allocations) - len(b.Unallocated) }

// Blocks gives every block of IPv4.
func (s Store) Blocks(ctx context.Context) ([]Block, error) {
	kvs, _, err := s.List(ctx, assignments)
	if err != nil {
		return nil, err
	}
	var blocks []Block
	for _, kv := range kvs {
		if block, ok := ParseBlock(kv.Value); ok {
			blocks = append(blocks, block)
		}
	}
	return blocks, nil
}
