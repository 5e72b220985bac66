// Package etcd speaks to etcd over plain HTTP: the v3 API by its JSON gateway, the v2 API as it is. No gRPC: the binaries
// stay small, and a lab on two cores builds them in seconds.
package etcd

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// Config names a cluster. Endpoints are URLs, separated by commas; the files may be empty for plain http.
type Config struct {
	Endpoints, CAFile, CertFile, KeyFile string
}

// Client talks to whichever endpoint answers.
type Client struct {
	endpoints []string
	http      *http.Client
}

// New reads the certificates and connects to nothing yet. A file that cannot be read is the operating system's error.
func New(config Config) (*Client, error) {
	transport, err := newTransport(config)
	if err != nil {
		return nil, err
	}
	var endpoints []string
	for _, endpoint := range strings.Split(config.Endpoints, ",") {
		if endpoint = strings.TrimRight(strings.TrimSpace(endpoint), "/"); endpoint != "" {
			endpoints = append(endpoints, endpoint)
		}
	}
	if len(endpoints) == 0 {
		return nil, errors.New("no etcd endpoints specified")
	}
	return &Client{endpoints: endpoints, http: &http.Client{Transport: transport}}, nil
}

func newTransport(config Config) (*http.Transport, error) {
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if config.CertFile != "" || config.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(config.CertFile, config.KeyFile)
		if err != nil {
			return nil, err
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	if config.CAFile != "" {
		pem, err := os.ReadFile(config.CAFile)
		if err != nil {
			return nil, err
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in %s", config.CAFile)
		}
	}
	dialer := &net.Dialer{Timeout: 2 * time.Second, KeepAlive: 10 * time.Second}
	return &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: settings, TLSHandshakeTimeout: 5 * time.Second}, nil
}

// request asks one endpoint after the other, and all of them again for as long as none can be reached: calico's own
// client waits without end too, and who cannot wait gives the context a deadline.
func (c *Client) request(ctx context.Context, method, path, contentType string, body []byte) (*http.Response, error) {
	for {
		var last error
		for _, endpoint := range c.endpoints {
			request, err := http.NewRequestWithContext(ctx, method, endpoint+path, bytes.NewReader(body))
			if err != nil {
				return nil, err
			}
			if contentType != "" {
				request.Header.Set("Content-Type", contentType)
			}
			response, err := c.http.Do(request)
			if err == nil && response.StatusCode != http.StatusServiceUnavailable {
				return response, nil
			}
			if err == nil {
				response.Body.Close()
				err = fmt.Errorf("%s: %s", endpoint, response.Status)
			}
			last = err
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), last)
		case <-time.After(250 * time.Millisecond):
		}
	}
}

func readJSON(response *http.Response, into any) error {
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("etcd answered %s: %s", response.Status, text)
	}
	return nil
}
