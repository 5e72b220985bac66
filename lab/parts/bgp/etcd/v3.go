package etcd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// KV is a key of the v3 store. The gateway writes 64-bit numbers as strings and bytes as base64.
type KV struct {
	Key            []byte `json:"key"`
	Value          []byte `json:"value"`
	ModRevision    int64  `json:"mod_revision,string"`
	CreateRevision int64  `json:"create_revision,string"`
}

type header struct {
	Revision int64 `json:"revision,string"`
}

type failure struct {
	Error   string `json:"error"`
	Message string `json:"message"`
}

func (f failure) err() error {
	if f.Error != "" || f.Message != "" {
		return errors.New(f.Message)
	}
	return nil
}

func (c *Client) v3(ctx context.Context, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	response, err := c.request(ctx, http.MethodPost, "/v3/"+path, "application/json", text)
	if err != nil {
		return err
	}
	return readJSON(response, into)
}

// Get gives one key, nil when there is none, and the store's revision.
func (c *Client) Get(ctx context.Context, key string) (*KV, int64, error) {
	found, revision, err := c.rangeOf(ctx, map[string]any{"key": []byte(key)})
	if err != nil || len(found) == 0 {
		return nil, revision, err
	}
	return &found[0], revision, nil
}

// List gives every key that begins with the prefix, in order, and the store's revision.
func (c *Client) List(ctx context.Context, prefix string) ([]KV, int64, error) {
	return c.rangeOf(ctx, map[string]any{"key": []byte(prefix), "range_end": prefixEnd(prefix)})
}

func (c *Client) rangeOf(ctx context.Context, request map[string]any) ([]KV, int64, error) {
	var answer struct {
		failure
		Header header `json:"header"`
		KVs    []KV   `json:"kvs"`
	}
	if err := c.v3(ctx, "kv/range", request, &answer); err != nil {
		return nil, 0, err
	}
	return answer.KVs, answer.Header.Revision, answer.err()
}

func prefixEnd(prefix string) []byte {
	end := []byte(prefix)
	end[len(end)-1]++
	return end
}

// Put writes a key if its mod revision is still that one (0: it must not exist; negative: whatever it is).
// ok is false when it was not, and nothing was written then.
func (c *Client) Put(ctx context.Context, key, value string, revision int64) (newRevision int64, ok bool, err error) {
	put := map[string]any{"request_put": map[string]any{"key": []byte(key), "value": []byte(value)}}
	return c.txn(ctx, key, revision, put)
}

// Delete removes a key under the same condition as Put.
func (c *Client) Delete(ctx context.Context, key string, revision int64) (bool, error) {
	_, ok, err := c.txn(ctx, key, revision, map[string]any{"request_delete_range": map[string]any{"key": []byte(key)}})
	return ok, err
}

func (c *Client) txn(ctx context.Context, key string, revision int64, operation map[string]any) (int64, bool, error) {
	request := map[string]any{"success": []any{operation}}
	if revision >= 0 {
		request["compare"] = []any{map[string]any{
			"key": []byte(key), "target": "MOD", "result": "EQUAL", "mod_revision": fmt.Sprint(revision),
		}}
	}
	var answer struct {
		failure
		Header    header `json:"header"`
		Succeeded bool   `json:"succeeded"`
	}
	if err := c.v3(ctx, "kv/txn", request, &answer); err != nil {
		return 0, false, err
	}
	return answer.Header.Revision, answer.Succeeded, answer.err()
}

// Watch calls back whenever something below the prefix has changed, until the context ends. It says so once at the
// beginning and after every break too, when changes may have been missed: the callback reads what it needs afresh.
func (c *Client) Watch(ctx context.Context, prefix string, changed func()) {
	for ctx.Err() == nil {
		changed()
		c.watchOnce(ctx, prefix, changed)
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (c *Client) watchOnce(ctx context.Context, prefix string, changed func()) {
	body, _ := json.Marshal(map[string]any{"create_request": map[string]any{"key": []byte(prefix), "range_end": prefixEnd(prefix)}})
	response, err := c.request(ctx, http.MethodPost, "/v3/watch", "application/json", body)
	if err != nil {
		return
	}
	defer response.Body.Close()
	decoder := json.NewDecoder(response.Body)
	for {
		var message struct {
			Result struct {
				Events  []json.RawMessage `json:"events"`
				Created bool              `json:"created"`
			} `json:"result"`
		}
		if decoder.Decode(&message) != nil {
			return
		}
		// What changed between the caller's last look and the watch's beginning is seen by looking once more.
		if message.Result.Created || len(message.Result.Events) > 0 {
			changed()
		}
	}
}
