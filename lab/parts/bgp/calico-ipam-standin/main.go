// Command calico-ipam-standin STANDS IN for calico's IPAM plugin in netplay's lab: it is put on hosts as
// /opt/cni/bin/calico-ipam. It takes an address of one of the host's blocks in etcd, and claims a block when all are full.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/containernetworking/cni/pkg/skel"
	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/version"
	"netplay/lab/parts/bgp/calico"
	"netplay/lab/parts/bgp/cni"
)

const about = "CNI plugin calico-ipam: STAND-IN of netplay's lab, not calico's own plugin"

func main() {
	supported := version.PluginSupports("0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0")
	skel.PluginMainFuncs(skel.CNIFuncs{Add: add, Check: func(*skel.CmdArgs) error { return nil }, Del: del}, supported, about)
}

// A runtime does not wait for ever.
const patience = 20 * time.Second

func add(args *skel.CmdArgs) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conf, keys, node, err := open(args)
	if err != nil {
		return err
	}
	address, err := assign(ctx, conf, keys, calico.Owner{Handle: conf.Handle(args.ContainerID), Node: node})
	if err != nil {
		return err
	}
	ip := net.IPNet{IP: net.IP(address.AsSlice()), Mask: net.CIDRMask(32, 32)}
	result := &current.Result{CNIVersion: current.ImplementedSpecVersion, IPs: []*current.IPConfig{{Address: ip}}}
	return types.PrintResult(result, conf.CNIVersion)
}

func del(args *skel.CmdArgs) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conf, keys, node, err := open(args)
	if err != nil {
		return err
	}
	blocks, err := calico.BlocksOf(ctx, keys, node)
	if err != nil {
		return err
	}
	for _, block := range blocks {
		if err := calico.Release(ctx, keys, block, conf.Handle(args.ContainerID)); err != nil {
			return err
		}
	}
	return nil
}

func open(args *skel.CmdArgs) (*cni.Conf, calico.Keys, string, error) {
	conf, err := cni.Parse(args.StdinData)
	if err != nil {
		return nil, nil, "", err
	}
	node, err := conf.Node()
	if err != nil {
		return nil, nil, "", err
	}
	client, err := conf.Client()
	if err != nil {
		return nil, nil, "", err
	}
	return conf, calico.KeysOf(client, conf.Generation()), node, nil
}

func assign(ctx context.Context, conf *cni.Conf, keys calico.Keys, owner calico.Owner) (netip.Addr, error) {
	blocks, err := calico.BlocksOf(ctx, keys, owner.Node)
	if err != nil {
		return netip.Addr{}, err
	}
	slices.SortFunc(blocks, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	for _, block := range blocks {
		address, err := calico.Assign(ctx, keys, block, owner)
		if !errors.Is(err, calico.ErrFull) {
			return address, err
		}
	}
	pools, err := calico.PoolsOf(ctx, keys, conf.Generation())
	if err != nil {
		return netip.Addr{}, err
	}
	for _, pool := range pools {
		block, err := calico.Claim(ctx, keys, owner.Node, pool.CIDR, pool.BlockSize)
		if err == nil {
			return calico.Assign(ctx, keys, block, owner)
		}
		if !errors.Is(err, calico.ErrNoFreeBlock) {
			return netip.Addr{}, err
		}
	}
	return netip.Addr{}, fmt.Errorf("no configured Calico pools for node %s", owner.Node)
}
