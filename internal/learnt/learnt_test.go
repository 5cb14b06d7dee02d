package learnt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/callward/callward/internal/learnt"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

func example(t *testing.T) *assistant.Assistant {
	t.Helper()
	const name = "../../router/assistant/testdata/webhooks/orders.yaml"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	a, err := assistant.Parse(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func ask(t *testing.T, c *intent.Classifier) intent.Result {
	t.Helper()
	r, err := c.Classify(t.Context(), redact.Authored("where is my order now"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatWasLearntIsNotLearntAgain(t *testing.T) {
	a, dir := example(t), filepath.Join(t.TempDir(), "new")
	first, err := learnt.Folder(dir).Classifier(t.Context(), a, "en")
	if err != nil {
		t.Fatal(err)
	}
	kept := files(t, dir)
	if len(kept) != 1 {
		t.Fatalf("%v are kept", kept)
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(kept[0], long, long); err != nil {
		t.Fatal(err)
	}
	again, err := learnt.Folder(dir).Classifier(t.Context(), a, "en")
	if err != nil || ask(t, again).Confidence != ask(t, first).Confidence || ask(t, again).Name != "order" {
		t.Errorf("%+v, %v; want %+v", ask(t, again), err, ask(t, first))
	}
	info, err := os.Stat(kept[0])
	if err != nil || time.Since(info.ModTime()) > time.Minute {
		t.Errorf("its use is not noted: %v, %v", info.ModTime(), err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", info.Mode())
	}
	if _, err := learnt.Folder(dir).Classifier(t.Context(), a, "fr"); err != nil || len(files(t, dir)) != 2 {
		t.Errorf("another language: %v, %v", err, files(t, dir))
	}
}

func TestABadFileIsLearntAnew(t *testing.T) {
	a, dir := example(t), t.TempDir()
	if _, err := learnt.Folder(dir).Classifier(t.Context(), a, "en"); err != nil {
		t.Fatal(err)
	}
	path := files(t, dir)[0]
	if err := os.WriteFile(path, []byte("callward intents 1\nand no more"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := learnt.Folder(dir).Classifier(t.Context(), a, "en")
	if err != nil || ask(t, c).Name != "order" {
		t.Fatalf("%v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() < 10_000 {
		t.Errorf("it was not written anew: %v, %v", info, err)
	}
}

func TestAFolderThatCannotBeWrittenIsNoFault(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, f := range []learnt.Folder{"", learnt.Folder(file)} {
		if c, err := f.Classifier(t.Context(), example(t), "en"); err != nil || ask(t, c).Name != "order" {
			t.Errorf("%q: %v", f, err)
		}
	}
}

func TestTheLongestUnusedGoFirst(t *testing.T) {
	dir := t.TempDir()
	for i := range 70 {
		path := filepath.Join(dir, fmt.Sprintf("%02d.intents", i))
		at := time.Now().Add(time.Duration(i-100) * time.Minute)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := learnt.Folder(dir).Classifier(t.Context(), example(t), "en"); err != nil {
		t.Fatal(err)
	}
	all := files(t, dir)
	if len(all) != 64 || filepath.Base(all[0]) != "07.intents" {
		t.Errorf("%d are left, the first is %s", len(all), all[0])
	}
}

func TestASettingNamesAFolder(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/somewhere")
	for setting, want := range map[string]learnt.Folder{"none": "", "": "/somewhere/callward", "/x": "/x"} {
		if got := learnt.In(setting); got != want {
			t.Errorf("%q: %q", setting, got)
		}
	}
}
