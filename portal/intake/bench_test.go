//go:build linux

package intake_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// BenchmarkIntake sends dossiers of the corpus, each with its manifest, through
// TLS, the real handler and the real intake into an engine that flushes. What
// the offices' machines do (sealing, signing) is done before the clock starts.
// One operation is one event; give the number of events:
//
//	go test ./portal/intake -run '^$' -bench Intake -benchtime 20000x
func BenchmarkIntake(b *testing.B) {
	for _, size := range []int{100, 10, 1} {
		b.Run(fmt.Sprintf("postgres/batch=%d", size), func(b *testing.B) {
			address, used := storetest.DurablePostgres(b)
			benchIntake(b, store.Options{Database: address, Blobs: b.TempDir(), Keeper: storetest.Keeper(b)}, used, size)
		})
	}
	for _, size := range []int{100, 10, 1} {
		b.Run(fmt.Sprintf("sqlite/batch=%d", size), func(b *testing.B) {
			benchIntake(b, store.Options{Dir: b.TempDir(), Blobs: b.TempDir(), Keeper: storetest.Keeper(b)}, func() time.Duration { return 0 }, size)
		})
	}
}

// benchOffices send at the same time; each is another commune.
const benchOffices = 32

// benchFirst is how many batches of each office come before the clock starts: until then
// the connections learn their statements, as they do once in a portal's life.
const benchFirst = 6

func benchIntake(b *testing.B, o store.Options, used func() time.Duration, size int) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as portal serve does
	o.Now = time.Now
	province := intaketest.NewProvince(b, o)
	door := openDoor(b, province)
	payloads := corpus(b)
	queues := make([][][]byte, benchOffices)             // ready requests of each office
	perOffice := (b.N + benchOffices - 1) / benchOffices // and first of all benchFirst batches
	for i := range queues {
		office := province.Enrol(b, fmt.Sprintf("%05d", 20000+i), "xã")
		for left := perOffice + benchFirst*size; left > 0; left -= size {
			var events []syncproto.Event
			for range min(size, left) {
				events = append(events, corpusEvent(b, office, payloads))
			}
			for batch := range slices.Values(office.Batches(b, events)) {
				id := requestOf(b)
				body, err := syncproto.EncodeRequest(id, syncproto.SyncRequest{ID: id, Hello: syncproto.Hello{Session: office.Session}, Push: []syncproto.Batch{batch}})
				check(b, err)
				queues[i] = append(queues[i], body)
			}
		}
	}
	var accepted atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	var group sync.WaitGroup
	clients, acked := make([]*http.Client, benchOffices), make([]uint64, benchOffices)
	for i, queue := range queues {
		clients[i] = door.client()
		defer clients[i].CloseIdleConnections()
		group.Go(func() {
			for _, body := range queue[:benchFirst] {
				var err error
				if acked[i], err = door.send(clients[i], body); err != nil {
					b.Error(err)
				}
			}
		})
	}
	group.Wait()
	engine, own := used(), ownTime(b)
	b.ResetTimer()
	for i, queue := range queues {
		group.Go(func() {
			client, last := clients[i], acked[i]
			for _, body := range queue[benchFirst:] {
				began := time.Now()
				ack, err := door.send(client, body)
				if err != nil {
					b.Error(err)
					return
				}
				accepted.Add(int64(ack - last))
				last = ack
				mu.Lock()
				took = append(took, time.Since(began))
				mu.Unlock()
			}
		})
	}
	group.Wait()
	b.StopTimer()
	if got := accepted.Load(); got != int64(perOffice*benchOffices) {
		b.Fatalf("%d events acknowledged, want %d", got, perOffice*benchOffices)
	}
	// Of the processors: on a busy machine these tell more than the wall clock. The
	// offices' side of the connections is in our own.
	b.ReportMetric(float64((ownTime(b)-own).Microseconds())/float64(accepted.Load()), "own-cpu-µs/event")
	b.ReportMetric(float64((used()-engine).Microseconds())/float64(accepted.Load()), "engine-cpu-µs/event")
	slices.Sort(took)
	b.ReportMetric(float64(accepted.Load())/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

func ownTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	check(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// benchDoor is the machines' door of a province in this process.
type benchDoor struct {
	base string
	tls  *tls.Config
}

func openDoor(b *testing.B, province *intaketest.Province) *benchDoor {
	b.Helper()
	certificate, err := province.Register.Authority.Server(time.Now(), []string{syncproto.ServerName}, nil)
	check(b, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(b, err)
	server := synchttp.NewServer(synchttp.Handler(province.Portal, synchttp.Options{Log: quiet()}),
		synchttp.ServerTLS(func() (*tls.Certificate, error) { return &certificate, nil }), nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.ServeTLS(listener, "", "")
	}()
	b.Cleanup(func() { server.Close(); <-done })
	config, err := synchttp.ClientTLS(synchttp.Trust{CA: province.Register.Authority.PEM()}, time.Now, false)
	check(b, err)
	return &benchDoor{"https://" + listener.Addr().String(), config}
}

func (d *benchDoor) client() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: d.tls.Clone(), ForceAttemptHTTP2: true}}
}

func (d *benchDoor) send(client *http.Client, body []byte) (uint64, error) {
	resp, err := client.Post(d.base+synchttp.PathSync, syncproto.ContentType, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	id, err := syncproto.DecodeRequest(body, &struct{}{})
	if err != nil {
		return 0, err
	}
	var answer syncproto.SyncResponse
	if _, err := syncproto.DecodeAnswer(raw, id, &answer); err != nil {
		return 0, err
	}
	if len(answer.Problems) > 0 || answer.Ack == nil {
		return 0, fmt.Errorf("answer without an ack: %v", answer.Problems)
	}
	return answer.Ack.Applied, nil
}

func corpus(b *testing.B) [][]byte {
	b.Helper()
	f, err := os.Open("../../testdata/protocol/corpus/submitted.jsonl")
	check(b, err)
	defer f.Close()
	var found [][]byte
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, syncproto.MaxPayload)
	for lines.Scan() {
		found = append(found, bytes.Clone(lines.Bytes()))
	}
	check(b, lines.Err())
	return found
}

var slipField, digestField = regexp.MustCompile(`"slip":"\d{14}"`), regexp.MustCompile(`"sha256":"[0-9a-f]{64}"`)

// corpusEvent is a filing of the corpus with a number and scans of its own.
func corpusEvent(b *testing.B, office *intaketest.Office, payloads [][]byte) syncproto.Event {
	b.Helper()
	var raw [8]byte
	rand.Read(raw[:])
	n := binary.BigEndian.Uint64(raw[:])
	slip, err := dossier.NewSlip(office.Answer.Grant.SlipPrefix, n)
	check(b, err)
	payload := slipField.ReplaceAll(payloads[n%uint64(len(payloads))], []byte(`"slip":"`+string(slip)+`"`))
	payload = digestField.ReplaceAllFunc(payload, func([]byte) []byte {
		var sum [32]byte
		rand.Read(sum[:])
		return []byte(`"sha256":"` + hex.EncodeToString(sum[:]) + `"`)
	})
	filing, err := dossier.ParseSubmitted(dossier.Schema, payload)
	check(b, err)
	id, err := syncproto.NewDossierID(time.Now().UnixMilli(), rand.Reader)
	check(b, err)
	event, err := dossier.Submit(*filing, id, office.Meta(b))
	check(b, err)
	return event
}

func requestOf(t testing.TB) syncproto.RequestID {
	t.Helper()
	id, err := syncproto.NewRequestID(rand.Reader)
	check(t, err)
	return id
}

// BenchmarkAppend sends scans in pieces of 64 KiB, two under way for each of
// eight machines, as a fast line lets them. One operation is one piece, durable
// when it is answered.
func BenchmarkAppend(b *testing.B) {
	b.Run("postgres", func(b *testing.B) {
		address, used := storetest.DurablePostgres(b)
		benchAppend(b, store.Options{Database: address, Blobs: b.TempDir(), Keeper: storetest.Keeper(b)}, used)
	})
	b.Run("sqlite", func(b *testing.B) {
		benchAppend(b, store.Options{Dir: b.TempDir(), Blobs: b.TempDir(), Keeper: storetest.Keeper(b)}, func() time.Duration { return 0 })
	})
}

func benchAppend(b *testing.B, o store.Options, used func() time.Duration) {
	const piece, pieces, lanes = 64 << 10, 16, 16
	o.Now = time.Now
	province := intaketest.NewProvince(b, o)
	door := openDoor(b, province)
	scan := make([]byte, piece*pieces)
	var mu sync.Mutex
	var took []time.Duration
	var left atomic.Int64
	left.Store(int64(b.N))
	offices := make([]*intaketest.Office, lanes/2)
	for i := range offices {
		offices[i] = province.Enrol(b, fmt.Sprintf("%05d", 30000+i), "xã")
	}
	var filing sync.Mutex
	send := func(client *synchttp.Client, office *intaketest.Office) {
		filing.Lock()
		own := slices.Clone(scan)
		rand.Read(own[:64])
		f := office.NewFiling(b, [][]byte{own}, nil)
		office.Push(b, f.Event)
		filing.Unlock()
		key := syncproto.BlobKey{Dossier: f.ID, SHA256: f.Event.Header.Blobs[0].SHA256}
		for off := int64(0); off < int64(len(own)) && left.Add(-1) >= 0; {
			began := time.Now()
			a, err := client.AppendBlob(b.Context(), requestOf(b), office.Session, key, off, office.Blob, own[off:off+piece])
			if err != nil {
				b.Error(err)
				return
			}
			off = a.Off
			mu.Lock()
			took = append(took, time.Since(began))
			mu.Unlock()
		}
	}
	engine := used()
	b.SetBytes(piece)
	b.ResetTimer()
	var group sync.WaitGroup
	for lane := range lanes {
		group.Go(func() {
			client, err := synchttp.New(synchttp.Config{Base: door.base, Trust: synchttp.Trust{CA: province.Register.Authority.PEM()}})
			check(b, err)
			defer client.CloseConnections()
			for left.Load() > 0 {
				send(client, offices[lane/2])
			}
		})
	}
	group.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64((used()-engine).Microseconds())/float64(len(took)), "engine-cpu-µs/piece")
}
