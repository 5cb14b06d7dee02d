package media_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/sdp"
)

// channels reads so much of a recording, and parts it.
func channels(t *testing.T, r *media.Recorder, d time.Duration) (left, right []int16) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	pcm := make([]int16, 1000)
	for len(left) < int(d*media.Rate/time.Second) {
		n, err := r.Read(ctx, pcm)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < n; i += 2 {
			left, right = append(left, pcm[i]), append(right, pcm[i+1])
		}
	}
	return left, right
}

func TestARecorderHearsBothSides(t *testing.T) {
	for _, codec := range []string{sdp.PCMU, sdp.G722} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			a, b := widePair(t, running(t, media.Config{}), codec)
			a.Play(media.NewTone(500, 0))
			b.Play(media.NewTone(900, 0))
			hears(t, ear(b), 500*media.Rate/float64(b.Rate()))
			r := media.NewRecorder(b, media.RecorderConfig{})
			left, right := channels(t, r, 2*time.Second)
			for name, c := range map[string]struct {
				pcm []int16
				hz  float64
			}{"left": {left, 500}, "right": {right, 900}} {
				if share := mediatest.Share(c.pcm, c.hz); share < 0.9 {
					t.Errorf("%.0f %% of the %s is its tone", share*100, name)
				}
			}
			if err := errors.Join(r.Close(), r.Close()); err != nil {
				t.Error(err)
			}
			for {
				if _, err := r.Read(t.Context(), make([]int16, 2)); err != nil {
					if !errors.Is(err, io.EOF) {
						t.Error(err)
					}
					break
				}
			}
		})
	}
}

func TestNothingOfAShieldedPeerIsRecorded(t *testing.T) {
	t.Parallel()
	a, b := widePair(t, running(t, media.Config{}), sdp.PCMU)
	a.Play(media.NewTone(500, 0))
	b.Play(media.NewTone(900, 0))
	hears(t, ear(b), 500)
	b.Shield(true)
	r := media.NewRecorder(b, media.RecorderConfig{})
	defer r.Close()
	left, right := channels(t, r, time.Second)
	for _, v := range left {
		if v != 0 {
			t.Fatal("the peer was recorded")
		}
	}
	if share := mediatest.Share(right, 900); share < 0.9 {
		t.Errorf("%.0f %% of what we say is its tone", share*100)
	}
	b.Shield(false)
	for range 20 { // up to 5 s of silence wait to be read
		if left, _ = channels(t, r, time.Second/2); mediatest.Share(left, 500) > 0.9 {
			return
		}
	}
	t.Error("the peer is not recorded again")
}
