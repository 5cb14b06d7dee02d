package recog

import (
	"fmt"
	"math"
	"slices"

	"github.com/callward/callward/internal/speechd/ps"
)

// The acoustic models were trained on 16 kHz audio: their 25 filters reach from
// 130 to 6800 Hz, and a telephone passes 300 to 3400. What the filters above
// show is then nothing, or noise, and the cepstra, which mix all filters, are
// all wrong. So the cepstra are not taken from the spectrum but estimated from
// the filters that a telephone passes: with the covariance S of the cepstra of
// speech (from the Gaussians of Debian's English model), the matrix A from
// cepstra to those filters, and a noise of variance r on each,
//
//	c = S Aᵀ (A Sᵀ Aᵀ + r I)⁻¹ m
//
// is the best linear guess. Constants drop out: both sides have their mean
// taken off.

const (
	filters = 25 // of the models' front end
	lifter  = 22 // -lifter of the models
)

// frontEnd makes a front end that gives the logarithm of each filter.
func (l *language) frontEnd() (*ps.FrontEnd, error) {
	return ps.NewFrontEnd(
		"-lowerf", "130", "-upperf", "6800", "-nfilt", "25", "-transform", "dct", "-logspec", "yes",
		"-remove_silence", "no", "-remove_noise", l.removeNoise)
}

// A band turns frames of filters into frames of cepstra.
type band struct {
	n    int                        // filters that a telephone passes, from the lowest
	gain [ps.Width][filters]float64 // zero for filters out of band
}

// newBand works out the best linear guess from n filters with a noise on each.
func newBand(n int, noise float64) *band {
	a := bandMatrix(n)
	sat := make([][]float64, ps.Width) // S Aᵀ
	for i := range sat {
		sat[i] = make([]float64, n)
		for j := range n {
			for k := range ps.Width {
				sat[i][j] += speechCovariance[i][k] * a[j][k]
			}
		}
	}
	inverse := make([][]float64, n) // A S Aᵀ + r I, then its inverse
	for i := range n {
		inverse[i] = make([]float64, n)
		for j := range n {
			for k := range ps.Width {
				inverse[i][j] += a[i][k] * sat[k][j]
			}
		}
		inverse[i][i] += noise
	}
	invert(inverse)
	b := &band{n: n}
	for i := range ps.Width {
		for j := range n {
			for k := range n {
				b.gain[i][j] += sat[i][k] * inverse[k][j]
			}
		}
	}
	return b
}

// bandMatrix maps liftered cepstra to the filters in band: it undoes the lifter
// and the cosine transform.
func bandMatrix(n int) [][]float64 {
	var out [][]float64
	for f := range n {
		row := make([]float64, ps.Width)
		for k := range row {
			scale := math.Sqrt(2.0 / filters)
			if k == 0 {
				scale = math.Sqrt(1.0 / filters)
			}
			lift := 1 + lifter/2*math.Sin(math.Pi*float64(k)/lifter)
			row[k] = scale * math.Cos(math.Pi*float64(k)*(float64(f)+0.5)/filters) / lift
		}
		out = append(out, row)
	}
	return out
}

// invert replaces a positive definite matrix by its inverse (Gauss, Jordan).
func invert(m [][]float64) {
	n := len(m)
	for p := range n {
		pivot := m[p][p]
		m[p][p] = 1
		for j := range n {
			m[p][j] /= pivot
		}
		for i := range n {
			if i == p {
				continue
			}
			factor := m[i][p]
			m[i][p] = 0
			for j := range n {
				m[i][j] -= factor * m[p][j]
			}
		}
	}
}

// cepstra maps frames of filters to frames of cepstra.
func (b *band) cepstra(frames []float32) []float32 {
	out := make([]float32, len(frames)/filters*ps.Width)
	for f := range len(frames) / filters {
		in, to := frames[f*filters:][:filters], out[f*ps.Width:][:ps.Width]
		for i := range to {
			sum := 0.0
			for j := range b.n {
				sum += b.gain[i][j] * float64(in[j])
			}
			to[i] = float32(sum)
		}
	}
	return out
}

// A listener turns the audio of one utterance into cepstra, piece by piece.
// It takes off the mean that telephone speech has.
type listener struct {
	fe   *ps.FrontEnd
	band *band
	mean []float32
}

func (l *language) listen() (*listener, error) {
	fe, err := l.frontEnd()
	if err != nil {
		return nil, err
	}
	if err := fe.Start(); err != nil {
		fe.Close()
		return nil, fmt.Errorf("features: %w", err)
	}
	return &listener{fe: fe, band: l.band, mean: l.mean}, nil
}

func (l *listener) write(pcm []int16) ([]float32, error) {
	frames, err := l.fe.Write(pcm)
	if err != nil {
		return nil, fmt.Errorf("features: %w", err)
	}
	cepstra := l.band.cepstra(frames)
	for i := range cepstra {
		cepstra[i] -= l.mean[i%ps.Width]
	}
	return cepstra, nil
}

func (l *listener) close() { l.fe.Close() }

// normalise turns a whole utterance into cepstra and takes their mean off. The
// models were trained with the mean of whole sentences; that of a "yes" among
// silence is something else. So silence counts for no more than its usual
// share, and the mean of telephone speech counts as some frames more.
func (l *language) normalise(pcm []int16) ([]float32, error) {
	li, err := l.listen()
	if err != nil {
		return nil, err
	}
	defer li.close()
	frames, err := li.fe.Write(pcm)
	if err != nil {
		return nil, fmt.Errorf("features: %w", err)
	}
	lift(frames)
	cepstra := l.band.cepstra(frames)
	weights, speech := l.band.weigh(frames)
	mean := weightedMean(cepstra, weights)
	share := float32(speech) / float32(speech+priorFrames)
	for i := range mean {
		mean[i] = l.mean[i] + share*(mean[i]-meanOffset[i]-l.mean[i])
	}
	for i := range cepstra {
		cepstra[i] -= mean[i%ps.Width]
	}
	return cepstra, nil
}

// lift raises what lies too far below the loudest of a filter, such as digital
// silence, which no training had.
func lift(frames []float32) {
	var top [filters]float32
	for i, v := range frames {
		if i < filters || v > top[i%filters] {
			top[i%filters] = v
		}
	}
	for i, v := range frames {
		frames[i] = max(v, top[i%filters]-dynamicRange)
	}
}

// weigh gives each frame its weight in the mean: 1 for speech, less for the
// silence if there is more of it than usual.
func (b *band) weigh(frames []float32) (weights []float32, speech int) {
	n := len(frames) / filters
	loud := make([]float32, n)
	for i := range loud {
		for _, v := range frames[i*filters:][:b.n] {
			loud[i] += v
		}
	}
	weights = make([]float32, n)
	threshold := loudness(loud)
	for i, v := range loud {
		if v >= threshold {
			weights[i] = 1
			speech++
		}
	}
	share := min(1, usualSilence*float32(speech)/float32(max(n-speech, 1)))
	for i := range weights {
		weights[i] = max(weights[i], share)
	}
	return weights, speech
}

// loudness gives the threshold between silence and speech of an utterance.
func loudness(loud []float32) float32 {
	if len(loud) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(loud))
	low, high := sorted[len(sorted)/20], sorted[len(sorted)*19/20]
	return low + (high-low)*speechLevel
}

func weightedMean(cepstra, weights []float32) []float32 {
	mean, total := make([]float32, ps.Width), float32(0)
	for f, w := range weights {
		total += w
		for i := range mean {
			mean[i] += w * cepstra[f*ps.Width+i]
		}
	}
	for i := range mean {
		mean[i] /= max(total, 1)
	}
	return mean
}
