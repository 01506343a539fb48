package review

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/segmentio/encoding/json"
)

// Webhook sends reviews to a chat, in the form that Slack takes, and what is compatible
// with it.
type Webhook struct {
	// URL is a secret: whoever knows it can write to the chat.
	URL string
	// Page is where the review can be read, "" when nowhere.
	Page string
	// Tries is how often it is tried, with longer and longer pauses, and such as the server
	// asks for, of half a minute at most. Default 6.
	Tries int
	// Pause is how long the first pause is. Default 1 s.
	Pause time.Duration
}

const (
	webhookTries   = 6
	webhookPause   = time.Second
	webhookLongest = 30 * time.Second // between two tries
	webhookTimeout = 10 * time.Second // of a try
	mostAnswer     = 300              // bytes of a refusal that are told
)

// message is what Slack's incoming webhooks take: text for notifications, blocks for
// those who look.
type message struct {
	Text   string  `json:"text"`
	Blocks []block `json:"blocks"`
}

type block struct {
	Type string `json:"type"`
	Text *text  `json:"text,omitempty"`
}

type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// Send sends a review. It gives up on a refusal that would come again, and after some
// tries on everything else; the error never tells the address.
func (h *Webhook) Send(ctx context.Context, r *Report) error {
	body, err := json.Marshal(h.message(r))
	if err != nil {
		return err
	}
	client := retryablehttp.NewClient()
	client.Logger = nil
	client.HTTPClient.Timeout = webhookTimeout
	client.HTTPClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.RetryMax, client.RetryWaitMin, client.RetryWaitMax = webhookTries-1, webhookPause, webhookLongest
	if h.Tries > 0 {
		client.RetryMax = h.Tries - 1
	}
	if h.Pause > 0 {
		client.RetryWaitMin = h.Pause
	}
	client.Backoff = func(least, most time.Duration, try int, answer *http.Response) time.Duration {
		return min(most, retryablehttp.DefaultBackoff(least, most, try, answer)) // however long the server asks for
	}
	client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the webhook's address cannot be used: %w", withoutAddress(err))
	}
	req.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("the webhook cannot be reached: %w", withoutAddress(err))
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		said, _ := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
		return fmt.Errorf("the webhook refused the review: %s: %s", answer.Status, strings.TrimSpace(string(said)))
	}
	return nil
}

// withoutAddress is an error without the URL that is in those of package http.
func withoutAddress(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

func (h *Webhook) message(r *Report) message {
	title := fmt.Sprintf("Automation performance review, week %s: %s", r.Week, r.Verdict.Tone)
	m := message{Text: escape(title + ". " + r.Verdict.String())}
	m.Blocks = append(m.Blocks, block{Type: "header", Text: &text{"plain_text", shortened(title, mostHeader)}})
	v := &r.Verdict
	for _, said := range []string{v.Fires.String(), v.Automation.String(), "To do: " + v.Next.String(), numbers(r)} {
		m.Blocks = append(m.Blocks, section(said))
	}
	if h.Page != "" {
		m.Blocks = append(m.Blocks, block{Type: "section", Text: &text{"mrkdwn", "<" + h.Page + "|The whole review>"}})
	}
	return m
}

// numbers are the headlines in which a change shows.
func numbers(r *Report) string {
	if r.WeeksBefore() == 0 {
		return "No whole week is known before this one to compare it with."
	}
	var lines []string
	for i := range r.Headlines {
		head := &r.Headlines[i]
		if c := &head.SinceQuarter; c.Verdict != NoneSo && c.Verdict != Unknown && c.Estimate != nil {
			lines = append(lines, fmt.Sprintf("• %s: %s, %s (%s)", head.Week.Metric().Title, head.Week.reading(), c.Verdict, c.text(*c.Estimate)))
		}
	}
	if len(lines) == 0 {
		return "No number shows a change from the quarter before."
	}
	return "Against the quarter before:\n" + strings.Join(lines, "\n")
}

// mostSection and mostHeader are how many characters Slack takes.
const (
	mostSection = 3000
	mostHeader  = 150
)

// section is text that means nothing but itself: no bold, no link, no call of a channel.
func section(said string) block {
	return block{Type: "section", Text: &text{"plain_text", shortened(said, mostSection)}}
}

// escape is what Slack asks for where text may have marks.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
