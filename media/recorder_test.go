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
	t.Parallel()
	for _, codec := range []string{sdp.PCMU, sdp.G722} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			a, b := widePair(t, running(t, media.Config{}), codec)
			a.Play(media.NewTone(500, 0))
			b.Play(media.NewTone(900, 0))
			hears(t, ear(b), 500*media.Rate/float64(b.Rate()))
			r := media.NewRecorder(b, media.RecorderConfig{})
			var left, right float64
			for range 10 { // a busy machine may spoil a second, but not each
				caller, bot := channels(t, r, time.Second)
				if left, right = mediatest.Share(caller, 500), mediatest.Share(bot, 900); left > 0.9 && right > 0.9 {
					break
				}
			}
			if left <= 0.9 || right <= 0.9 {
				t.Errorf("%.0f %% of the left, and %.0f %% of the right, is its tone", 100*left, 100*right)
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
