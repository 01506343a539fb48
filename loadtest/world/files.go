package world

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
)

// WriteNDJSON writes the events in the order of their arrival, one a line.
func (w *World) WriteNDJSON(to io.Writer) error {
	out := bufio.NewWriterSize(to, 1<<16)
	var line []byte
	for e := range w.Events() {
		line = append(e.AppendJSON(line[:0]), '\n')
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

// Write writes the truth as indented JSON.
func (t Truth) Write(to io.Writer) error {
	out := json.NewEncoder(to)
	out.SetIndent("", " ")
	return out.Encode(t)
}

// WriteDir writes events.ndjson and, beside it, truth.json.
func (w *World) WriteDir(dir string) error {
	if err := writeFile(filepath.Join(dir, "events.ndjson"), w.WriteNDJSON); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "truth.json"), w.truth.Write)
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
