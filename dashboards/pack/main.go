// Command pack makes the zip that Grafana installs from the folder of the built plugin:
//
//	pack FOLDER ZIP
package main

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/vividium/firebreak/dashboards/datasource"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: pack FOLDER ZIP")
		os.Exit(2)
	}
	if err := pack(os.DirFS(os.Args[1]), os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// pack puts every file of a folder into a zip, below the name of the plugin.
func pack(folder fs.FS, target string) (err error) {
	file, err := os.Create(target)
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	out := zip.NewWriter(file)
	err = fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return add(out, folder, name, entry)
	})
	if err != nil {
		return err
	}
	return out.Close()
}

func add(out *zip.Writer, folder fs.FS, name string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	header, err := zip.FileInfoHeader(info)
	if err != nil {
		return err
	}
	header.Name, header.Method = path.Join(datasource.PluginID, name), zip.Deflate
	if strings.HasPrefix(path.Base(name), "gpx_") {
		header.SetMode(0o755) // Grafana starts it
	}
	to, err := out.CreateHeader(header)
	if err != nil {
		return err
	}
	content, err := fs.ReadFile(folder, name)
	if err != nil {
		return err
	}
	_, err = to.Write(content)
	return err
}
