package main

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

func (g *generator) enum(e protoreflect.EnumDescriptor) {
	g.doc(e)
	g.printf("type %s uint32\n\nconst (\n", e.Name())
	for i := range e.Values().Len() {
		v := e.Values().Get(i)
		g.doc(v)
		g.printf("%s %s = %d\n", camel(strings.ToLower(string(v.Name()))), e.Name(), v.Number())
	}
	g.printf(")\n\n")
}

func (g *generator) message(m protoreflect.MessageDescriptor) error {
	g.doc(m)
	g.printf("type %s struct {\n", m.Name())
	if err := g.structFields(m); err != nil {
		return err
	}
	g.printf("}\n\n")
	for i := range m.Oneofs().Len() {
		g.oneof(m, m.Oneofs().Get(i))
	}
	g.appendTo(m)
	g.unmarshal(m)
	return nil
}

func (g *generator) structFields(m protoreflect.MessageDescriptor) error {
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		if o := f.ContainingOneof(); o != nil {
			if o.Fields().Get(0) == f {
				g.printf("// One of the messages that implement %s, or nil.\n%s %s\n",
					oneofName(m, o), camel(string(o.Name())), oneofName(m, o))
			}
			continue
		}
		t, err := goType(f)
		if err != nil {
			return fmt.Errorf("%s: %w", f.FullName(), err)
		}
		g.doc(f)
		g.printf("%s %s\n", fieldName(f), t)
	}
	return nil
}

// oneof prints the interface of a oneof and the methods that mark its members.
func (g *generator) oneof(m protoreflect.MessageDescriptor, o protoreflect.OneofDescriptor) {
	name := oneofName(m, o)
	g.printf("// %s is implemented by the messages that %s.%s may hold.\n", name, m.Name(), camel(string(o.Name())))
	g.printf("type %s interface {\n\tcodec.Message\n\tis%s()\n}\n\n", name, name)
	for i := range o.Fields().Len() {
		g.printf("func (*%s) is%s() {}\n", o.Fields().Get(i).Message().Name(), name)
	}
	g.printf("\n")
}

// doc prints the comment of the schema as a Go comment.
func (g *generator) doc(d protoreflect.Descriptor) {
	text := g.file.SourceLocations().ByDescriptor(d).LeadingComments
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if line != "" || text != "" {
			g.printf("//%s\n", strings.TrimRight(line, " "))
		}
	}
}

func oneofName(m protoreflect.MessageDescriptor, o protoreflect.OneofDescriptor) string {
	return string(m.Name()) + camel(string(o.Name()))
}

func fieldName(f protoreflect.FieldDescriptor) string { return camel(string(f.Name())) }

// camel turns snake_case into Go's CamelCase with the usual initialisms.
func camel(s string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(s, "_") {
		switch part {
		case "id", "ms":
			b.WriteString(strings.ToUpper(part))
		case "ids":
			b.WriteString("IDs")
		default:
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}
