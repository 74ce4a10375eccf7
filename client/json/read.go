package json

import (
	"errors"
	"reflect"
	"strconv"
)

// decoder reads a text from its beginning to its end. It keeps its first error.
type decoder struct {
	in    []byte
	at    int
	depth int
	err   error
}

// fail ends the text here: it is no JSON.
func (d *decoder) fail() {
	d.refuse(errors.New("json: the text is wrong at byte " + strconv.Itoa(d.at)))
	d.in = d.in[:0]
	d.at = 0
}

func (d *decoder) refuse(err error) {
	if d.err == nil {
		d.err = err
	}
}

// peek is the next byte that is no space, 0 at the end.
func (d *decoder) peek() byte {
	for ; d.at < len(d.in); d.at++ {
		switch d.in[d.at] {
		case ' ', '\t', '\r', '\n':
		default:
			return d.in[d.at]
		}
	}
	return 0
}

// take passes over the next byte that is no space if it is this one.
func (d *decoder) take(c byte) bool {
	if d.peek() != c {
		return false
	}
	d.at++
	return true
}

// value reads the next value into v, or nowhere if v is not valid.
func (d *decoder) value(v reflect.Value) {
	c := d.peek()
	if c == 'n' {
		if d.word("null"); v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice) {
			v.SetZero()
		}
		return
	}
	for v.IsValid() && v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	switch c {
	case '{':
		d.nested(v, reflect.Struct, "an object", (*decoder).object)
	case '[':
		d.nested(v, reflect.Slice, "an array", (*decoder).array)
	case '"':
		text := d.text()
		if d.fits(v, "text", v.Kind() == reflect.String) {
			v.SetString(text)
		}
	case 't', 'f':
		if c == 't' {
			d.word("true")
		} else {
			d.word("false")
		}
		if d.fits(v, "a boolean", v.Kind() == reflect.Bool) {
			v.SetBool(c == 't')
		}
	default:
		d.number(v)
	}
}

// fits tells whether there is something to be set, and refuses what does not fit into it.
func (d *decoder) fits(v reflect.Value, what string, does bool) bool {
	if v.IsValid() && !does {
		d.refuse(errType(what, v.Type()))
	}
	return v.IsValid() && does
}

// word passes over a word that must be there.
func (d *decoder) word(word string) {
	if end := d.at + len(word); end <= len(d.in) && string(d.in[d.at:end]) == word {
		d.at = end
		return
	}
	d.fail()
}

// nested reads what is in brackets with read, which is given a v that is valid only if it is of that kind.
func (d *decoder) nested(v reflect.Value, kind reflect.Kind, what string, read func(*decoder, reflect.Value)) {
	if !d.fits(v, what, v.Kind() == kind && (kind != reflect.Slice || !isBytes(v.Type()))) {
		v = reflect.Value{}
	}
	if d.depth++; d.depth > maxDepth {
		d.fail()
		return
	}
	d.at++
	read(d, v)
	d.depth--
}

func (d *decoder) object(v reflect.Value) {
	if d.take('}') {
		return
	}
	for {
		if d.peek() != '"' {
			d.fail()
			return
		}
		name := d.text()
		if !d.take(':') {
			d.fail()
			return
		}
		var into reflect.Value
		if v.IsValid() {
			if i := find(v.Type(), name); i >= 0 {
				into = v.Field(i)
			}
		}
		d.value(into)
		if d.take('}') {
			return
		}
		if !d.take(',') {
			d.fail()
			return
		}
	}
}

func (d *decoder) array(v reflect.Value) {
	n := 0
	for n > 0 || !d.take(']') {
		d.value(element(v, n))
		n++
		if d.take(']') {
			break
		}
		if !d.take(',') {
			d.fail()
			return
		}
	}
	switch {
	case !v.IsValid():
	case n == 0:
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	case n < v.Len():
		v.SetLen(n)
	}
}

// element is the place of the next element of a slice.
func element(v reflect.Value, i int) reflect.Value {
	if !v.IsValid() {
		return v
	}
	if i >= v.Cap() {
		v.Grow(1)
	}
	if i >= v.Len() {
		v.SetLen(i + 1)
	}
	return v.Index(i)
}

// number reads a number into an integer, which has neither a point nor an exponent, or a float64.
func (d *decoder) number(v reflect.Value) {
	start := d.at
	if d.digit('-'); !d.digit('0') && d.digits() == 0 {
		d.fail()
		return
	}
	if d.digit('.') && d.digits() == 0 {
		d.fail()
		return
	}
	if d.digit('e') || d.digit('E') {
		if !d.digit('+') {
			d.digit('-')
		}
		if d.digits() == 0 {
			d.fail()
			return
		}
	}
	text := string(d.in[start:d.at])
	if d.fits(v, "a number", v.IsValid() && isNumber(v.Kind())) && !setNumber(v, text) {
		d.refuse(errType(text, v.Type()))
	}
}

func isNumber(k reflect.Kind) bool {
	return reflect.Int <= k && k <= reflect.Uint64 || k == reflect.Float64
}

func setNumber(v reflect.Value, text string) (ok bool) {
	switch k := v.Kind(); {
	case k == reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		v.SetFloat(f)
		return err == nil
	case k >= reflect.Uint:
		n, err := strconv.ParseUint(text, 10, v.Type().Bits())
		v.SetUint(n)
		return err == nil
	}
	n, err := strconv.ParseInt(text, 10, v.Type().Bits())
	v.SetInt(n)
	return err == nil
}

// digit passes over that byte if it is the next.
func (d *decoder) digit(c byte) bool {
	if d.at < len(d.in) && d.in[d.at] == c {
		d.at++
		return true
	}
	return false
}

// digits passes over digits and tells how many.
func (d *decoder) digits() int {
	start := d.at
	for d.at < len(d.in) && '0' <= d.in[d.at] && d.in[d.at] <= '9' {
		d.at++
	}
	return d.at - start
}
