// Command calico-cni-standin STANDS IN for calico's CNI plugin in netplay's lab: it is put on hosts as /opt/cni/bin/calico.
//
// It makes what the real one makes for a pod: a veth pair whose host end is called caliXXXXXXXXXXX, the address as a /32, a
// default route over 169.254.1.1 that the host answers ARP for, and a /32 route on the host. Policy and endpoints it has not.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/containernetworking/cni/pkg/invoke"
	"github.com/containernetworking/cni/pkg/skel"
	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/version"
	"netplay/lab/parts/bgp/calico"
	"netplay/lab/parts/bgp/cni"
)

const about = "CNI plugin calico: STAND-IN of netplay's lab, not calico's own plugin"

func main() {
	supported := version.PluginSupports("0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0")
	skel.PluginMainFuncs(skel.CNIFuncs{Add: add, Check: check, Del: del}, supported, about)
}

func add(args *skel.CmdArgs) error {
	conf, err := cni.Parse(args.StdinData)
	if err != nil {
		return err
	}
	if err := datastoreReady(conf); err != nil {
		return err
	}
	if conf.IPAM.Type == "" {
		return errors.New("no IPAM plugin is named in the configuration")
	}
	got, err := invoke.DelegateAdd(context.Background(), conf.IPAM.Type, args.StdinData, nil)
	if err != nil {
		return err
	}
	result, err := current.NewResultFromResult(got)
	if err == nil && len(result.IPs) == 0 {
		err = errors.New("IPAM plugin returned missing IP config")
	}
	if err == nil {
		err = connectPod(args, result, conf.PodMTU())
	}
	if err != nil {
		// CNI: an ADD that fails leaves nothing.
		_ = invoke.DelegateDel(context.Background(), conf.IPAM.Type, args.StdinData, nil)
		return err
	}
	return types.PrintResult(result, conf.CNIVersion)
}

func check(args *skel.CmdArgs) error { return checkPod(args) }

func del(args *skel.CmdArgs) error {
	conf, err := cni.Parse(args.StdinData)
	if err != nil {
		return err
	}
	if err := disconnectPod(args); err != nil {
		return err
	}
	if conf.IPAM.Type == "" {
		return nil
	}
	return invoke.DelegateDel(context.Background(), conf.IPAM.Type, args.StdinData, nil)
}

// datastoreReady: the real plugin of calico v3 refuses to work while ClusterInformation does not say so.
func datastoreReady(conf *cni.Conf) error {
	if _, err := conf.Node(); err != nil {
		return err
	}
	client, err := conf.Client()
	if err != nil || conf.Generation() == calico.V1 {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	info, err := calico.Store{Client: client}.Read(ctx, calico.KindOf("ClusterInformation"), "default")
	if err != nil {
		return fmt.Errorf("error getting ClusterInformation: %w", err)
	}
	if ready := info.Spec.(*calico.ClusterInformationSpec).DatastoreReady; ready == nil || !*ready {
		return errors.New("Calico is currently not ready to process requests")
	}
	return nil
}
