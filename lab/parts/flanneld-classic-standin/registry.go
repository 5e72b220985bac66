package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path"
	"strings"
	"time"

	"github.com/flannel-io/flannel/pkg/ip"
	"github.com/flannel-io/flannel/pkg/lease"
	"github.com/flannel-io/flannel/pkg/subnet"
	etcd "go.etcd.io/etcd/client/v2"
	log "k8s.io/klog/v2"
)

// registry keeps leases in etcd's v2 keyspace, at the keys and in the form of v0.17.0.
type registry struct {
	keys   etcd.KeysAPI
	prefix string
}

func newRegistry(opts *options) (*registry, error) {
	transport, err := newTransport(opts)
	if err != nil {
		return nil, err
	}
	client, err := etcd.New(etcd.Config{
		Endpoints: strings.Split(opts.etcdEndpoints, ","),
		Transport: transport,
		Username:  opts.etcdUsername,
		Password:  opts.etcdPassword,
		// A member that takes the connection and then stays silent must not hold the daemon up for ever.
		HeaderTimeoutPerRequest: 5 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	return &registry{keys: etcd.NewKeysAPI(client), prefix: opts.etcdPrefix}, nil
}

func newTransport(opts *options) (*http.Transport, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if opts.etcdCAFile != "" {
		pem, err := os.ReadFile(opts.etcdCAFile)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in %s", opts.etcdCAFile)
		}
	}
	if opts.etcdCertFile != "" && opts.etcdKeyFile != "" {
		pair, err := tls.LoadX509KeyPair(opts.etcdCertFile, opts.etcdKeyFile)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	dialer := &net.Dialer{Timeout: time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: config, TLSHandshakeTimeout: 10 * time.Second}, nil
}

func (r *registry) networkConfig(ctx context.Context) (string, error) {
	response, err := r.keys.Get(ctx, path.Join(r.prefix, "config"), &etcd.GetOptions{Quorum: true})
	if err != nil {
		return "", err
	}
	return response.Node.Value, nil
}

// leases gives every lease there is; a cluster without the folder has none yet.
func (r *registry) leases(ctx context.Context) ([]lease.Lease, error) {
	response, err := r.keys.Get(ctx, path.Join(r.prefix, "subnets"), &etcd.GetOptions{Recursive: true, Quorum: true})
	if isCode(err, etcd.ErrorCodeKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []lease.Lease
	for _, node := range response.Node.Nodes {
		l, err := parseLease(node)
		if err != nil {
			log.Warningf("Ignoring bad subnet node: %v", err)
			continue
		}
		found = append(found, *l)
	}
	return found, nil
}

// lease gives the lease of one subnet, nil when there is none.
func (r *registry) lease(ctx context.Context, sn ip.IP4Net) (*lease.Lease, error) {
	response, err := r.keys.Get(ctx, r.key(sn), &etcd.GetOptions{Quorum: true})
	if isCode(err, etcd.ErrorCodeKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseLease(response.Node)
}

// put writes a lease; with exist PrevNoExist it fails with code 105 where another host was faster. A ttl of 0 is a reservation.
func (r *registry) put(ctx context.Context, sn ip.IP4Net, attrs *lease.LeaseAttrs, ttl time.Duration, exist etcd.PrevExistType) (time.Time, error) {
	value, err := json.Marshal(attrs)
	if err != nil {
		return time.Time{}, err
	}
	response, err := r.keys.Set(ctx, r.key(sn), string(value), &etcd.SetOptions{PrevExist: exist, TTL: ttl})
	if err != nil || response.Node.Expiration == nil {
		return time.Time{}, err
	}
	return *response.Node.Expiration, nil
}

func (r *registry) remove(ctx context.Context, sn ip.IP4Net) error {
	_, err := r.keys.Delete(ctx, r.key(sn), nil)
	return err
}

func (r *registry) key(sn ip.IP4Net) string {
	return path.Join(r.prefix, "subnets", subnet.MakeSubnetKey(sn, ip.IP6Net{}))
}

func parseLease(node *etcd.Node) (*lease.Lease, error) {
	sn, _ := subnet.ParseSubnetKey(node.Key)
	if sn == nil {
		return nil, fmt.Errorf("failed to parse subnet key %q", node.Key)
	}
	l := &lease.Lease{EnableIPv4: true, Subnet: *sn, Asof: int64(node.ModifiedIndex)}
	if err := json.Unmarshal([]byte(node.Value), &l.Attrs); err != nil {
		return nil, fmt.Errorf("%s: %w", node.Key, err)
	}
	if node.Expiration != nil {
		l.Expiration = *node.Expiration
	}
	return l, nil
}

func isCode(err error, code int) bool {
	var answer etcd.Error
	return errors.As(err, &answer) && answer.Code == code
}
