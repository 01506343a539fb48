package embedded

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// exception is an error of the engine, or one the endpoint reports in the
// engine's terms: clients tell errors apart by their code.
type exception struct {
	code    int
	message string // "Code: 62. DB::Exception: … (SYNTAX_ERROR)"
}

func (e *exception) Error() string { return e.message }

var codePattern = regexp.MustCompile(`Code: (\d+)\.`)

// newException reads the code off a message of the engine.
func newException(message string) *exception {
	message = strings.TrimSpace(message)
	code := 1001 // STD_EXCEPTION
	if match := codePattern.FindStringSubmatch(message); match != nil {
		code, _ = strconv.Atoi(match[1])
	}
	return &exception{code: code, message: message}
}

// exceptionf makes an exception the engine itself did not raise.
func exceptionf(code int, name, format string, args ...any) *exception {
	return &exception{code: code, message: fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", code, fmt.Sprintf(format, args...), name)}
}

// Codes of ClickHouse that the endpoint raises or looks for itself.
const (
	codeBadArguments      = 36
	codeNotImplemented    = 48
	codeSyntaxError       = 62
	codeUnknownSetting    = 115
	codeReadOnly          = 164
	codeQueryTooLarge     = 229
	codeCannotDecompress  = 271
	codeQueryWasCancelled = 394
	codeAccessDenied      = 497
	codeAuthentication    = 516
)

// statuses are the HTTP statuses ClickHouse gives to its codes; the others
// are internal server errors.
var statuses = statusTable(map[int][]int{
	http.StatusUnauthorized: {194},
	http.StatusForbidden:    {192, 193, 497, 512, 516},
	http.StatusBadRequest: {
		6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376,
		427, 441, 675, 676,
	},
	http.StatusNotFound:              {46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511},
	http.StatusRequestEntityTooLarge: {229},
	http.StatusUnsupportedMediaType:  {779},
	http.StatusNotImplemented:        {48},
	http.StatusServiceUnavailable:    {76, 209, 439},
	http.StatusLengthRequired:        {381},
	http.StatusRequestTimeout:        {159},
})

func statusTable(codes map[int][]int) map[int]int {
	table := make(map[int]int)
	for status, list := range codes {
		for _, code := range list {
			table[code] = status
		}
	}
	return table
}

func (e *exception) status() int {
	if status, known := statuses[e.code]; known {
		return status
	}
	return http.StatusInternalServerError
}
