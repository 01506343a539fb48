package delivery

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// proxyEvent is how far an insert has come.
type proxyEvent int

const (
	insertHalfSent proxyEvent = iota
	insertSent
	insertAnswered // and the answer has not been passed on yet
)

// proxy stands before ClickHouse and lets inserts come to harm.
type proxy struct {
	listener net.Listener
	forward  *httputil.ReverseProxy
	harm     atomic.Pointer[harm]
	watcher  atomic.Pointer[func(proxyEvent)]
	harmed   atomic.Int64
}

// harm is what happens to an insert; each returns whether the answer, if there
// is one, is passed on. The zero harm does none.
type harm struct {
	refuse bool          // every connection breaks at once, questions included
	reset  bool          // the connection breaks in the middle of the block
	mute   bool          // it is carried out, and the connection breaks before the answer
	pause  time.Duration // it waits in the middle of the block
	late   time.Duration // it is carried out so much later, when its sender has given it up
	share  func() bool   // nil: all of them
}

func (h *harm) any() bool { return h.refuse || h.reset || h.mute || h.pause > 0 || h.late > 0 }

func newProxy(target string) (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: listener}
	p.aim(target)
	go http.Serve(listener, p)
	return p, nil
}

// aim sets where requests go.
func (p *proxy) aim(target string) {
	p.forward = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: target})
	p.forward.ModifyResponse = func(answer *http.Response) error {
		if isInsert(answer.Request) {
			p.tell(insertAnswered)
		}
		return nil
	}
	p.forward.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { breakOff(w) }
}

func (p *proxy) addr() string                   { return p.listener.Addr().String() }
func (p *proxy) watch(watcher func(proxyEvent)) { p.watcher.Store(&watcher) }
func (p *proxy) do(h harm)                      { p.harm.Store(&h) }
func (p *proxy) close()                         { p.listener.Close() }

func (p *proxy) tell(e proxyEvent) {
	if watcher := p.watcher.Load(); watcher != nil {
		(*watcher)(e)
	}
}

func isInsert(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Query().Get("query"), "INSERT INTO")
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := p.harm.Load()
	if h == nil || h.share != nil && !h.share() {
		h = &harm{}
	}
	if h.refuse {
		p.harmed.Add(1)
		breakOff(w)
		return
	}
	if !isInsert(r) {
		p.forward.ServeHTTP(w, r)
		return
	}
	if h.any() {
		p.harmed.Add(1)
	}
	block, err := io.ReadAll(r.Body)
	if err != nil {
		breakOff(w)
		return
	}
	if h.late > 0 {
		time.AfterFunc(h.late, func() {
			p.forward.ServeHTTP(nowhere{}, withBody(context.Background(), r, bytes.NewReader(block), len(block)))
		})
		breakOff(w)
		return
	}
	body := &halves{block: block, half: func() error {
		p.tell(insertHalfSent)
		time.Sleep(h.pause)
		if h.reset {
			return io.ErrUnexpectedEOF
		}
		return nil
	}, end: func() { p.tell(insertSent) }}
	if h.mute {
		p.forward.ServeHTTP(nowhere{}, withBody(context.Background(), r, body, len(block)))
		breakOff(w)
		return
	}
	p.forward.ServeHTTP(w, withBody(r.Context(), r, body, len(block)))
}

func withBody(ctx context.Context, r *http.Request, body io.Reader, size int) *http.Request {
	out := r.Clone(ctx)
	out.Body, out.ContentLength = io.NopCloser(body), int64(size)
	return out
}

// halves is a body that comes in two pieces.
type halves struct {
	block []byte
	read  int
	half  func() error
	end   func()
}

// flush is about how long it takes until what was read has been sent.
const flush = 2 * time.Millisecond

func (b *halves) Read(p []byte) (int, error) {
	middle := len(b.block) / 2
	if b.read == len(b.block) {
		return 0, io.EOF
	}
	if b.read == middle {
		time.Sleep(flush)
		if err := b.half(); err != nil {
			return 0, err
		}
	}
	until := len(b.block)
	if b.read < middle {
		until = middle
	}
	n := copy(p, b.block[b.read:until])
	if b.read += n; b.read == len(b.block) {
		b.end()
	}
	return n, nil
}

// breakOff breaks the client's connection.
func breakOff(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	if conn, _, err := hijacker.Hijack(); err == nil {
		conn.Close()
	}
}

// nowhere takes an answer that nobody gets.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) WriteHeader(int)             {}
