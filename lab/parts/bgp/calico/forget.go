package calico

import "context"

// Forget gives back what a node has of IPAM, as calicoctl does when the node is deleted: addresses of its pods, its blocks, its
// claims. A block that others have addresses of stays, as nobody's. The real one finds the addresses by the pods' endpoints, which
// the lab does not have. Source: libcalico-go lib/clientv3/node.go, lib/ipam/ipam.go.
func Forget(ctx context.Context, keys Keys, node string) error {
	found, err := keys.Below(ctx, assignments)
	if err != nil {
		return err
	}
	for key, value := range found {
		block, ok := ParseBlock([]byte(value))
		if !ok {
			continue
		}
		block.releaseNode(node)
		if block.Node() == node && block.InUse() == 0 {
			err = keys.Remove(ctx, key)
		} else {
			err = rewrite(ctx, keys, key, node)
		}
		if err != nil {
			return err
		}
	}
	claims, err := keys.Below(ctx, hosts+node+"/")
	if err != nil {
		return err
	}
	for key := range claims {
		if err := keys.Remove(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

func rewrite(ctx context.Context, keys Keys, key, node string) error {
	cidr, ok := prefixOfKey(key[len(assignments):])
	if !ok {
		return nil
	}
	return changeBlock(ctx, keys, cidr, func(block *Block) error {
		block.releaseNode(node)
		if block.Node() == node {
			block.Affinity = ""
		}
		return nil
	})
}

func (b *Block) releaseNode(node string) {
	for ordinal, attribute := range b.Allocations {
		if attribute != nil && *attribute < len(b.Attributes) && b.Attributes[*attribute].Secondary["node"] == node {
			b.Allocations[ordinal] = nil
			b.Unallocated = append(b.Unallocated, ordinal)
		}
	}
	b.dropUnusedAttributes()
}

// RemoveNode deletes a node, what it has of IPAM, and the peers and configurations that are its alone. @errors NotFoundError
func (s Store) RemoveNode(ctx context.Context, name string) error {
	if err := Forget(ctx, KeysOf(s.Client, V3), name); err != nil {
		return err
	}
	kind := KindOf("BGPPeer")
	peers, _, err := s.ReadAll(ctx, kind)
	if err != nil {
		return err
	}
	for _, peer := range peers {
		if spec, ok := peer.Spec.(*BGPPeerSpec); !ok || spec.Node != name {
			continue
		}
		if err := s.Remove(ctx, kind, peer.Metadata.Name); err != nil {
			return err
		}
	}
	for _, kind := range []string{"FelixConfiguration", "BGPConfiguration"} {
		if _, err := s.Delete(ctx, KindOf(kind).key("node."+name), -1); err != nil {
			return err
		}
	}
	return s.Remove(ctx, KindOf("Node"), name)
}
