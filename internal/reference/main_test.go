package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/durationpb"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// contracts is what buf would give, with a comment of the test's own.
func contracts(t *testing.T) []byte {
	t.Helper()
	set := &descriptorpb.FileDescriptorSet{}
	for _, f := range []protoreflect.FileDescriptor{durationpb.File_google_protobuf_duration_proto, speechv1.File_callward_speech_v1_speech_proto, asrv1.File_callward_asr_v1_asr_proto} {
		set.File = append(set.File, protodesc.ToFileDescriptorProto(f))
	}
	asr := set.File[2]
	for i, m := range asr.GetMessageType() {
		if m.GetName() == "Config" {
			const messages, fields = 4, 2 // the numbers of the lists in FileDescriptorProto and DescriptorProto
			asr.SourceCodeInfo = &descriptorpb.SourceCodeInfo{Location: []*descriptorpb.SourceCodeInfo_Location{{
				Path: []int32{messages, int32(i), fields, 0}, Span: []int32{1, 0, 1}, LeadingComments: new(" One | two,\n three.\n"),
			}}}
		}
	}
	data, err := proto.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEveryFieldAndValueIsNamedUnderItsType(t *testing.T) {
	var out bytes.Buffer
	if err := run(bytes.NewReader(contracts(t)), &out); err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, s := range strings.Split(out.String(), "\n### ")[1:] {
		name, body, _ := strings.Cut(s, "\n")
		sections[name] = body
	}
	messages := asrv1.File_callward_asr_v1_asr_proto.Messages()
	for i := range messages.Len() {
		m := messages.Get(i)
		for j := range m.Fields().Len() {
			f := m.Fields().Get(j)
			if !strings.Contains(sections["asr.v1."+string(m.Name())], fmt.Sprintf("| %d | `%s` |", f.Number(), f.Name())) {
				t.Errorf("%s is not there", f.FullName())
			}
		}
	}
	if !strings.Contains(sections["asr.v1.Endpointing.Mode"], "| 2 | `MODE_CLIENT` |") {
		t.Error("an enum within a message is not there")
	}
	if _, ok := sections["google.protobuf.Duration"]; ok {
		t.Error("a type of others has a section")
	}
}

func TestCommentsTypesAndLinksFitATable(t *testing.T) {
	var out bytes.Buffer
	if err := run(bytes.NewReader(contracts(t)), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 1 | `session` | [speech.v1.Session](#speechv1session) | One \\| two, three. |\n",
		"| 11 | `hints` | list of [asr.v1.Hint](#asrv1hint) |",
		"| 15 | `options` | map from string to string |",
		"| 6 | `interim_min_interval` | `google.protobuf.Duration` |",
		"| `StreamingRecognize` | stream of [asr.v1.StreamingRecognizeRequest](#asrv1streamingrecognizerequest) |",
		"| 2 | `audio` | [asr.v1.Audio](#asrv1audio) | one of `request`:",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("missing: %s", want)
		}
	}
}
