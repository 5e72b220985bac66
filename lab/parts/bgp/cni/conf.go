// Package cni has what the stand-ins for calico's two CNI plugins share.
package cni

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/containernetworking/cni/pkg/types"
	"netplay/lab/parts/bgp/calico"
	"netplay/lab/parts/bgp/etcd"
)

// Conf is the plugin's part of the conflist. Source: networking.md 1.6, 2.5.
type Conf struct {
	types.NetConf
	DatastoreType string `json:"datastore_type"`
	Endpoints     string `json:"etcd_endpoints"`
	KeyFile       string `json:"etcd_key_file"`
	CertFile      string `json:"etcd_cert_file"`
	CAFile        string `json:"etcd_ca_cert_file"`
	Nodename      string `json:"nodename"`
	NodenameFile  string `json:"nodename_file"`
	MTU           int    `json:"mtu"`
}

// Parse reads a configuration.
func Parse(stdin []byte) (*Conf, error) {
	conf := &Conf{NodenameFile: "/var/lib/calico/nodename"}
	if err := json.Unmarshal(stdin, conf); err != nil {
		return nil, fmt.Errorf("failed to load netconf: %v", err)
	}
	return conf, nil
}

// Generation: without datastore_type it is calico 2.x, which knows etcd v2 alone.
func (c *Conf) Generation() calico.Generation {
	if c.DatastoreType == "etcdv3" {
		return calico.V3
	}
	return calico.V1
}

// Client of the cluster that the configuration names.
func (c *Conf) Client() (*etcd.Client, error) {
	return etcd.New(etcd.Config{Endpoints: c.Endpoints, CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile})
}

// Node is the name under which this host is known. calico v3 wants the file of calico/node to be there.
func (c *Conf) Node() (string, error) {
	if c.Generation() == calico.V3 {
		if _, err := os.Stat(c.NodenameFile); err != nil {
			return "", fmt.Errorf("stat %s: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/", c.NodenameFile)
		}
	}
	if c.Nodename != "" {
		return c.Nodename, nil
	}
	if text, err := os.ReadFile(c.NodenameFile); err == nil && c.Generation() == calico.V3 {
		return strings.TrimSpace(string(text)), nil
	}
	return os.Hostname()
}

// PodMTU is the configuration's; 0 there means what Felix found out.
func (c *Conf) PodMTU() int {
	if c.MTU != 0 {
		return c.MTU
	}
	text, _ := os.ReadFile("/var/lib/calico/mtu")
	if mtu, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
		return mtu
	}
	return 1500
}

// Handle names the addresses of a container, as calico does.
func (c *Conf) Handle(containerID string) string { return c.Name + "." + containerID }
