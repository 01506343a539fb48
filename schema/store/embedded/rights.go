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

// rightsArguments let the engine's user do what is granted and nothing else; when nothing
// is said, everything but what reaches for files and the network. With a file of its own
// the engine does not take a config.xml that lies in the working directory.
func rightsArguments(dir string, rights []string) ([]string, error) {
	path := filepath.Join(dir, rightsName)
	file := rightsFile{Users: path, Networks: "::/0"}
	for _, right := range rights {
		file.Grants = append(file.Grants, "GRANT "+right)
	}
	if len(rights) == 0 {
		file.Grants = []string{"GRANT ALL ON *.*", "REVOKE SOURCES ON *.*"}
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
