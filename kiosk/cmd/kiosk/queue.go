package main

import (
	"context"
	"log/slog"
	"path/filepath"

	"bendo/internal/queue"
	"bendo/kiosk"
)

// queueFile is where the queue numbers lie, beside the book.
const queueFile = "queue.db"

// openQueue opens the queue numbers in a data directory. One that cannot be opened costs the office its
// tile and nothing else: nil.
func openQueue(ctx context.Context, dir string, log *slog.Logger) *queue.Queue {
	q, err := queue.Open(ctx, filepath.Join(dir, queueFile), log)
	if err != nil {
		log.Error("no queue numbers are given", "error", err)
		return nil
	}
	return q
}

// numbers makes the queue the desk's; no queue is no interface.
func numbers(q *queue.Queue) kiosk.Queue {
	if q == nil {
		return nil
	}
	return q
}

func closeQueue(q *queue.Queue, log *slog.Logger) {
	if q == nil {
		return
	}
	if err := q.Close(); err != nil {
		log.Warn("closing the queue numbers", "error", err)
	}
}
