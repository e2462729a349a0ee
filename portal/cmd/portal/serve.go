package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
	"unicode"

	"golang.org/x/sync/errgroup"

	"bendo/internal/vietnam"
	"bendo/portal/casework"
	"bendo/portal/intake"
	"bendo/portal/store"
	"bendo/portal/web"
	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

type serveCommand struct {
	place        `embed:""`
	Listen       string `help:"Door for the communes' machines (TLS by the province's own authority), e.g. :8443." placeholder:"ADDR"`
	Web          string `help:"Door for officers and the public, e.g. 127.0.0.1:8080." placeholder:"ADDR"`
	BehindProxy  bool   `help:"--web may listen beyond loopback because a proxy in front of it does TLS."`
	OfficialCode string `default:"none" enum:"none,B" help:"How official codes are issued: none (an officer types them) or B (H61.COMMUNE-YYMMDD-NNNN; this shape is not yet confirmed by the province)."`
	CodePrefix   string `default:"H61" help:"Agency prefix of official codes of shape B."`
	JSON         bool   `name:"json" help:"Print one JSON line when ready."`
}

// Run serves until the context ends.
func (s *serveCommand) Run(c *console) error {
	if s.Listen == "" && s.Web == "" {
		return errors.New("no door to open: give --listen, --web, or both")
	}
	if err := s.checkWeb(); err != nil {
		return err
	}
	tuneMemory()
	o, err := s.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	if restored, err := o.db.Witness(c.ctx, o.keys, false); err != nil {
		return err
	} else if restored {
		c.log.Warn("Database is older than what was seen of it: it was put back from a backup, and a new generation begins as after portal restore")
	}
	n, err := o.db.Rebuild(c.ctx)
	if errors.Is(err, store.ErrLeft) {
		c.log.Error("Some cases stay as an older version made them; portal doctor says what is wrong", "error", err)
	} else if err != nil {
		return err
	}
	if n > 0 {
		c.log.Info("Cases were folded again by this version", "cases", n)
	}
	portal := intake.New(o.db, o.register, o.register.Keys.Receipt, c.log)
	portal.OweCodes = s.OfficialCode == "B"
	doors, err := s.doors(o, portal, c.log)
	if err != nil {
		return err
	}
	ready := map[string]string{}
	for _, d := range doors {
		ready[d.name] = d.listener.Addr().String()
		c.log.Info("Door is open", "door", d.name, "address", ready[d.name], "engine", o.db.Engine())
	}
	if s.JSON {
		if err := c.print(ready); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancel(c.ctx)
	wait := s.retryAside(ctx, o, portal, c.log)
	var ticking sync.WaitGroup
	ticking.Go(func() { tick(ctx, o, portal, s.work(o, portal), c.log) })
	ticking.Go(func() { portal.Watch(ctx) })
	defer func() { stop(); wait(); ticking.Wait() }()
	return serve(ctx, doors)
}

// checkWeb refuses passwords in clear over a network.
func (s *serveCommand) checkWeb() error {
	if s.Web == "" || s.BehindProxy {
		return nil
	}
	host, _, err := net.SplitHostPort(s.Web)
	if err != nil {
		return fmt.Errorf("--web %q: %w", s.Web, err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return errors.New("--web beyond loopback needs a proxy that does TLS in front of it: say --behind-proxy when there is one")
}

// door is one listening server.
type door struct {
	name     string
	listener net.Listener
	server   *http.Server
	tls      bool
}

func (s *serveCommand) doors(o *office, portal *intake.Portal, log *slog.Logger) ([]door, error) {
	var doors []door
	if s.Listen != "" {
		d, err := s.deviceDoor(o, portal, log)
		if err != nil {
			return nil, err
		}
		doors = append(doors, d)
	}
	if s.Web != "" {
		d, err := s.webDoor(o, portal, log)
		if err != nil {
			for _, open := range doors {
				open.listener.Close()
			}
			return nil, err
		}
		doors = append(doors, d)
	}
	return doors, nil
}

func (s *serveCommand) deviceDoor(o *office, portal *intake.Portal, log *slog.Logger) (door, error) {
	certificate, err := o.register.Authority.Server(time.Now(), []string{syncproto.ServerName, "localhost"},
		[]net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback})
	if err != nil {
		return door{}, err
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return door{}, fmt.Errorf("opening the machines' door: %w", err)
	}
	server := synchttp.NewServer(synchttp.Handler(portal, synchttp.Options{Log: log}),
		synchttp.ServerTLS(func() (*tls.Certificate, error) { return &certificate, nil }), slog.NewLogLogger(log.Handler(), slog.LevelDebug))
	return door{name: "listen", listener: synchttp.Gather(listener), server: server, tls: true}, nil
}

func (s *serveCommand) webDoor(o *office, portal *intake.Portal, log *slog.Logger) (door, error) {
	handler, err := web.New(web.Options{DB: o.db, Log: log, Proxied: s.BehindProxy,
		Work: s.work(o, portal)})
	if err != nil {
		return door{}, err
	}
	listener, err := net.Listen("tcp", s.Web)
	if err != nil {
		return door{}, fmt.Errorf("opening the web door: %w", err)
	}
	return door{name: "web", listener: listener, server: newServer(handler, log)}, nil
}

func (s *serveCommand) work(o *office, portal *intake.Portal) *casework.Work {
	return casework.New(o.db, casework.Options{Codes: s.codes(), Ring: portal.Ring})
}

func (s *serveCommand) codes() casework.Codes {
	if s.OfficialCode == "B" {
		return casework.ShapeB{Prefix: s.CodePrefix}
	}
	return casework.Typed{}
}

// newServer is the web door's: bodies are small there, answers may be large scans
// on a slow line.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 20 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 6 * time.Minute,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
}

// serve runs the doors until ctx ends and waits for what is being answered.
func serve(ctx context.Context, doors []door) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, d := range doors {
		group.Go(func() error {
			var err error
			if d.tls {
				err = d.server.ServeTLS(d.listener, "", "")
			} else {
				err = d.server.Serve(d.listener)
			}
			if errors.Is(err, http.ErrServerClosed) {
				return nil
			}
			return fmt.Errorf("serving the %s door: %w", d.name, err)
		})
		group.Go(func() error {
			<-ctx.Done()
			// Waiting feed questions would hold the end up for 25 seconds; they
			// lose nothing by being cut.
			late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
			defer cancel()
			if err := d.server.Shutdown(late); err != nil {
				return d.server.Close()
			}
			return nil
		})
	}
	return group.Wait()
}

func addUser(c *console, db *store.DB, u store.User, password string) error {
	hash, err := web.HashPassword(password)
	if err != nil {
		return err
	}
	u.Hash = hash
	name, err := web.UserName(u.Name)
	if err != nil {
		return err
	}
	u.Name = name
	err = db.Write(c.ctx, func(tx *store.Tx) error { return tx.AddUser(u) })
	if errors.Is(err, store.ErrExists) {
		return fmt.Errorf("a person named %s is there already", u.Name)
	}
	if err != nil {
		return err
	}
	c.log.Info("Person may sign in", "role", u.Role, "office", u.Office)
	return nil
}

// officeName is the commune's name from the administrative units, empty when the
// code is not among them.
func officeName(code string) string {
	if unit, ok := vietnam.FindCommune(vietnam.CommuneCode(code)); ok {
		// "Xã Giao Long" is governed by "UBND xã Giao Long": the kind loses its capital.
		name := []rune(unit.FullName())
		name[0] = unicode.ToLower(name[0])
		return "UBND " + string(name)
	}
	return ""
}
