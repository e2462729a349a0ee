package main

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"bendo/internal/catalog"
	"bendo/internal/catalog/sample"
)

// The seeds of training and of the corpus never meet: a size measured on what
// was trained on would be a lie.
const (
	trainFrom, trainEach   = 1_000, 160
	corpusFrom, corpusEach = 500_000, 13
	windowSize             = 32 << 10 // of deflate: nothing farther back is ever found
)

// common are the words of the short events and of envelopes' headers, which are
// too few in the training set to be kept by it.
const common = `{"office":"28807","officer":"","due":179,"calendar":"2026","official_code":"H"}{"n":1,"reasons":[{"component":"p1","code":"unreadable","text":""},` +
	`{"component":"p2","code":"missing","text":"Bản chụp mờ, xin chụp lại rõ hơn."}],"text":"Đề nghị bổ sung hồ sơ","office":"","deadline":179}` +
	`{"event":"","reason":"too_late","office":"","received_at":179}{"amount":000,"text":""}{"outcome":"granted","reason":"","document":"","office":""}` +
	`{"where":"Bộ phận Một cửa xã Giao Long","when":179}{"to":"province"}{"to":"book:"}{"code":""}{"system":"","ref":""}{"original_due":179,"new_due":179,"reason":""}` +
	`{"n":1,"components":[{"id":"p1","state":"provided","originals":1,"blobs":[{"name":"` +
	"supplement_requested supplement_provided withdrawal_requested correction_proposed note taken_in accepted declined processing decided refused result_ready returned official_code_issued external_ref " +
	"\x03\x6aimage/png\x04\x69signature\x03\x6aimage/jpeg\x04\x67scan:p3\x03\x6aimage/jpeg\x04\x67scan:p2\x03\x6aimage/jpeg\x04\x67scan:p1\x06\x69submitted"

func payloads(from, each uint64, yield func(name string, payload []byte) error) error {
	pack, err := catalog.Embedded()
	if err != nil {
		return err
	}
	for seed := from; seed < from+each; seed++ {
		for _, code := range sample.Codes {
			d, _ := sample.Make(code, seed)
			p, err := sample.Payload(pack, d, seed)
			if err != nil {
				return err
			}
			if err := yield(fmt.Sprintf("%s-%d.json", code, seed), p); err != nil {
				return err
			}
		}
	}
	return nil
}

func train(a []string) error {
	if err := empty(a[0]); err != nil {
		return err
	}
	return payloads(trainFrom, trainEach, func(name string, p []byte) error {
		return os.WriteFile(filepath.Join(a[0], name), p, 0o644)
	})
}

func corpus(a []string) error {
	var out bytes.Buffer
	err := payloads(corpusFrom, corpusEach, func(_ string, p []byte) error {
		_, err := out.Write(append(p, '\n'))
		return err
	})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(a[0]), 0o755); err != nil {
		return err
	}
	return os.WriteFile(a[0], out.Bytes(), 0o644)
}

// dict takes the content out of a zstd dictionary: magic, id, entropy tables and
// repeat offsets stand before it and mean nothing to deflate. zstd keeps the most
// useful content at the end, where deflate reaches it with the shortest offsets.
func dict(a []string) error {
	data, err := os.ReadFile(a[0])
	if err != nil {
		return err
	}
	if len(data) < 8 || binary.LittleEndian.Uint32(data) != 0xEC30A437 {
		return errors.New("this is no zstd dictionary")
	}
	// The tables end with three 4-byte repeat offsets, which a trained dictionary
	// always has as 1, 4, 8.
	reps := []byte{1, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0}
	at := bytes.Index(data, reps)
	if at < 0 {
		return errors.New("the end of the entropy tables was not found")
	}
	content := data[at+len(reps):]
	if room := windowSize - len(common); len(content) > room {
		content = content[len(content)-room:]
	}
	content = append([]byte(common), content...)
	if err := os.MkdirAll(filepath.Dir(a[1]), 0o755); err != nil {
		return err
	}
	return os.WriteFile(a[1], content, 0o644)
}

func measure(a []string) error {
	dict, err := os.ReadFile(a[0])
	if err != nil {
		return err
	}
	f, err := os.Open(a[1])
	if err != nil {
		return err
	}
	defer f.Close()
	var plain, packed []int
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		n, err := deflated(lines.Bytes(), dict)
		if err != nil {
			return err
		}
		plain, packed = append(plain, len(lines.Bytes())), append(packed, n)
	}
	if len(packed) == 0 {
		return errors.New("the corpus is empty")
	}
	slices.Sort(plain)
	slices.Sort(packed)
	fmt.Printf("%d payloads: plain median %d, deflated median %d, p90 %d, max %d bytes (dictionary %d)\n",
		len(packed), plain[len(plain)/2], packed[len(packed)/2], packed[len(packed)*9/10], packed[len(packed)-1], len(dict))
	return lines.Err()
}

func deflated(payload, dict []byte) (int, error) {
	var out bytes.Buffer
	w, err := flate.NewWriterDict(&out, flate.BestCompression, dict)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(payload); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return out.Len(), nil
}
