package oracle

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
)

const realData = "../../../shared/data"

// The numbers were computed from the files by a program in another language,
// with lifelines 0.30.3 (medians), statsmodels 0.15 (Wilson) and scipy 1.17
// (Garwood).
func TestRealData(t *testing.T) {
	if _, err := os.Stat(realData); err != nil {
		t.Skip("the real event files are not here")
	}
	folds := make(map[string]*Fold)
	for _, c := range []struct {
		file, metric        string
		n                   int64
		estimate, low, high float64
	}{
		{"github-status.incidents", "incident_count", 389, 389, 351.299, 429.644},
		{"github-status.incidents", "excluded_incidents", 10, 10, 4.79539, 18.3904},
		{"github-status.incidents", "time_to_resolve", 389, 3420, 3060, 3960},
		{"lanl.incidents", "time_to_resolve", 23286, 3480, 3420, 3600},
		{"servicenow.incidents", "time_to_acknowledge", 13696, 67140, 60780, 75000},
		// S is exactly 1/2 at 200220 s, by a computation in fractions; lifelines,
		// which sums logarithms, stays above and says 200400.
		{"servicenow.incidents", "time_to_resolve", 13698, 200220, 188760, 235860},
		{"huawei-18v.alerts", "alert_count", 34838, 34838, 34473.1, 35205.8},
		{"linkerd2-ci.executions", "execution_count", 9224, 9224, 9036.71, 9414.19},
		{"linkerd2-ci.executions", "automation_success_rate", 9187, 8554. / 9187, 0.925737, 0.936099},
		{"linkerd2-ci.executions", "induced_incident_rate", 9187, 0, 0, 0.401533},
	} {
		if folds[c.file] == nil {
			folds[c.file] = readReal(t, c.file)
		}
		row := one(t, folds[c.file], c.metric, always())
		if row.N != c.n {
			t.Errorf("%s of %s: n = %d, want %d", c.metric, c.file, row.N, c.n)
		}
		wantValue(t, c.metric+" of "+c.file, row.Estimate, c.estimate)
		wantBounds(t, c.metric+" of "+c.file, row, c.low, c.high)
	}
}

// always is a window over all that the files hold.
func always() Query {
	end := schema.MillisOf(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	return Query{From: 0, To: end, AsOf: end}
}

func readReal(t *testing.T, file string) *Fold {
	t.Helper()
	f := &Fold{}
	faults, err := f.ReadFiles(filepath.Join(realData, file+".ndjson.gz"))
	if err != nil || len(faults) > 0 {
		t.Fatalf("%s: %v, %+v", file, err, faults)
	}
	return f
}
