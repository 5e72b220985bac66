package main

import (
	"context"
	"time"

	"github.com/flannel-io/flannel/pkg/ip"
	"github.com/flannel-io/flannel/pkg/lease"
	log "k8s.io/klog/v2"
)

// WatchLeases tells the backend of every lease that came, changed or went. It polls: the v2 API's own watch loses its
// place after a thousand events, and a second is soon enough here.
func (m *v2Manager) WatchLeases(ctx context.Context, receiver chan []lease.LeaseWatchResult) error {
	defer close(receiver)
	known := map[string]lease.Lease{}
	for {
		leases, err := m.registry.leases(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			log.Errorf("Watch subnets: %v", err)
		} else if events := differences(known, leases); len(events) > 0 {
			receiver <- []lease.LeaseWatchResult{{Events: events}}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

// differences brings known up to date and gives what that took. A renewal alone is no difference.
func differences(known map[string]lease.Lease, leases []lease.Lease) []lease.Event {
	var events []lease.Event
	seen := map[string]bool{}
	for _, l := range leases {
		key := l.Subnet.String()
		seen[key] = true
		if before, found := known[key]; !found || before.Attrs.String() != l.Attrs.String() {
			events = append(events, lease.Event{Type: lease.EventAdded, Lease: l})
		}
		known[key] = l
	}
	for key, l := range known {
		if !seen[key] {
			events = append(events, lease.Event{Type: lease.EventRemoved, Lease: l})
			delete(known, key)
		}
	}
	return events
}

// WatchLease is part of flannel's interface; here CompleteLease looks after the daemon's own lease.
func (m *v2Manager) WatchLease(ctx context.Context, _ ip.IP4Net, _ ip.IP6Net, receiver chan []lease.LeaseWatchResult) error {
	defer close(receiver)
	<-ctx.Done()
	return ctx.Err()
}
