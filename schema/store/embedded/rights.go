package embedded

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
)

// rightsName is the file in the data folder that tells the engine about its user.
const rightsName = "rights.xml"

// rightsFile is the engine's configuration and, in the same file, its users. All
// statements run in the name of the one that is called default.
type rightsFile struct {
	XMLName  xml.Name `xml:"clickhouse"`
	Users    string   `xml:"users_config"`
	Profile  struct{} `xml:"profiles>default"`
	Quota    struct{} `xml:"quotas>default"`
	Networks string   `xml:"users>default>networks>ip"`
	Password string   `xml:"users>default>password"`
	Grants   []string `xml:"users>default>grants>query"`
}

// rightsArguments let the engine's user do what is granted and nothing else; everything
// when nothing is said.
func rightsArguments(dir string, grants []string) ([]string, error) {
	if len(grants) == 0 {
		return nil, nil
	}
	path := filepath.Join(dir, rightsName)
	file := rightsFile{Users: path, Networks: "::/0"}
	for _, grant := range grants {
		file.Grants = append(file.Grants, "GRANT "+grant)
	}
	text, err := xml.MarshalIndent(file, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	return []string{"--config-file=" + path}, nil
}
