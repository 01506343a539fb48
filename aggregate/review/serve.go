package review

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/schema/store"
)

// Pages shows the archive: the latest review at /, and each week's at /reviews/2026-W46,
// as a page, or with .md or .json behind it as that; ?issue=1 is what was first issued. Each
// says which issue it is, and what changed since the first.
type Pages struct {
	// Store is read.
	Store *store.Store
	// Explain says what to do about an error of the store.
	Explain func(error) error
}

// Register puts the pages where they belong.
func (p *Pages) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", p.latest)
	mux.HandleFunc("GET /reviews/{name}", p.one)
}

func (p *Pages) latest(w http.ResponseWriter, req *http.Request) {
	archive, err := Archived(req.Context(), p.Store)
	switch {
	case err != nil:
		p.fail(w, err)
	case len(archive) == 0:
		headers(w, "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "There is no weekly review yet. The first one is made when a week with events is over and its incidents have been matched.\n"+
			"`firebreak report` makes one now.\n")
	default:
		p.show(w, req, archive, &archive[0], archive[0].Issue, "")
	}
}

func (p *Pages) one(w http.ResponseWriter, req *http.Request) {
	name, format, _ := strings.Cut(req.PathValue("name"), ".")
	archive, err := Archived(req.Context(), p.Store)
	if err != nil {
		p.fail(w, err)
		return
	}
	for i := range archive {
		if archive[i].Week != name {
			continue
		}
		issue := archive[i].Issue
		if asked := req.URL.Query().Get("issue"); asked != "" {
			if issue, err = strconv.Atoi(asked); err != nil || issue < 1 || issue > archive[i].Issue {
				http.Error(w, "there is no such issue of the review of "+name, http.StatusNotFound)
				return
			}
		}
		p.show(w, req, archive, &archive[i], issue, format)
		return
	}
	http.Error(w, "no review of "+strconv.Quote(name)+" is kept; `firebreak report --week 2026-W46` makes one of any week", http.StatusNotFound)
}

// show answers with an issue of a week.
func (p *Pages) show(w http.ResponseWriter, req *http.Request, archive []Entry, e *Entry, number int, format string) {
	issue, err := p.load(req.Context(), archive, e, number)
	if err != nil {
		p.fail(w, err)
		return
	}
	var text bytes.Buffer
	switch format {
	case "":
		headers(w, "text/html; charset=utf-8")
		err = issue.WriteHTML(&text)
	case "md":
		headers(w, "text/markdown; charset=utf-8")
		err = WriteMarkdown(&text, issue.Report)
	case "json":
		headers(w, "application/json")
		err = json.NewEncoder(&text).Encode(issue.Report)
	default:
		http.Error(w, "a review is a page, or .md or .json", http.StatusNotFound)
		return
	}
	if err != nil {
		p.fail(w, err)
		return
	}
	_, _ = text.WriteTo(w)
}

// headers keep the page from loading anything, and from being kept for the next.
func headers(w http.ResponseWriter, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
}

// errGone is when the archive names an issue that is not in it.
var errGone = errors.New("the review has gone from the archive meanwhile; ask again")

func (p *Pages) load(ctx context.Context, archive []Entry, e *Entry, number int) (*Issue, error) {
	report, err := Load(ctx, p.Store, e.WeekEnd, number)
	if err != nil {
		return nil, err
	}
	if report == nil {
		return nil, errGone
	}
	issue := &Issue{Report: report}
	report.Issued = &Issued{Issue: number, Issues: e.Issue}
	if number > 1 {
		first, err := Load(ctx, p.Store, e.WeekEnd, 1)
		if err != nil {
			return nil, err
		}
		if first == nil {
			return nil, errGone
		}
		report.Issued.Changes, report.Issued.FirstAsOf = Differences(first, report), first.AsOf
	}
	for other := 1; other <= e.Issue; other++ {
		if other != number {
			issue.Others = append(issue.Others, OtherIssue{other, fmt.Sprintf("%s?issue=%d", address(e.Week), other)})
		}
	}
	for i := range archive {
		a := &archive[i]
		issue.History = append(issue.History, Past{Week: a.Week, Address: address(a.Week), Tone: a.Tone, IsThis: a.Week == e.Week, Restated: a.Issue - 1})
	}
	return issue, nil
}

func address(week string) string { return "/reviews/" + week }

// fail says what is wrong.
func (p *Pages) fail(w http.ResponseWriter, err error) {
	http.Error(w, "the review cannot be shown: "+p.Explain(err).Error(), http.StatusServiceUnavailable)
}
