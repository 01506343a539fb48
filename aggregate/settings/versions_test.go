package settings_test

import (
	"strings"
	"testing"

	"github.com/vividium/firebreak/aggregate/settings"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func write(t *testing.T, s *store.Store, by, content string) {
	t.Helper()
	if err := settings.Write(t.Context(), s, by, []byte(content)); err != nil {
		t.Fatal(err)
	}
}

func TestVersions(t *testing.T) {
	s := storetest.Open(t)
	none, err := settings.Read(t.Context(), s)
	if err != nil || none.Version != 0 || none.TierWeight("web") != 1 {
		t.Fatalf("before anything was imported: %+v, %v", none, err)
	}
	const first, second = "tier_weight: {web: 2} # für die Läden\n", "tier_weight: {web: 3}\n"
	write(t, s, "anna", first)
	write(t, s, "bert", second)
	write(t, s, "anna", first)

	latest, err := settings.Read(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if latest.Version != 3 || latest.ImportedBy != "anna" || latest.TierWeight("web") != 2 || latest.ImportedAt.IsZero() {
		t.Errorf("in force is %+v", latest)
	}
	old, content, err := settings.ReadVersion(t.Context(), s, 2)
	if err != nil || old.TierWeight("web") != 3 || string(content) != second {
		t.Errorf("version 2 is %+v with %q, %v", old, content, err)
	}
	history, err := settings.History(t.Context(), s)
	if err != nil || len(history) != 3 || history[0] != latest.Import || history[2].SHA256 != settings.Digest([]byte(first)) || history[1].ImportedBy != "bert" {
		t.Errorf("the history is %+v, %v", history, err)
	}
	if _, _, err := settings.ReadVersion(t.Context(), s, 4); err == nil || !strings.Contains(err.Error(), "no version 4") {
		t.Errorf("version 4: %v", err)
	}
}
