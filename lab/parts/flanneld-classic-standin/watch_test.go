package main

import (
	"net"
	"testing"
	"time"

	"github.com/flannel-io/flannel/pkg/ip"
	"github.com/flannel-io/flannel/pkg/lease"
)

func leaseOf(t *testing.T, cidr, mac string) lease.Lease {
	t.Helper()
	_, parsed, err := net.ParseCIDR(cidr)
	if err != nil {
		t.Fatal(err)
	}
	attrs := lease.LeaseAttrs{BackendType: "vxlan", BackendData: []byte(`{"VNI":1,"VtepMAC":"` + mac + `"}`)}
	return lease.Lease{EnableIPv4: true, Subnet: ip.FromIPNet(parsed), Attrs: attrs}
}

func TestDifferences(t *testing.T) {
	a, b := leaseOf(t, "10.244.1.0/24", "02:00:00:00:00:01"), leaseOf(t, "10.244.2.0/24", "02:00:00:00:00:02")
	known := map[string]lease.Lease{}
	if events := differences(known, []lease.Lease{a, b}); len(events) != 2 {
		t.Errorf("two came: %+v", events)
	}
	a.Expiration = time.Now()
	if events := differences(known, []lease.Lease{a, b}); len(events) != 0 {
		t.Errorf("a renewal is no event: %+v", events)
	}
	changed := leaseOf(t, "10.244.2.0/24", "02:00:00:00:00:03")
	if events := differences(known, []lease.Lease{a, changed}); len(events) != 1 || events[0].Type != lease.EventAdded {
		t.Errorf("a host with a new VTEP: %+v", events)
	}
	if events := differences(known, []lease.Lease{a}); len(events) != 1 || events[0].Type != lease.EventRemoved || !events[0].Lease.Subnet.Equal(b.Subnet) {
		t.Errorf("one went: %+v", events)
	}
}
