package store_test

import "unsafe"

// unsafeText is a string that lies in the buffer, as a decoded event's do.
func unsafeText(buffer []byte, text string) string {
	n := copy(buffer, text)
	return unsafe.String(unsafe.SliceData(buffer), n)
}
