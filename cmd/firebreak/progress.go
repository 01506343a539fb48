package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress shows how far long work is: on a terminal a line that is written
// anew, in a pipe nothing.
type progress struct {
	to    io.Writer // nil when nobody looks
	label string
	total int64
	began time.Time

	mu    sync.Mutex
	done  int64
	drawn time.Time
}

const (
	redraw   = 100 * time.Millisecond
	barWidth = 30
)

// newProgress begins a line; total 0 is work of unknown size.
func newProgress(to io.Writer, label string, total int64) *progress {
	p := &progress{label: label, total: total, began: time.Now()}
	if file, ok := to.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.to = to
	}
	return p
}

func (p *progress) add(n int64) { p.set(p.done + n) }

func (p *progress) set(done int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = done
	if p.to != nil && time.Since(p.drawn) >= redraw {
		p.draw()
	}
}

// end draws the line a last time and leaves it.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.to != nil {
		p.draw()
		fmt.Fprintln(p.to)
	}
}

func (p *progress) draw() {
	p.drawn = time.Now()
	rate := float64(p.done) / max(time.Since(p.began).Seconds(), 0.001)
	if p.total == 0 {
		fmt.Fprintf(p.to, "\r\033[K%s %d events, %.0f/s", p.label, p.done, rate)
		return
	}
	share := min(1, float64(p.done)/float64(p.total))
	full := int(share * barWidth)
	fmt.Fprintf(p.to, "\r\033[K%-12s [%s%s] %3.0f %%  %d of %d events, %.0f/s", p.label,
		strings.Repeat("#", full), strings.Repeat(".", barWidth-full), share*100, p.done, p.total, rate)
}
