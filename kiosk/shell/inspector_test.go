//go:build windowsmoke

package shell

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/coder/websocket"
)

// inspector speaks WebKit's remote inspector protocol to one page: the only way to drive the
// real window (WebKitWebDriver cannot, because Wails' view allows no automation).
type inspector struct {
	conn   *websocket.Conn
	target string
	next   int
}

var socketPath = regexp.MustCompile(`/socket/\d+/\d+/WebPage`)

// inspect waits until the page can be inspected.
func inspect(ctx context.Context, addr string) (*inspector, error) {
	for {
		i, err := tryInspect(ctx, addr)
		if err == nil {
			return i, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func tryInspect(ctx context.Context, addr string) (*inspector, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", "http://"+addr+"/", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	page, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	path := socketPath.Find(page)
	if path == nil {
		return nil, errors.New("no page to inspect yet")
	}
	conn, _, err := websocket.Dial(ctx, "ws://"+addr+string(path), nil)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(64 << 20)
	i := &inspector{conn: conn}
	wait, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for i.target == "" {
		var m struct {
			Method string
			Params struct {
				TargetInfo struct{ TargetID, Type string }
			}
		}
		if err := i.read(wait, &m); err != nil {
			conn.CloseNow()
			return nil, err
		}
		if m.Method == "Target.targetCreated" {
			i.target = m.Params.TargetInfo.TargetID
		}
	}
	return i, nil
}

func (i *inspector) close() { i.conn.CloseNow() }

func (i *inspector) read(ctx context.Context, v any) error {
	_, b, err := i.conn.Read(ctx)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// command sends one command to the page and returns its result.
func (i *inspector) command(ctx context.Context, method string, params any) (json.RawMessage, error) {
	i.next++
	inner, err := json.Marshal(map[string]any{"id": i.next, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	outer, err := json.Marshal(map[string]any{"id": 100000 + i.next, "method": "Target.sendMessageToTarget",
		"params": map[string]any{"targetId": i.target, "message": string(inner)}})
	if err != nil {
		return nil, err
	}
	if err := i.write(ctx, outer); err != nil {
		return nil, err
	}
	for {
		var m struct {
			Method string
			Params struct {
				Message    string
				TargetInfo struct{ TargetID string }
				NewTarget  string `json:"newTargetId"`
			}
		}
		if err := i.read(ctx, &m); err != nil {
			return nil, err
		}
		if m.Method == "Target.didCommitProvisionalTarget" {
			i.target = m.Params.NewTarget
			return nil, errors.New("the page changed under the command")
		}
		if m.Method != "Target.dispatchMessageFromTarget" {
			continue
		}
		var a struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal([]byte(m.Params.Message), &a); err != nil {
			return nil, err
		}
		if a.ID != i.next {
			continue
		}
		if a.Error != nil {
			return nil, errors.New(a.Error.Message)
		}
		return a.Result, nil
	}
}

// write sends a message in frames of 32 KiB: the inspector drops a connection whose frame has
// more than 128 KiB, and axe has half a megabyte.
func (i *inspector) write(ctx context.Context, message []byte) error {
	w, err := i.conn.Writer(ctx, websocket.MessageText)
	if err != nil {
		return err
	}
	for piece := range slices.Chunk(message, 32<<10) {
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return w.Close()
}

type remote struct {
	Result struct {
		Value    any
		ObjectID string `json:"objectId"`
	}
	WasThrown bool `json:"wasThrown"`
}

// eval runs an expression in the page; a promise is waited for.
func (i *inspector) eval(ctx context.Context, expression string) (any, error) {
	raw, err := i.command(ctx, "Runtime.evaluate", map[string]any{"expression": "Promise.resolve(" + expression + ")"})
	if err != nil {
		return nil, err
	}
	var r remote
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, err
	}
	if r.WasThrown || r.Result.ObjectID == "" {
		return nil, fmt.Errorf("evaluating %.60s: %s", expression, raw)
	}
	raw, err = i.command(ctx, "Runtime.awaitPromise", map[string]any{"promiseObjectId": r.Result.ObjectID, "returnByValue": true})
	if err != nil {
		return nil, err
	}
	r = remote{}
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, err
	}
	if r.WasThrown {
		return nil, fmt.Errorf("evaluating %.60s threw: %s", expression, raw)
	}
	return r.Result.Value, nil
}
