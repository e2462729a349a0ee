//go:build desktop || bindings

package shell

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/windows"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"bendo/kiosk/boot"
)

// Options say what the window needs from outside.
type Options struct {
	Socket   string // where the desk's service answers
	Windowed bool   // a developer's window with a frame; the office's is full screen and on top
	Log      *slog.Logger
}

// Run shows the window until ctx ends; only then does it close. It blocks, and the watcher it
// starts has ended when it returns.
func Run(ctx context.Context, o Options) error {
	w := &window{o: o}
	state := options.Fullscreen
	if o.Windowed {
		state = options.Normal
	}
	err := wails.Run(&options.App{
		Title: "Bến Đò", Width: 1280, Height: 800,
		WindowStartState: state, Frameless: !o.Windowed, AlwaysOnTop: !o.Windowed,
		BackgroundColour: &options.RGBA{R: 247, G: 244, B: 236, A: 255},
		AssetServer:      &assetserver.Options{Handler: &bootstrap{ctx: ctx, socket: o.Socket, went: w.went}},
		OnStartup:        func(wctx context.Context) { w.start(ctx, wctx) },
		OnBeforeClose:    func(context.Context) bool { return !w.ending.Load() },
		Linux:            &linux.Options{WebviewGpuPolicy: linux.WebviewGpuPolicyNever, ProgramName: "bendo"},
		Windows: &windows.Options{DisablePinchZoom: true, IsZoomControlEnabled: false,
			WebviewUserDataPath: "", Messages: windows.DefaultMessages()},
	})
	w.watcher.Wait()
	if err != nil {
		return fmt.Errorf("showing the window: %w", err)
	}
	return nil
}

type window struct {
	o       Options
	ending  atomic.Bool    // set once, before the window is asked to close
	watcher sync.WaitGroup // the one goroutine: watch
}

func (w *window) start(ctx, wctx context.Context) {
	harden(w.o.Log)
	w.watcher.Go(func() { w.watch(ctx, wctx) })
}

// went lets the view navigate to the desk's host and nowhere else.
func (w *window) went(address string) {
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	allowHost(u.Scheme + "://" + u.Host + "/")
}

// Limits of the supervisor: a page on the slowest office PC is up within ten seconds, and a
// heartbeat comes every five.
const (
	lookEvery  = 5 * time.Second
	silentFor  = 25 * time.Second
	settleTime = 20 * time.Second
)

// watch reloads a page that has fallen silent and closes the window when ctx ends. A service
// that does not answer is reloaded too: the bootstrap page says so in words.
func (w *window) watch(ctx, wctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	loaded := time.Now()
	for {
		select {
		case <-ctx.Done():
			w.ending.Store(true)
			runtime.Quit(wctx)
			return
		case <-tick.C:
		}
		if time.Since(loaded) < settleTime {
			continue
		}
		if age, err := boot.Health(ctx, w.o.Socket); err == nil && age >= 0 && age < silentFor {
			continue
		}
		w.o.Log.Warn("the page has fallen silent; loading it again")
		loaded = time.Now()
		reload(wctx)
	}
}
