package grouping

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate/recurrence"
)

// Words of the texts that FreeText writes: their frequencies fall as those of a
// language do (Zipf and Mandelbrot), so that new ones never cease to come. They
// are fitted to 2,500 reports of a public bug tracker, of 175,000 words, 10,500
// of them different; these have 10,400.
const (
	zipfExponent = 1.7
	zipfOffset   = 50
	vocabulary   = 1 << 26
	titleLength  = 8
	textLength   = 60
	freeServices = 40
)

// FreeText is n incidents, one a minute, whose titles and descriptions nobody
// wrote before: the dearest history to remember.
func FreeText(seed uint64, n int) []*recurrence.Incident {
	random := rand.New(rand.NewPCG(seed, 4))
	zipf := rand.NewZipf(random, zipfExponent, zipfOffset, vocabulary)
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	list := make([]*recurrence.Incident, n)
	for i := range list {
		list[i] = &recurrence.Incident{
			ID:          "free-" + strconv.Itoa(i),
			OpenedAt:    start.Add(time.Duration(i) * time.Minute),
			Title:       sentence(zipf, titleLength),
			Description: sentence(zipf, textLength),
			Service:     "service-" + spelled(random.Uint64N(freeServices)),
			Source:      "free",
		}
	}
	return list
}

func sentence(zipf *rand.Zipf, words int) string {
	list := make([]string, words)
	for i := range list {
		list[i] = spelled(zipf.Uint64())
	}
	return strings.Join(list, " ")
}

// spelled is a word for a number, of syllables as people speak them.
func spelled(n uint64) string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	var b strings.Builder
	for first := true; first || n > 0; first = false {
		b.WriteByte(consonants[n%uint64(len(consonants))])
		n /= uint64(len(consonants))
		b.WriteByte(vowels[n%uint64(len(vowels))])
		n /= uint64(len(vowels))
	}
	return b.String()
}
