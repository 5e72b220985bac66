package calico

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/netip"

	"netplay/lab/parts/bgp/etcd"
)

// Keys is what IPAM needs of a store; both generations of etcd's API have it.
type Keys interface {
	// Read gives a value and what tells whether it has changed since; "" and 0 when there is none.
	Read(ctx context.Context, key string) (value string, version int64, err error)
	// Swap writes a value if the key is still at that version, 0 for one that must not exist.
	Swap(ctx context.Context, key, value string, version int64) (bool, error)
	// Below gives all keys with a prefix that ends in a slash.
	Below(ctx context.Context, prefix string) (map[string]string, error)
	// Remove deletes a key; none is fine.
	Remove(ctx context.Context, key string) error
}

// KeysOf a client, by the API of that generation.
func KeysOf(client *etcd.Client, generation Generation) Keys {
	if generation == V1 {
		return keysV2{client}
	}
	return keysV3{client}
}

type keysV3 struct{ *etcd.Client }

func (k keysV3) Read(ctx context.Context, key string) (string, int64, error) {
	kv, _, err := k.Get(ctx, key)
	if err != nil || kv == nil {
		return "", 0, err
	}
	return string(kv.Value), kv.ModRevision, nil
}

func (k keysV3) Swap(ctx context.Context, key, value string, version int64) (bool, error) {
	_, ok, err := k.Put(ctx, key, value, version)
	return ok, err
}

func (k keysV3) Below(ctx context.Context, prefix string) (map[string]string, error) {
	kvs, _, err := k.List(ctx, prefix)
	found := map[string]string{}
	for _, kv := range kvs {
		found[string(kv.Key)] = string(kv.Value)
	}
	return found, err
}

func (k keysV3) Remove(ctx context.Context, key string) error {
	_, err := k.Delete(ctx, key, -1)
	return err
}

type keysV2 struct{ *etcd.Client }

func (k keysV2) Read(ctx context.Context, key string) (string, int64, error) {
	node, err := k.Get2(ctx, key)
	if err != nil || node == nil {
		return "", 0, err
	}
	return node.Value, int64(node.ModifiedIndex), nil
}

func (k keysV2) Swap(ctx context.Context, key, value string, version int64) (bool, error) {
	return k.Swap2(ctx, key, value, uint64(version))
}

func (k keysV2) Below(ctx context.Context, prefix string) (map[string]string, error) {
	node, err := k.Get2(ctx, prefix)
	return node.Leaves(), err
}

func (k keysV2) Remove(ctx context.Context, key string) error {
	_, err := k.Delete2(ctx, key)
	return err
}

// BlocksOf gives the blocks that a node has claimed, in no order.
func BlocksOf(ctx context.Context, keys Keys, node string) ([]netip.Prefix, error) {
	found, err := keys.Below(ctx, hosts+node+"/ipv4/block/")
	if err != nil {
		return nil, err
	}
	return BlocksIn(found, node), nil
}

// BlocksIn finds a node's blocks among keys and values.
func BlocksIn(found map[string]string, node string) (blocks []netip.Prefix) {
	prefix := hosts + node + "/ipv4/block/"
	for key := range found {
		if len(key) <= len(prefix) || key[:len(prefix)] != prefix {
			continue
		}
		if cidr, ok := prefixOfKey(key[len(prefix):]); ok {
			blocks = append(blocks, cidr)
		}
	}
	return blocks
}

func prefixOfKey(word string) (netip.Prefix, bool) {
	for at := len(word) - 1; at > 0; at-- {
		if word[at] == '-' {
			cidr, err := netip.ParsePrefix(word[:at] + "/" + word[at+1:])
			return cidr, err == nil
		}
	}
	return netip.Prefix{}, false
}

// ErrNoFreeBlock: every block of the pool has an owner.
var ErrNoFreeBlock = errors.New("no free block in the pool")

// Claim takes a free block of a pool for a node: the first one free from a place that its name decides.
func Claim(ctx context.Context, keys Keys, node string, pool netip.Prefix, size int) (netip.Prefix, error) {
	count := uint32(1) << (size - pool.Bits())
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(node))
	for try := range count {
		cidr := nth(pool, size, (hash.Sum32()+try)%count)
		mine, err := takeBlock(ctx, keys, node, cidr)
		if err != nil {
			return netip.Prefix{}, err
		}
		if mine {
			return cidr, writeAffinity(ctx, keys, node, cidr)
		}
	}
	return netip.Prefix{}, fmt.Errorf("%s: %w", pool, ErrNoFreeBlock)
}

func nth(pool netip.Prefix, size int, index uint32) netip.Prefix {
	bytes := pool.Masked().Addr().As4()
	number := uint32(bytes[0])<<24 | uint32(bytes[1])<<16 | uint32(bytes[2])<<8 | uint32(bytes[3])
	number += index << (32 - size)
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(number >> 24), byte(number >> 16), byte(number >> 8), byte(number)}), size)
}

// takeBlock is true when the block was free, or the node's already.
func takeBlock(ctx context.Context, keys Keys, node string, cidr netip.Prefix) (bool, error) {
	text, err := json.Marshal(NewBlock(cidr, node))
	if err != nil {
		return false, err
	}
	if ok, err := keys.Swap(ctx, AssignmentKey(cidr), string(text), 0); ok || err != nil {
		return ok, err
	}
	value, _, err := keys.Read(ctx, AssignmentKey(cidr))
	block, _ := ParseBlock([]byte(value))
	return block.Node() == node, err
}

func writeAffinity(ctx context.Context, keys Keys, node string, cidr netip.Prefix) error {
	text, _ := json.Marshal(Affinity{State: "confirmed"})
	_, err := keys.Swap(ctx, AffinityKey(node, cidr), string(text), 0)
	return err
}
