package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const subnetEnvText = "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.27.1/24\nFLANNEL_MTU=1500\nFLANNEL_IPMASQ=true\n"

func delegateOf(t *testing.T, conf, env string) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "subnet.env")
	if err := os.WriteFile(path, []byte(env), 0o644); err != nil {
		t.Fatal(err)
	}
	parsed, err := parseNetConf([]byte(conf))
	if err != nil {
		t.Fatal(err)
	}
	values, err := loadSubnetEnv(path)
	if err != nil {
		return "", err
	}
	delegate, err := makeDelegate(parsed, values)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(delegate)
	return string(body), err
}

// Recorded from flannel's own plugin, v1.9.1.
func TestDelegateIsThatOfTheRealPlugin(t *testing.T) {
	got, err := delegateOf(t, `{"name":"cbr0","cniVersion":"0.3.1","type":"flannel","delegate":{"hairpinMode":true,"isDefaultGateway":true}}`, subnetEnvText)
	const recorded = `{"cniVersion":"0.3.1","hairpinMode":true,"ipMasq":false,"ipam":{"ranges":[[{"subnet":"10.244.27.0/24"}]],"routes":[{"dst":"10.244.0.0/16"}],"type":"host-local"},"isDefaultGateway":true,"isGateway":true,"mtu":1500,"name":"cbr0","type":"bridge"}`
	if err != nil || got != recorded {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestWhatTheDelegateSaysStands(t *testing.T) {
	got, err := delegateOf(t, `{"name":"x","delegate":{"ipMasq":true,"mtu":1400,"isGateway":false}}`, subnetEnvText)
	if err != nil || !strings.Contains(got, `"ipMasq":true`) || !strings.Contains(got, `"mtu":1400`) || !strings.Contains(got, `"isGateway":false`) {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestRefusals(t *testing.T) {
	for conf, text := range map[string]string{
		`{"name":"x","delegate":{"name":"y"}}`: "'delegate' dictionary must not have 'name' field",
		`{"name":"x","delegate":{"ipam":{}}}`:  "'delegate' dictionary must not have 'ipam' field",
		`{"name":"x","delegate":{"type":5}}`:   "must have (string) 'type' field",
	} {
		if _, err := delegateOf(t, conf, subnetEnvText); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", conf, err)
		}
	}
	if _, err := delegateOf(t, `{"name":"x"}`, "FLANNEL_MTU=1500\n"); err == nil || !strings.Contains(err.Error(), "missing FLANNEL_NETWORK, FLANNEL_SUBNET, FLANNEL_IPMASQ") {
		t.Error(err)
	}
	if _, err := loadSubnetEnv("/nonexistent/subnet.env"); err == nil || !strings.Contains(err.Error(), "failed to load flannel 'subnet.env' file") {
		t.Error(err)
	}
}
