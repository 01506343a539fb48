package review_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/aggregate/review"
)

// chat is a webhook that answers as it is told, one status a request.
type chat struct {
	*httptest.Server

	statuses []int
	bodies   []string
	times    []time.Time
}

func newChat(t *testing.T, statuses ...int) *chat {
	c := &chat{statuses: statuses}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		status := c.statuses[min(len(c.bodies), len(c.statuses)-1)]
		c.bodies, c.times = append(c.bodies, r.Header.Get("Content-Type")+" "+string(body)), append(c.times, time.Now())
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
		}
		if status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "said\n")
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *chat) send(t *testing.T) error {
	t.Helper()
	h := &review.Webhook{URL: c.URL + "/T0/SECRET", Page: "http://firebreak/reviews/2025-W51", Tries: 3, Pause: time.Millisecond}
	end := time.Date(2025, 12, 22, 0, 0, 0, 0, time.UTC)
	r := &review.Report{Week: "2025-W51", From: end.AddDate(0, 0, -7), To: end, QuarterFrom: end.AddDate(0, 0, -14), Verdict: review.Verdict{
		Tone:  review.Watch,
		Fires: review.Sentence{{Text: "<!channel> & 7 incidents opened."}}, Automation: review.Sentence{{Text: "No automation ran."}}, Next: review.Sentence{{Text: "Find out *why* <@U1> did it."}},
	}}
	return h.Send(t.Context(), r)
}

func TestWebhook(t *testing.T) {
	for _, test := range []struct {
		name     string
		statuses []int
		tries    int
		refusal  string // "" when it is taken
	}{
		{"taken", []int{200}, 1, ""},
		{"taken after all", []int{503, 500, 204}, 3, ""},
		{"asked to wait", []int{429, 200}, 2, ""},
		{"never taken", []int{503}, 3, "503 Service Unavailable: said"},
		{"refused", []int{400}, 1, "400 Bad Request: said"},
		{"not there", []int{404}, 1, "404 Not Found"},
		{"sent elsewhere", []int{302}, 1, "302 Found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newChat(t, test.statuses...)
			err := c.send(t)
			if len(c.bodies) != test.tries {
				t.Errorf("it was tried %d times", len(c.bodies))
			}
			if test.refusal == "" && err != nil || test.refusal != "" && (err == nil || !strings.Contains(err.Error(), test.refusal)) {
				t.Errorf("%v", err)
			}
			if err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the address is told: %v", err)
			}
			if len(c.times) == 2 && test.statuses[0] == 429 && c.times[1].Sub(c.times[0]) < time.Second {
				t.Error("it did not wait as long as it was asked to")
			}
		})
	}
}

func TestWebhookMessage(t *testing.T) {
	c := newChat(t, 200)
	if err := c.send(t); err != nil {
		t.Fatal(err)
	}
	body, isJSON := strings.CutPrefix(c.bodies[0], "application/json ")
	var m struct {
		Text   string
		Blocks []struct {
			Type string
			Text struct{ Type, Text string }
		}
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil || !isJSON {
		t.Fatalf("%v: %s", err, body)
	}
	all := m.Text
	for _, b := range m.Blocks {
		all += "\n" + b.Type + ": " + b.Text.Text
	}
	for _, want := range []string{"week 2025-W51: watch", "header: Automation", "&lt;!channel&gt; &amp; 7 incidents opened.", "section: <!channel> & 7 incidents opened.", "To do: Find out *why* <@U1> did it.", "<http://firebreak/reviews/2025-W51|The whole review>", "No number shows a change"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in it:\n%s", want, all)
		}
	}
	if strings.Contains(m.Text, "<!channel>") {
		t.Error("a title calls everybody")
	}
	for _, b := range m.Blocks {
		if b.Text.Type == "mrkdwn" && !strings.Contains(b.Text.Text, "The whole review") {
			t.Errorf("marks mean something in %q", b.Text.Text)
		}
	}
}

func TestWebhookThatIsAway(t *testing.T) {
	c := newChat(t, 200)
	c.Close()
	if err := c.send(t); err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("%v", err)
	}
	h := &review.Webhook{URL: "https://%zz/SECRET"}
	if err := h.Send(t.Context(), &review.Report{}); err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("%v", err)
	}
}
