package main

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"bendo/agent"
	"bendo/internal/durable"
	"bendo/internal/journal"
	"bendo/internal/sqlitedb"
)

type verifyCommand struct {
	place
	File      string `arg:"" optional:"" help:"An exported journal to check; nothing else is needed. Without it the live book is checked." type:"path"`
	Export    string `help:"Write the book's journal to this file instead of checking." placeholder:"FILE" type:"path"`
	Content   string `default:"headers" enum:"full,headers,digests" help:"What an export shows: full (with what residents wrote), headers (kinds, times and digests), digests (the chain alone)."`
	PortalKey string `help:"The province's public key, to be sure that a file is of this province." placeholder:"HEX"`
	JSON      bool   `name:"json" help:"Print one JSON value."`
}

// Run exports, or checks a file, or checks the live book. What is wrong ends it with status 1.
func (v *verifyCommand) Run(ctx context.Context, c *console) (err error) {
	if v.File != "" && v.Export != "" {
		return errors.New("either a FILE to check or --export FILE to write, not both")
	}
	if v.File != "" {
		return v.file(c)
	}
	o, err := v.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	if v.Export != "" {
		return v.export(ctx, c, o)
	}
	found, err := o.CheckBook(ctx, func(text string) { fmt.Fprintln(c.messages, text) })
	if err != nil {
		return err
	}
	if v.JSON {
		err = c.print(found)
	} else {
		_, err = fmt.Fprintf(c.out, "Đã kiểm tra %d bản ghi của sổ (%d đã xóa theo quyết định), %d xác nhận đầu chuỗi, %d biên nhận; đọc lại %d bản ghi cùng mọi tệp. Tỉnh chưa xác nhận: %d.\n",
			found.Events, found.Erased, found.Heads, found.Receipts, found.Read, found.Unconfirmed)
	}
	for _, p := range found.Problems {
		fmt.Fprintln(c.messages, "agent: SAI:", p)
	}
	if len(found.Problems) > 0 {
		err = errors.Join(err, fmt.Errorf("%d problems in the book; tell provincial IT", len(found.Problems)))
	}
	return err
}

// export writes the file whole or not at all: a crash leaves a temporary name.
func (v *verifyCommand) export(ctx context.Context, c *console, o *agent.Office) error {
	f, err := durable.Create(v.Export, 0o600)
	if err != nil {
		return err
	}
	if err := o.Export(ctx, f, journal.Content(v.Content)); err != nil {
		f.Abort()
		return err
	}
	if err := f.Commit(); err != nil {
		return err
	}
	if v.JSON {
		return c.print(map[string]string{"export": v.Export, "content": v.Content})
	}
	_, err = fmt.Fprintf(c.out, "Đã xuất nhật ký (%s): %s\n", v.Content, v.Export)
	return err
}

func (v *verifyCommand) file(c *console) (err error) {
	portal, err := hex.DecodeString(v.PortalKey)
	if err != nil || len(portal) != 0 && len(portal) != ed25519.PublicKeySize {
		return errors.New("--portal-key: want 64 hex digits")
	}
	f, err := os.Open(v.File)
	if err != nil {
		return err
	}
	defer f.Close()
	rep, err := journal.Verify(f, journal.Options{Portal: portal, Act: actDigest, Say: func(text string) { fmt.Fprintln(c.messages, text) }})
	if err != nil {
		return fmt.Errorf("%s: %w", v.File, err)
	}
	if v.JSON {
		return c.print(map[string]any{"device": rep.Head.Device, "book": rep.Head.Book, "commune": rep.Head.Commune, "content": rep.Head.Content,
			"by": rep.Head.By, "at": rep.Head.At, "portal_key": hex.EncodeToString(rep.Head.PortalKey), "device_key": hex.EncodeToString(rep.Head.DeviceKey),
			"counts": rep.End, "unconfirmed": rep.Unconfirmed})
	}
	_, err = fmt.Fprintf(c.out, "Tệp nhật ký toàn vẹn: máy %s, xã %s, %d bản ghi (%d đã xóa), %d biên nhận, %d hành vi; tỉnh chưa xác nhận %d.\nKhóa của tỉnh: %s\n",
		rep.Head.Device, rep.Head.Commune, rep.End.Events, rep.End.Erased, rep.End.Receipts, rep.End.Acts, rep.Unconfirmed, hex.EncodeToString(rep.Head.PortalKey))
	return err
}

// actDigest is how a portal chains the journal of acts.
func actDigest(before []byte, a journal.Act) []byte {
	return sqlitedb.RowDigest(before, a.Office, a.N, a.At, a.Who, a.Act, a.Dossier[:])
}
