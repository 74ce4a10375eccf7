package config

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
)

// WriteSample writes a configuration file with every setting at the value that
// c has, each below its documentation.
func WriteSample(to io.Writer, c Config) error {
	out := bufio.NewWriter(to)
	fmt.Fprintln(out, "# Parley's configuration. Every setting stands here with its default; change what you need.")
	writeFields(out, reflect.ValueOf(c))
	return out.Flush()
}

// writeFields writes the settings of one table, then the tables inside it.
func writeFields(out io.Writer, table reflect.Value) {
	for i := range table.NumField() {
		if field := table.Type().Field(i); field.Type.Kind() != reflect.Struct {
			fmt.Fprintf(out, "\n# %s\n%s = %s\n", field.Tag.Get("doc"), field.Tag.Get("toml"), literal(table.Field(i)))
		}
	}
	for i := range table.NumField() {
		if field := table.Type().Field(i); field.Type.Kind() == reflect.Struct {
			fmt.Fprintf(out, "\n[%s]\n", field.Tag.Get("toml"))
			writeFields(out, table.Field(i))
		}
	}
}

func literal(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return fmt.Sprintf("%q", v.String())
	}
	return fmt.Sprint(v.Interface())
}
