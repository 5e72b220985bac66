package main

import (
	"context"
	"errors"
	"math/rand"
	"sync"
	"time"

	"github.com/flannel-io/flannel/pkg/ip"
	"github.com/flannel-io/flannel/pkg/lease"
	"github.com/flannel-io/flannel/pkg/subnet"
	etcd "go.etcd.io/etcd/client/v2"
	log "k8s.io/klog/v2"
)

const (
	leaseTTL    = 24 * time.Hour
	pollEvery   = time.Second
	raceRetries = 10
	// v0.17.0 picks at random among the first hundred free subnets.
	candidates = 100
)

var errRevoked = errors.New("interrupted")

// v2Manager is flannel's subnet.Manager over etcd's v2 API, so that flannel's own backends run on it unchanged.
type v2Manager struct {
	registry       *registry
	previousSubnet ip.IP4Net
	renewMargin    time.Duration
}

var _ subnet.Manager = &v2Manager{}

func newManager(opts *options) (*v2Manager, error) {
	r, err := newRegistry(opts)
	if err != nil {
		return nil, err
	}
	_, previous := readSubnetFile(opts.subnetFile)
	return &v2Manager{registry: r, previousSubnet: previous, renewMargin: time.Duration(opts.renewMarginMinutes) * time.Minute}, nil
}

func (m *v2Manager) Name() string {
	return "Etcd Local Manager (v2, stand-in) with Previous Subnet: " + m.previousSubnet.String()
}
func (m *v2Manager) GetStoredMacAddresses(context.Context) (string, string) { return "", "" }
func (m *v2Manager) GetStoredPublicIP(context.Context) (string, string)     { return "", "" }

func (m *v2Manager) GetNetworkConfig(ctx context.Context) (*subnet.Config, error) {
	text, err := m.registry.networkConfig(ctx)
	if err != nil {
		return nil, err
	}
	config, err := subnet.ParseConfig(text)
	if err != nil {
		return nil, err
	}
	return config, subnet.CheckNetworkConfig(config)
}

func (m *v2Manager) HandleSubnetFile(path string, config *subnet.Config, ipMasq bool, sn ip.IP4Net, sn6 ip.IP6Net, mtu int) error {
	return subnet.WriteSubnetFile(path, config, ipMasq, sn, sn6, mtu)
}

func (m *v2Manager) AcquireLease(ctx context.Context, attrs *lease.LeaseAttrs) (*lease.Lease, error) {
	config, err := m.GetNetworkConfig(ctx)
	if err != nil {
		return nil, err
	}
	for i := 0; i < raceRetries; i++ {
		l, err := m.tryAcquire(ctx, config, attrs)
		if !isCode(err, etcd.ErrorCodeNodeExist) {
			return l, err
		}
	}
	return nil, errors.New("Max retries reached trying to acquire a subnet")
}

// tryAcquire takes, in this order: the lease with our PublicIP, the subnet of the last subnet.env if free, a free one.
func (m *v2Manager) tryAcquire(ctx context.Context, config *subnet.Config, attrs *lease.LeaseAttrs) (*lease.Lease, error) {
	leases, err := m.registry.leases(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range leases {
		if l.Attrs.PublicIP != attrs.PublicIP {
			continue
		}
		if fits(config, l.Subnet) {
			log.Infof("Found lease (%v) for current IP (%v), reusing", l.Subnet, attrs.PublicIP)
			return m.reuse(ctx, l, attrs)
		}
		log.Infof("Found lease (%v) for current IP (%v) but not compatible with current config, deleting", l.Subnet, attrs.PublicIP)
		if err := m.registry.remove(ctx, l.Subnet); err != nil {
			return nil, err
		}
		break
	}
	sn, err := m.pick(config, leases)
	if err != nil {
		return nil, err
	}
	expires, err := m.registry.put(ctx, sn, attrs, leaseTTL, etcd.PrevNoExist)
	if err != nil {
		return nil, err
	}
	log.Infof("Allocated lease (%v) to current node (%v) ", sn, attrs.PublicIP)
	return &lease.Lease{EnableIPv4: true, Subnet: sn, Attrs: *attrs, Expiration: expires}, nil
}

func (m *v2Manager) reuse(ctx context.Context, l lease.Lease, attrs *lease.LeaseAttrs) (*lease.Lease, error) {
	ttl := leaseTTL
	if l.Expiration.IsZero() {
		ttl = 0 // a reservation stays one
	}
	expires, err := m.registry.put(ctx, l.Subnet, attrs, ttl, etcd.PrevIgnore)
	if err != nil {
		return nil, err
	}
	l.Attrs, l.Expiration = *attrs, expires
	return &l, nil
}

func (m *v2Manager) pick(config *subnet.Config, leases []lease.Lease) (ip.IP4Net, error) {
	if previous := m.previousSubnet; !previous.Empty() && isFree(previous, leases) {
		if fits(config, previous) {
			log.Infof("Found previously leased subnet (%v), reusing", previous)
			return previous, nil
		}
		log.Errorf("Found previously leased subnet (%v) that is not compatible with the Etcd network config, ignoring", previous)
	}
	log.Infof("Picking subnet in range %s ... %s", config.SubnetMin, config.SubnetMax)
	var free []ip.IP4Net
	for sn := (ip.IP4Net{IP: config.SubnetMin, PrefixLen: config.SubnetLen}); sn.IP <= config.SubnetMax && len(free) < candidates; sn = sn.Next() {
		if isFree(sn, leases) {
			free = append(free, sn)
		}
	}
	if len(free) == 0 {
		return ip.IP4Net{}, errors.New("out of subnets")
	}
	return free[rand.Intn(len(free))], nil
}

func isFree(sn ip.IP4Net, leases []lease.Lease) bool {
	for _, l := range leases {
		if sn.Overlaps(l.Subnet) {
			return false
		}
	}
	return true
}

func fits(config *subnet.Config, sn ip.IP4Net) bool {
	return sn.IP >= config.SubnetMin && sn.IP <= config.SubnetMax && sn.PrefixLen == config.SubnetLen
}

func (m *v2Manager) RenewLease(ctx context.Context, l *lease.Lease) error {
	expires, err := m.registry.put(ctx, l.Subnet, &l.Attrs, leaseTTL, etcd.PrevIgnore)
	if err == nil {
		l.Expiration = expires
	}
	return err
}

// CompleteLease renews the lease an hour before it ends and returns errRevoked once its key is gone.
func (m *v2Manager) CompleteLease(ctx context.Context, own *lease.Lease, _ *sync.WaitGroup) error {
	renewAt := m.renewAt(own)
	for {
		select {
		case <-ctx.Done():
			log.Infof("Stopped monitoring lease")
			return ctx.Err()
		case <-time.After(pollEvery):
		}
		seen, err := m.registry.lease(ctx, own.Subnet)
		switch {
		case err != nil:
			if ctx.Err() == nil {
				log.Errorf("Subnet watch failed: %v", err)
			}
			continue
		case seen == nil:
			log.Error("Lease has been revoked. Shutting down daemon.")
			return errRevoked
		case !seen.Expiration.Equal(own.Expiration):
			own.Expiration = seen.Expiration
			renewAt = m.renewAt(own)
			log.Infof("Waiting for %s to renew lease", time.Until(renewAt))
		}
		if own.Expiration.IsZero() || time.Now().Before(renewAt) {
			continue
		}
		if err := m.RenewLease(ctx, own); err != nil {
			log.Error("Error renewing lease (trying again in 1 min): ", err)
			renewAt = time.Now().Add(time.Minute)
			continue
		}
		log.Info("Lease renewed, new expiration: ", own.Expiration)
		renewAt = m.renewAt(own)
	}
}

func (m *v2Manager) renewAt(l *lease.Lease) time.Time { return l.Expiration.Add(-m.renewMargin) }
