package datasource

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/schema/store"
)

// The formats of SQL, beside table.
const formatSeries = "series"

// sql answers SQL of the user's own.
func (d *Datasource) sql(ctx context.Context, q *query) (data.Frames, error) {
	if strings.TrimSpace(q.SQL) == "" {
		return nil, mistakef("the SQL is empty")
	}
	sql, err := q.expand(q.SQL)
	if err != nil {
		return nil, err
	}
	frame, err := d.read(ctx, q, sql, nil)
	if err != nil {
		return nil, err
	}
	frame.Name = "sql"
	switch {
	case q.Format == formatSeries, q.forAlert && hasTime(frame):
		if frame, err = wide(frame); err != nil {
			return nil, err
		}
	case q.Format != "" && q.Format != formatTable:
		return nil, mistakef("there is no format %q; there are %s and %s", q.Format, formatTable, formatSeries)
	}
	return q.frames(frame), nil
}

func hasTime(frame *data.Frame) bool {
	return slices.ContainsFunc(frame.Fields, func(f *data.Field) bool { return f.Type().Time() })
}

// wide makes a series of each combination of texts.
func wide(frame *data.Frame) (*data.Frame, error) {
	switch frame.TimeSeriesSchema().Type {
	case data.TimeSeriesTypeWide:
		frame.Meta.Type = data.FrameTypeTimeSeriesWide
		return frame, nil
	case data.TimeSeriesTypeLong:
		if frame.Rows() == 0 {
			return frame, nil // without a text there is no series
		}
		meta := frame.Meta
		series, err := data.LongToWide(frame, nil)
		if err != nil {
			return nil, mistakef("the rows make no series (%v): order them by the time", err)
		}
		series.Meta = meta
		series.Meta.Type = data.FrameTypeTimeSeriesWide
		return series, nil
	}
	return nil, mistakef("a series needs a column of a time type and one with a number; the query has %s", columnsOf(frame))
}

func columnsOf(frame *data.Frame) string {
	var names []string
	for _, f := range frame.Fields {
		names = append(names, f.Name+" "+f.Type().ItemTypeString())
	}
	return strings.Join(names, ", ")
}

// read runs a SELECT and makes a frame of its answer, of as many rows as are allowed.
func (d *Datasource) read(ctx context.Context, q *query, sql string, params map[string]string) (*data.Frame, error) {
	limit, chosen := d.limit(q)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := d.store.Query(ctx, sql, params)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	frame := data.NewFrame("")
	frame.Meta = &data.FrameMeta{ExecutedQueryString: withParameters(sql, params)}
	var columns []*column
	var targets []any
	for _, kind := range rows.ColumnTypes() {
		c := newColumn(kind)
		columns, targets = append(columns, c), append(targets, c.target.Interface())
		frame.Fields = append(frame.Fields, c.field)
	}
	for n := 0; rows.Next(); n++ {
		if n == limit {
			cancel() // before Close, which would read the rest
			noticeCut(frame, cut{what: "rows", shown: limit, chosen: chosen})
			return frame, nil
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, fmt.Errorf("reading an answer: %w", err)
		}
		for _, c := range columns {
			c.append()
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(columns) == 0 {
		frame.Fields = d.columnsOfNothing(ctx, sql, params)
	}
	return frame, nil
}

// columnsOfNothing are the columns of an answer without rows, of which the embedded
// ClickHouse does not say what they are: panels look for them all the same.
func (d *Datasource) columnsOfNothing(ctx context.Context, sql string, params map[string]string) []*data.Field {
	var fields []*data.Field
	err := d.store.Each(ctx, "DESCRIBE TABLE (\n"+sql+"\n)", params, func(rows store.Rows) error {
		var name, kind string
		targets := []any{&name, &kind}
		for range len(rows.Columns()) - len(targets) {
			targets = append(targets, new(string))
		}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		f := data.NewFieldFromFieldType(fieldTypeOf(kind), 0)
		f.Name = name
		fields = append(fields, f)
		return nil
	})
	if err != nil {
		return nil // as it may be for what is no SELECT
	}
	return fields
}

// fieldTypeOf is the type of a field for values of a type of ClickHouse.
func fieldTypeOf(kind string) data.FieldType {
	kind = strings.TrimPrefix(kind, "LowCardinality(")
	kind, isNullable := strings.CutPrefix(kind, "Nullable(")
	of := data.FieldTypeString
	for prefix, t := range map[string]data.FieldType{
		"Int": data.FieldTypeInt64, "UInt": data.FieldTypeUint64, "Float": data.FieldTypeFloat64, "Decimal": data.FieldTypeFloat64,
		"Date": data.FieldTypeTime, "Bool": data.FieldTypeBool,
	} {
		if strings.HasPrefix(kind, prefix) {
			of = t
		}
	}
	if isNullable {
		return of.NullableType()
	}
	return of
}

// column takes the values of a column of an answer into a field.
type column struct {
	field    *data.Field
	target   reflect.Value // a pointer to what clickhouse-go scans
	nullable bool
	convert  func(reflect.Value) any
}

func newColumn(kind store.ColumnType) *column {
	c := &column{target: reflect.New(kind.ScanType())}
	of := kind.ScanType()
	if c.nullable = of.Kind() == reflect.Pointer; c.nullable {
		of = of.Elem()
	}
	var fieldType data.FieldType
	fieldType, c.convert = conversion(of)
	if c.nullable {
		fieldType = fieldType.NullableType()
	}
	c.field = data.NewFieldFromFieldType(fieldType, 0)
	c.field.Name = kind.Name()
	return c
}

func (c *column) append() {
	v := c.target.Elem()
	if !c.nullable {
		c.field.Append(c.convert(v))
		return
	}
	c.field.Extend(1)
	if !v.IsNil() {
		c.field.SetConcrete(c.field.Len()-1, c.convert(v.Elem()))
	}
}

// decimal is how clickhouse-go gives fractions of fixed length.
type decimal interface{ InexactFloat64() float64 }

var (
	timeType    = reflect.TypeFor[time.Time]()
	decimalType = reflect.TypeFor[decimal]()
)

// conversion is how a value becomes one of a frame: whole numbers, fractions, times,
// truths and texts stay what they are, lists and the like become JSON.
func conversion(of reflect.Type) (data.FieldType, func(reflect.Value) any) {
	switch {
	case of == timeType:
		return data.FieldTypeTime, func(v reflect.Value) any { return v.Interface().(time.Time).UTC() }
	case of.Implements(decimalType):
		return data.FieldTypeFloat64, func(v reflect.Value) any { return v.Interface().(decimal).InexactFloat64() }
	}
	switch of.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if of.PkgPath() == "" {
			return data.FieldTypeInt64, func(v reflect.Value) any { return v.Int() }
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return data.FieldTypeUint64, func(v reflect.Value) any { return v.Uint() }
	case reflect.Float32, reflect.Float64:
		return data.FieldTypeFloat64, func(v reflect.Value) any { return v.Float() }
	case reflect.Bool:
		return data.FieldTypeBool, func(v reflect.Value) any { return v.Bool() }
	case reflect.String:
		return data.FieldTypeString, func(v reflect.Value) any { return v.String() }
	case reflect.Slice:
		if of.Elem().Kind() == reflect.String {
			return data.FieldTypeString, func(v reflect.Value) any { return strings.Join(v.Interface().([]string), ", ") }
		}
	}
	return data.FieldTypeString, asText
}

// asText is for values of any other type; they can be addressed.
func asText(v reflect.Value) any {
	if s, ok := reflect.TypeAssert[fmt.Stringer](v.Addr()); ok {
		return s.String()
	}
	if bytes, ok := reflect.TypeAssert[[]uint8](v); ok { // small numbers, not text
		return strings.Join(strings.Fields(fmt.Sprint(bytes)), ",")
	}
	if text, err := json.Marshal(v.Interface()); err == nil {
		return string(text)
	}
	return fmt.Sprint(v.Interface())
}

// withParameters is a statement as it can be run by hand.
func withParameters(sql string, params map[string]string) string {
	var b strings.Builder
	for _, name := range sortedNames(params) {
		fmt.Fprintf(&b, "SET param_%s = '%s';\n", name, strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(params[name]))
	}
	return b.String() + strings.TrimSpace(sql)
}
