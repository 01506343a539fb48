package oracle

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/vividium/firebreak/schema"
)

// copied is an event that shares no memory with ev: decoded events point into
// buffers that the next record overwrites.
func copied(ev schema.Event) schema.Event {
	from := reflect.ValueOf(ev).Elem()
	to := reflect.New(from.Type())
	copyValue(to.Elem(), from)
	return to.Interface().(schema.Event)
}

func copyValue(to, from reflect.Value) {
	switch from.Kind() {
	case reflect.String:
		to.SetString(strings.Clone(from.String()))
	case reflect.Slice:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			copyValue(to.Index(i), from.Index(i))
		}
	case reflect.Struct:
		for i := range from.NumField() {
			copyValue(to.Field(i), from.Field(i))
		}
	case reflect.Bool, reflect.Int64, reflect.Float64, reflect.Uint8:
		to.Set(from)
	default:
		panic(fmt.Sprintf("oracle: an event holds a %s, which is not copied yet", from.Type()))
	}
}
