// Command reference writes docs/reference.md: every service, message, field and value
// of the gRPC contracts, with what their comments say. It reads what `buf build -o -`
// gives from standard input and writes Markdown to standard output; `make reference`
// runs it.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	data, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("read the contracts: %w", err)
	}
	set := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(data, set); err != nil {
		return fmt.Errorf("read the contracts: %w", err)
	}
	w := bufio.NewWriter(out)
	if err := write(w, set); err != nil {
		return err
	}
	return w.Flush()
}

// ours is the root of the contracts' packages; the vendors' are theirs to document.
const ours = "callward."

// page is the document as far as it is written. Its writer keeps the first error.
type page struct{ w io.Writer }

func (p page) line(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

func write(w io.Writer, set *descriptorpb.FileDescriptorSet) error {
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return fmt.Errorf("read the contracts: %w", err)
	}
	p := page{w}
	p.line("# Reference of the contracts\n")
	p.line("Made by `make reference` from the comments in [proto](../proto). What they mean together is in [integrators.md](integrators.md).")
	for _, f := range set.GetFile() {
		if !strings.HasPrefix(f.GetPackage(), ours) {
			continue
		}
		d, err := files.FindFileByPath(f.GetName())
		if err != nil {
			return fmt.Errorf("read %s: %w", f.GetName(), err)
		}
		p.file(d)
	}
	return nil
}

func (p page) file(f protoreflect.FileDescriptor) {
	p.line("\n## %s\n", f.Package())
	p.line("[%s](../proto/%s)\n", f.Path(), f.Path())
	// The comment of a package is that of its statement, which has no descriptor.
	const packageField = 2
	p.line("%s", text(f.SourceLocations().ByPath(protoreflect.SourcePath{packageField})))
	for i := range f.Services().Len() {
		p.service(f.Services().Get(i))
	}
	p.types(f)
}

// types writes the messages and enums of a file or a message.
func (p page) types(of interface {
	Messages() protoreflect.MessageDescriptors
	Enums() protoreflect.EnumDescriptors
},
) {
	for i := range of.Messages().Len() {
		if m := of.Messages().Get(i); !m.IsMapEntry() {
			p.message(m)
		}
	}
	for i := range of.Enums().Len() {
		p.enum(of.Enums().Get(i))
	}
}

func (p page) heading(d protoreflect.Descriptor) {
	p.line("\n### %s\n", short(d))
	p.line("%s", comment(d))
}

func (p page) service(s protoreflect.ServiceDescriptor) {
	p.heading(s)
	p.line("\n| method | takes | gives | |\n|---|---|---|---|")
	stream := map[bool]string{true: "stream of "}
	for i := range s.Methods().Len() {
		m := s.Methods().Get(i)
		p.line("| `%s` | %s%s | %s%s | %s |", m.Name(), stream[m.IsStreamingClient()], link(m.Input()),
			stream[m.IsStreamingServer()], link(m.Output()), cell(m))
	}
}

func (p page) message(m protoreflect.MessageDescriptor) {
	p.heading(m)
	if m.Fields().Len() > 0 {
		p.line("\n| no. | field | type | |\n|---|---|---|---|")
	}
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		one := ""
		if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
			one = "one of `" + string(o.Name()) + "`: "
		}
		p.line("| %d | `%s` | %s | %s%s |", f.Number(), f.Name(), kind(f), one, cell(f))
	}
	p.types(m)
}

func (p page) enum(e protoreflect.EnumDescriptor) {
	p.heading(e)
	p.line("\n| no. | value | |\n|---|---|---|")
	for i := range e.Values().Len() {
		v := e.Values().Get(i)
		p.line("| %d | `%s` | %s |", v.Number(), v.Name(), cell(v))
	}
}

// kind shows the type of a field.
func kind(f protoreflect.FieldDescriptor) string {
	if f.IsMap() {
		return fmt.Sprintf("map from %v to %s", f.MapKey().Kind(), kind(f.MapValue()))
	}
	name := f.Kind().String()
	switch {
	case f.Message() != nil:
		name = link(f.Message())
	case f.Enum() != nil:
		name = link(f.Enum())
	}
	if f.IsList() {
		return "list of " + name
	}
	return name
}

// short is a full name without the root that all of ours have.
func short(d protoreflect.Descriptor) string { return strings.TrimPrefix(string(d.FullName()), ours) }

// link leads to a heading of ours; the anchor is that which GitHub gives it.
func link(d protoreflect.Descriptor) string {
	if !strings.HasPrefix(string(d.FullName()), ours) {
		return "`" + string(d.FullName()) + "`"
	}
	anchor := strings.ToLower(strings.ReplaceAll(short(d), ".", ""))
	return "[" + short(d) + "](#" + anchor + ")"
}

func comment(d protoreflect.Descriptor) string {
	return text(d.ParentFile().SourceLocations().ByDescriptor(d))
}

func text(l protoreflect.SourceLocation) string {
	lines := strings.Split(strings.TrimSpace(l.LeadingComments), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}

// cell is a comment as one line of a table.
func cell(d protoreflect.Descriptor) string {
	return strings.ReplaceAll(strings.ReplaceAll(comment(d), "\n", " "), "|", "\\|")
}
