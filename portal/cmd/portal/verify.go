package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"bendo/internal/durable"
	"bendo/internal/journal"
	"bendo/portal/intake"
	"bendo/portal/store"
	"bendo/syncproto"
)

type verifyCommand struct {
	place     `embed:""`
	File      string `arg:"" optional:"" type:"path" help:"An exported journal to check; nothing else is needed."`
	Device    string `help:"Check the stored journal of this machine, or export it with --export." placeholder:"ID"`
	Export    string `type:"path" help:"Write the journal of --device to this file." placeholder:"FILE"`
	Content   string `default:"headers" enum:"full,headers,digests" help:"What an export shows: full (with what residents wrote), headers (kinds, times and digests), digests (the chain alone)."`
	Acts      string `help:"Add the journal of acts of this office (with sign-in names)." placeholder:"COMMUNE"`
	PortalKey string `help:"The province's public key, to be sure that a file is of this province." placeholder:"HEX"`
	JSON      bool   `name:"json" help:"Print one JSON value."`
}

// Run exports, or checks a file, or checks what is stored of a machine. What is wrong ends it with
// status 1 and names the first wrong place.
func (v *verifyCommand) Run(c *console) error {
	if v.File != "" && v.Device+v.Export+v.Acts == "" {
		return v.file(c)
	}
	if v.File != "" || v.Device == "" {
		return errors.New("give an exported FILE to check, or --device ID (with --export FILE to write one)")
	}
	device, err := syncproto.ParseDeviceID(v.Device)
	if err != nil {
		return err
	}
	o, err := v.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	p := intake.New(o.db, o.register, o.register.Keys.Receipt, c.log)
	write := func(w io.Writer) error {
		return named(p.Export(c.ctx, w, device, journal.Content(v.Content), v.Acts), device)
	}
	if v.Export == "" {
		return v.stored(c, write)
	}
	// The file is there whole or not at all; a crash leaves a temporary name.
	f, err := durable.Create(v.Export, 0o600)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Abort()
		return err
	}
	if err := f.Commit(); err != nil {
		return err
	}
	if v.JSON {
		return c.print(map[string]string{"export": v.Export, "content": v.Content})
	}
	_, err = fmt.Fprintf(c.out, "journal of %s (%s): %s\n", device, v.Content, v.Export)
	return err
}

// stored writes the journal into its own check.
func (v *verifyCommand) stored(c *console, write func(io.Writer) error) error {
	r, w := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := write(w)
		w.CloseWithError(err) // nil: the end
		written <- err
	}()
	err := v.check(c, r)
	r.Close()
	if failed := <-written; failed != nil && !errors.Is(failed, io.ErrClosedPipe) {
		return failed
	}
	return err
}

func (v *verifyCommand) file(c *console) error {
	f, err := os.Open(v.File)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := v.check(c, f); err != nil {
		return fmt.Errorf("%s: %w", v.File, err)
	}
	return nil
}

func (v *verifyCommand) check(c *console, r io.Reader) error {
	portal, err := hex.DecodeString(v.PortalKey)
	if err != nil || len(portal) != 0 && len(portal) != ed25519.PublicKeySize {
		return errors.New("--portal-key: want 64 hex digits")
	}
	rep, err := journal.Verify(r, journal.Options{Portal: portal, Say: func(text string) { c.log.Info(text) },
		Act: func(before []byte, a journal.Act) []byte {
			return store.ActDigest(before, a.Office, store.Looked{N: a.N, At: a.At, Who: a.Who, Act: a.Act, Dossier: a.Dossier})
		}})
	if err != nil {
		return err
	}
	if v.JSON {
		return c.print(map[string]any{"device": rep.Head.Device, "book": rep.Head.Book, "commune": rep.Head.Commune, "content": rep.Head.Content,
			"by": rep.Head.By, "at": rep.Head.At, "portal_key": hex.EncodeToString(rep.Head.PortalKey), "device_key": hex.EncodeToString(rep.Head.DeviceKey),
			"counts": rep.End, "unconfirmed": rep.Unconfirmed})
	}
	_, err = fmt.Fprintf(c.out, "whole: machine %s, commune %s, %d events (%d erased), %d receipts, %d acts, %d not countersigned\nprovince's key: %s\n",
		rep.Head.Device, rep.Head.Commune, rep.End.Events, rep.End.Erased, rep.End.Receipts, rep.End.Acts, rep.Unconfirmed, hex.EncodeToString(rep.Head.PortalKey))
	return err
}
