// Command flannel-cni-standin STANDS IN for flannel's CNI plugin (a repository of its own, v1.9.x) in netplay's lab.
//
// It is put on lab hosts as /opt/cni/bin/flannel. Like the real one it sets nothing up by itself: it reads what
// flanneld wrote to subnet.env, fills in the delegate's configuration and calls it (bridge with host-local by default).
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/containernetworking/cni/pkg/invoke"
	"github.com/containernetworking/cni/pkg/skel"
	"github.com/containernetworking/cni/pkg/version"
)

const about = "CNI plugin flannel: STAND-IN of netplay's lab, not flannel's own plugin"

func main() {
	skel.PluginMainFuncs(skel.CNIFuncs{Add: add, Check: check, Del: del}, version.All, about)
}

func add(args *skel.CmdArgs) error {
	conf, err := parseNetConf(args.StdinData)
	if err != nil {
		return err
	}
	env, err := loadSubnetEnv(conf.SubnetFile)
	if err != nil {
		return err
	}
	delegate, err := makeDelegate(conf, env)
	if err != nil {
		return err
	}
	body, err := json.Marshal(delegate)
	if err != nil {
		return fmt.Errorf("error serializing delegate netconf: %v", err)
	}
	// Kept for DEL: by then subnet.env may be gone or tell of another subnet.
	if err := saveDelegate(conf.DataDir, args.ContainerID, body); err != nil {
		return err
	}
	// The real plugin prints this line too, to stderr; runtimes log it.
	fmt.Fprintf(os.Stderr, "%s", body)
	result, err := invoke.DelegateAdd(context.Background(), delegateType(delegate), body, nil)
	if err != nil {
		return fmt.Errorf("failed to delegate add: %w", err)
	}
	return result.Print()
}

// The real plugin answers CHECK with success and looks at nothing.
func check(*skel.CmdArgs) error { return nil }

func del(args *skel.CmdArgs) error {
	conf, err := parseNetConf(args.StdinData)
	if err != nil {
		return err
	}
	body, err := readDelegate(conf.DataDir, args.ContainerID)
	if os.IsNotExist(err) {
		// CNI wants DEL to succeed when there is nothing left to delete.
		return nil
	}
	if err != nil {
		return err
	}
	delegate := map[string]any{}
	if err := json.Unmarshal(body, &delegate); err != nil {
		return fmt.Errorf("failed to parse netconf: %v", err)
	}
	if err := invoke.DelegateDel(context.Background(), delegateType(delegate), body, nil); err != nil {
		return fmt.Errorf("failed to delegate delete: %w", err)
	}
	return forgetDelegate(conf.DataDir, args.ContainerID)
}

func delegateType(delegate map[string]any) string {
	name, _ := delegate["type"].(string)
	return name
}
