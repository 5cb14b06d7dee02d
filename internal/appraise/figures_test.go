package appraise_test

import (
	"cmp"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/callward/callward/internal/appraise"
	"github.com/callward/callward/router/intent"
)

// A set is a public one: its files, one in how many examples is held back, and whether those
// outside are learnt and asked for as well.
type set struct {
	name  string
	files []string
	part  int
}

const clinc = "clinc150_train.csv"

func sets() []set {
	return []set{
		{"BANKING77", []string{"banking77_train.csv"}, 5},
		{"HWU64", []string{"hwu64_train.csv"}, 5},
		{"CLINC150", []string{clinc}, 5},
		{"SNIPS", []string{"snips_train.csv"}, 5},
		{"Home Assistant fr", []string{"ha_fr_train.csv"}, 5},
		{"Home Assistant en", []string{"ha_en_train.csv"}, 5},
		{"CLINC150 and outside", []string{clinc, "clinc150_oos_train.csv"}, 5},
		{"BANKING77", []string{"banking77_train.csv"}, 10},
		{"HWU64", []string{"hwu64_train.csv"}, 10},
		{"CLINC150 and outside", []string{clinc, "clinc150_oos_train.csv"}, 10},
	}
}

// TestFigures prints those of docs/intent.md, as `callward intent eval --hold-back` gives them
// for seeds from 1 on. Times are of the processor.
func TestFigures(t *testing.T) {
	rounds, err := strconv.Atoi(cmp.Or(os.Getenv("CALLWARD_INTENT"), "0"))
	if err != nil || rounds < 1 {
		t.Skip("SKIPPED: set CALLWARD_INTENT to the number of splits (`make bench-intent`)")
	}
	t.Logf("%-20s 1 in %7s / asked   right  rejected  recall  calibration     train   µs", "", "learnt")
	for _, s := range sets() {
		var sum appraise.Report
		recall, least, most := 0.0, 1.0, 0.0
		for seed := range rounds {
			learnt, asked := appraise.HoldBack(public(t, s.files...), s.part, uint64(seed)+1) //nolint:gosec // small
			r, err := appraise.Run(t.Context(), learnt, asked, appraise.Usual)
			if err != nil {
				t.Fatal(err)
			}
			sum.Examples, sum.Tested = r.Examples+r.Outside, r.Tested
			sum.Best += r.Best
			sum.Rejected += r.Rejected
			sum.TrainCPUSeconds += r.TrainCPUSeconds
			sum.MicrosCPU += r.MicrosCPU
			sum.CalibrationError += r.CalibrationError
			least, most = min(least, r.CalibrationError), max(most, r.CalibrationError)
			if r.Recall != nil {
				recall += *r.Recall
			}
		}
		n := float64(rounds)
		t.Logf("%-20s 1 in %2d %6d / %-5d %5.1f %%   %5.1f %% %5.1f %%   %.1f %% (%.1f to %.1f)  %5.1f s  %3.0f",
			s.name, s.part, sum.Examples, sum.Tested, 100*sum.Best/n, 100*sum.Rejected/n, 100*recall/n,
			100*sum.CalibrationError/n, 100*least, 100*most, sum.TrainCPUSeconds/n, sum.MicrosCPU/n)
	}
	all, err := appraise.Run(t.Context(), public(t, clinc), public(t, "clinc150_oos_train.csv"), appraise.Usual)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d examples of CLINC150 are learnt in %.1f s; of %d outside, of which none is learnt, %.1f %% are rejected; %.0f µs each",
		all.Examples, all.TrainCPUSeconds, all.Tested, 100**all.Recall, all.MicrosCPU)
	if all.TrainCPUSeconds > 10 || all.MicrosCPU > 200 {
		t.Errorf("it is to take 10 s to learn, and 200 µs to answer")
	}
}

// public reads files of the public sets.
func public(t *testing.T, files ...string) (all []intent.Example) {
	t.Helper()
	dir := filepath.Join(cmp.Or(os.Getenv("CALLWARD_TESTDATA"), filepath.Join("..", "..", "..", "shared")), "data", "nlu")
	for _, name := range files {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Skipf("SKIPPED: %v; set CALLWARD_TESTDATA to the folder that holds the shared test data", err)
		}
		some, err := appraise.Read(f, name, "")
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}
