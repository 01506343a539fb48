package embedded

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// pinned are settings of every connection. An insert is in the table when it
// is acknowledged, and a mistyped keyword is not taken for a column.
var pinned = []setting{
	{"async_insert", "0"},
	{"implicit_select", "0"},
	{"session_timezone", "UTC"},
}

// settingTag is the setting that carries a request's own tag, by which it is
// found again to be cancelled.
const settingTag = "log_comment"

// limits are the settings that hold a reader back.
func (l Limits) settings() []setting {
	return []setting{
		{"max_execution_time", strconv.FormatFloat(l.ExecutionTime.Seconds(), 'f', -1, 64)},
		{"max_memory_usage", strconv.FormatInt(l.Memory, 10)},
		{"max_result_rows", strconv.FormatInt(l.ResultRows, 10)},
		{"max_result_bytes", strconv.FormatInt(l.ResultBytes, 10)},
		{"max_threads", strconv.FormatInt(l.Threads, 10)},
		{"allow_introspection_functions", "0"},
		{"readonly", "1"},
	}
}

// readerMayLower are the limits a reader may make tighter, with no value of
// its own allowed to be looser than the endpoint's.
var readerMayLower = map[string]bool{
	"max_execution_time": true,
	"max_memory_usage":   true,
	"max_result_rows":    true,
	"max_result_bytes":   true,
	"max_threads":        true,
}

// readerMaySet are settings that change how a result looks and nothing else.
// Anything that names a file or a place on the network must stay out.
var readerMaySet = map[string]bool{
	"add_http_cors_header":                         true,
	"cancel_http_readonly_queries_on_client_close": true,
	"date_time_output_format":                      true,
	"enable_http_compression":                      true,
	"extremes":                                     true,
	"final":                                        true,
	"format_csv_delimiter":                         true,
	"group_by_use_nulls":                           true,
	"http_headers_progress_interval_ms":            true,
	"http_zlib_compression_level":                  true,
	"join_use_nulls":                               true,
	"limit":                                        true,
	"max_rows_to_read":                             true,
	"max_bytes_to_read":                            true,
	"network_compression_method":                   true,
	"network_zstd_compression_level":               true,
	"offset":                                       true,
	"output_format_binary_encode_types_in_binary_format": true,
	"output_format_decimal_trailing_zeros":               true,
	"output_format_json_array_of_rows":                   true,
	"output_format_json_named_tuples_as_objects":         true,
	"output_format_json_quote_64bit_floats":              true,
	"output_format_json_quote_64bit_integers":            true,
	"output_format_json_quote_decimals":                  true,
	"output_format_json_quote_denormals":                 true,
	"output_format_native_write_json_as_string":          true,
	"output_format_pretty_max_rows":                      true,
	"prefer_column_name_to_alias":                        true,
	"send_progress_in_http_headers":                      true,
	"session_timezone":                                   true,
	"transform_null_in":                                  true,
	"use_client_time_zone":                               true,
}

// readerSettings checks the settings a reader asks for and tightens its
// limits. It reports what a read-only ClickHouse reports.
func readerSettings(limits Limits, asked []setting) ([]setting, error) {
	settings := limits.settings()
	for _, want := range asked {
		switch {
		case want.name == "readonly" && want.value != "0":
			// It is read-only already.
		case readerMayLower[want.name]:
			lower(settings, want)
		case readerMaySet[want.name]:
			settings = append(settings, want)
		default:
			return nil, exceptionf(codeReadOnly, "READONLY", "Cannot modify '%s' setting in readonly mode", want.name)
		}
	}
	return settings, nil
}

// lower replaces a limit by a tighter one; zero would mean no limit at all.
func lower(settings []setting, want setting) {
	value, err := strconv.ParseFloat(want.value, 64)
	if err != nil || value <= 0 {
		return
	}
	for i, limit := range settings {
		if current, err := strconv.ParseFloat(limit.value, 64); limit.name == want.name && err == nil && value < current {
			settings[i].value = want.value
		}
	}
}

// arguments are settings in the form the engine takes with a connection.
func arguments(settings []setting) []string {
	list := make([]string, len(settings))
	for i, s := range settings {
		list[i] = "--" + s.name + "=" + s.value
	}
	return list
}

// valueOf returns the last value given to a setting.
func valueOf(settings []setting, name, fallback string) string {
	for _, setting := range slices.Backward(settings) {
		if setting.name == name {
			return cmp.Or(setting.value, fallback)
		}
	}
	return fallback
}

// quote writes a text as an SQL string.
func quote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
