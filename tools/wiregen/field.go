package main

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// goType returns the Go type of a field outside a oneof.
func goType(f protoreflect.FieldDescriptor) (string, error) {
	if f.IsMap() || f.HasOptionalKeyword() {
		return "", fmt.Errorf("maps and optional fields are not supported")
	}
	t, err := scalarType(f)
	if err != nil || !f.IsList() {
		return t, err
	}
	switch f.Kind() {
	case protoreflect.BytesKind, protoreflect.StringKind, protoreflect.MessageKind, protoreflect.Uint64Kind:
		return "[]" + t, nil
	}
	return "", fmt.Errorf("repeated %s is not supported", f.Kind())
}

func scalarType(f protoreflect.FieldDescriptor) (string, error) {
	switch f.Kind() {
	case protoreflect.BoolKind, protoreflect.StringKind, protoreflect.Uint32Kind, protoreflect.Uint64Kind, protoreflect.Int64Kind:
		return f.Kind().String(), nil
	case protoreflect.BytesKind:
		return "[]byte", nil
	case protoreflect.EnumKind:
		return string(f.Enum().Name()), nil
	case protoreflect.MessageKind:
		return "*" + string(f.Message().Name()), nil
	}
	return "", fmt.Errorf("%s is not supported", f.Kind())
}

func (g *generator) appendTo(m protoreflect.MessageDescriptor) {
	g.printf("// AppendTo implements codec.Message.\nfunc (m *%s) AppendTo(b []byte) []byte {\n", m.Name())
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		if o := f.ContainingOneof(); o != nil {
			if o.Fields().Get(0) == f {
				g.appendOneof(o)
			}
			continue
		}
		g.appendField(f)
	}
	g.printf("return b\n}\n\n")
}

func (g *generator) appendOneof(o protoreflect.OneofDescriptor) {
	g.printf("switch v := m.%s.(type) {\n", camel(string(o.Name())))
	for i := range o.Fields().Len() {
		f := o.Fields().Get(i)
		g.printf("case *%s:\nb = codec.AppendMessage(b, %d, v)\n", f.Message().Name(), f.Number())
	}
	g.printf("}\n")
}

func (g *generator) appendField(f protoreflect.FieldDescriptor) {
	name, n := fieldName(f), f.Number()
	switch {
	case f.IsList() && f.Kind() == protoreflect.Uint64Kind:
		g.printf("b = codec.AppendPacked(b, %d, m.%s)\n", n, name)
	case f.IsList() && f.Kind() == protoreflect.MessageKind:
		g.printf("for _, v := range m.%s {\nb = codec.AppendMessage(b, %d, v)\n}\n", name, n)
	case f.IsList():
		g.printf("for _, v := range m.%s {\nb = codec.AppendElement(b, %d, v)\n}\n", name, n)
	case f.Kind() == protoreflect.MessageKind:
		g.printf("if m.%s != nil {\nb = codec.AppendMessage(b, %d, m.%s)\n}\n", name, n, name)
	case f.Kind() == protoreflect.BoolKind:
		g.printf("b = codec.AppendBool(b, %d, m.%s)\n", n, name)
	case f.Kind() == protoreflect.BytesKind || f.Kind() == protoreflect.StringKind:
		g.printf("b = codec.AppendBytes(b, %d, m.%s)\n", n, name)
	default:
		g.printf("b = codec.AppendUint(b, %d, uint64(m.%s))\n", n, name)
	}
}

func (g *generator) unmarshal(m protoreflect.MessageDescriptor) {
	g.printf("// Unmarshal implements codec.Message.\nfunc (m *%s) Unmarshal(b []byte) error {\n", m.Name())
	g.printf("*m = %s{}\nr := codec.NewReader(b)\nfor r.Next() {\n", m.Name())
	if m.Fields().Len() > 0 {
		g.printf("switch r.Field() {\n")
		for i := range m.Fields().Len() {
			g.printf("case %d:\n", m.Fields().Get(i).Number())
			g.readField(m.Fields().Get(i))
		}
		g.printf("}\n")
	}
	g.printf("}\nif err := r.Err(); err != nil {\n*m = %s{}\nreturn err\n}\nreturn nil\n}\n\n", m.Name())
}

func (g *generator) readField(f protoreflect.FieldDescriptor) {
	name := fieldName(f)
	switch {
	case f.ContainingOneof() != nil:
		g.printf("v := new(%s)\nr.Message(v)\nm.%s = v\n", f.Message().Name(), camel(string(f.ContainingOneof().Name())))
	case f.IsList():
		g.readElement(f)
	case f.Kind() == protoreflect.MessageKind:
		g.printf("m.%s = new(%s)\nr.Message(m.%s)\n", name, f.Message().Name(), name)
	case f.Kind() == protoreflect.BoolKind:
		g.printf("m.%s = r.Bool()\n", name)
	case f.Kind() == protoreflect.BytesKind:
		g.printf("m.%s = r.Bytes()\n", name)
	case f.Kind() == protoreflect.StringKind:
		g.printf("m.%s = r.String()\n", name)
	case f.Kind() == protoreflect.Uint64Kind:
		g.printf("m.%s = r.Uint()\n", name)
	default:
		t, _ := scalarType(f)
		g.printf("m.%s = %s(r.Uint())\n", name, t)
	}
}

func (g *generator) readElement(f protoreflect.FieldDescriptor) {
	name := fieldName(f)
	switch f.Kind() {
	case protoreflect.MessageKind:
		g.printf("v := new(%s)\nr.Message(v)\nm.%s = append(m.%s, v)\n", f.Message().Name(), name, name)
	case protoreflect.Uint64Kind:
		g.printf("m.%s = r.Packed(m.%s)\n", name, name)
	case protoreflect.StringKind:
		g.printf("m.%s = append(m.%s, r.String())\n", name, name)
	default:
		g.printf("m.%s = append(m.%s, r.Element())\n", name, name)
	}
}
