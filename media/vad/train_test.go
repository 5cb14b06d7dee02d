package vad

import (
	"bytes"
	"fmt"
	"go/format"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestTrain makes weights.go anew: CALLWARD_VAD_TRAIN=1 go test -run TestTrain.
// It hears half of the speakers and the first half of each noise; the others are
// kept for TestFigures.
func TestTrain(t *testing.T) {
	if os.Getenv("CALLWARD_VAD_TRAIN") == "" {
		t.Skip("training is asked for by CALLWARD_VAD_TRAIN=1")
	}
	r := rand.New(rand.NewPCG(7, 7))
	set := lessons(t, r)
	t.Logf("%d frames", len(set))
	n := teach(t, r, set)
	if err := os.WriteFile("weights.go", source(t, n), 0o600); err != nil {
		t.Fatal(err)
	}
}

type lesson struct {
	in     measures
	speech bool
}

func lessons(t *testing.T, r *rand.Rand) []lesson {
	t.Helper()
	dir := shared(t)
	clips := digits(t, dir, "george", "jackson")
	sentences := spoken(t, dir)
	noises := noiseKinds(t, r, dir)
	var set []lesson
	for i := range 96 {
		s := digitScene(r, clips)
		if i%3 == 2 {
			s = sentenceScene(r, sentences)
		}
		if i%6 != 0 {
			s.add(noises[r.IntN(len(noises))], 3+22*r.Float64())
		}
		if i%4 == 0 {
			s.add(noises[2], 35+15*r.Float64())
		}
		if i%8 == 7 {
			s = noiseScene(noises[r.IntN(len(noises))], 10*math.Pow(10, 2.5*r.Float64()))
		}
		for range r.IntN(40) * (i % 2) {
			s.click(r)
		}
		d, f := New(Config{}), 0
		s.frames(math.Pow(10, (12*r.Float64()-14)/20), func(pcm []int16, speech bool) {
			m := *d.meter.measure(pcm)
			if f++; f > 5 {
				set = append(set, lesson{m, speech})
			}
		})
	}
	return set
}

// noiseScene is 30 s of noise at a level, and nobody speaks.
func noiseScene(noise []float64, level float64) scene {
	s := scene{pcm: make([]float64, 30*8000), power: level * level}
	s.add(noise, 0)
	s.label(make([]bool, len(s.pcm)))
	return s
}

// click adds a knock of 2 to 20 ms.
func (s *scene) click(r *rand.Rand) {
	at, n := r.IntN(len(s.pcm)-200), 16+r.IntN(144)
	level := 1000 + 15000*r.Float64()
	for i := range n {
		s.pcm[at+i] += level * r.NormFloat64() * float64(n-i) / float64(n)
	}
}

// spoken gives sentences, brought to the level of the digits.
func spoken(t *testing.T, dir string) [][]int16 {
	t.Helper()
	var out [][]int16
	for _, lang := range []string{"en", "fr"} {
		files, err := filepath.Glob(filepath.Join(dir, lang, "*.wav"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			out = append(out, even(wav(t, f)))
		}
	}
	return out
}

// sentenceScene labels by the level of the clean sound, since sentences have
// pauses: what is within 32 dB of the loudest, and 60 ms after it.
func sentenceScene(r *rand.Rand, sentences [][]int16) scene {
	s := scene{pcm: make([]float64, 90*8000)}
	inside := make([]bool, len(s.pcm))
	n := 0
	for at := r.IntN(8000); at < len(s.pcm); at += r.IntN(4 * 8000) {
		clip := sentences[r.IntN(len(sentences))]
		clip = clip[:min(len(clip), len(s.pcm)-at, 12*8000)]
		top := 1.0
		for k := 0; k+160 <= len(clip); k += 160 {
			top = max(top, energy(clip[k:k+160]))
		}
		hold := 0
		for k := 0; k+160 <= len(clip); k += 160 {
			if hold--; energy(clip[k:k+160]) > top/1600 {
				hold = 3
			}
			for i, v := range clip[k : k+160] {
				s.pcm[at+k+i] = float64(v)
				if hold > 0 {
					inside[at+k+i] = true
					s.power += float64(v) * float64(v)
					n++
				}
			}
		}
		at += len(clip)
	}
	s.power /= float64(max(1, n))
	s.label(inside)
	return s
}

// noiseKinds are the recorded noises, each first half, and synthetic ones.
func noiseKinds(t *testing.T, r *rand.Rand, dir string) [][]float64 {
	t.Helper()
	one := floats(wav(t, filepath.Join(dir, "noise", "noise1.wav")))
	four := floats(wav(t, filepath.Join(dir, "noise", "noise4.wav")))
	white, pink, brown, hum := make([]float64, 80000), make([]float64, 80000), make([]float64, 80000), make([]float64, 80000)
	var p, b float64
	swell := 1.0
	for i := range white {
		if i%4000 == 0 {
			swell = 0.2 + r.Float64()
		}
		w := r.NormFloat64()
		p, b = 0.9*p+w, 0.99*b+w
		white[i], pink[i], brown[i] = w, p*swell, b
		hum[i] = math.Sin(float64(i)*0.0393)*3 + math.Sin(float64(i)*0.1178) + 0.2*w
	}
	one, four = one[:len(one)/2], four[:len(four)/2]
	return [][]float64{one, four, white, pink, brown, hum, one, four, four}
}

// teach fits the net by Adam on shuffled batches.
func teach(t *testing.T, r *rand.Rand, set []lesson) *net {
	t.Helper()
	n := new(net)
	for h := range hidden {
		for i := range inputs {
			n.In[h][i] = float32(r.NormFloat64() * 0.4)
		}
		n.Out[h] = float32(r.NormFloat64() * 0.4)
	}
	const batch, epochs = 256, 24
	a := adam{}
	for e := range epochs {
		loss := 0.0
		r.Shuffle(len(set), func(i, j int) { set[i], set[j] = set[j], set[i] })
		for at := 0; at+batch <= len(set); at += batch {
			var g net
			for i := range set[at : at+batch] {
				loss += n.gradient(&set[at+i], &g)
			}
			a.step(n, &g, 0.004*(1-float64(e)/epochs), batch)
		}
		if e%10 == 9 {
			t.Logf("epoch %d: loss %.4f", e, loss/float64(len(set)))
		}
	}
	return n
}

func (n *net) gradient(l *lesson, g *net) float64 {
	p := n.weigh(&l.in)
	want, weight := float32(0), float32(1)
	if l.speech {
		want, weight = 1, 2.2 // speech is rarer, and as dear to miss
	}
	d := (p - want) * weight
	g.OutBias += d
	for h := range hidden {
		x := n.Bias[h]
		for i, w := range n.In[h] {
			x += w * l.in[i]
		}
		g.Out[h] += d * bend(x)
		den := 1 + max(x, -x)
		dx := d * n.Out[h] / (den * den)
		g.Bias[h] += dx
		for i := range inputs {
			g.In[h][i] += dx * l.in[i]
		}
	}
	if l.speech {
		return -math.Log(float64(p) + 1e-9)
	}
	return -math.Log(1 - float64(p) + 1e-9)
}

type adam struct {
	m, v  [hidden*(inputs+2) + 1]float64
	steps int
}

func (n *net) each(f func(*float32)) {
	for h := range hidden {
		for i := range inputs {
			f(&n.In[h][i])
		}
		f(&n.Bias[h])
		f(&n.Out[h])
	}
	f(&n.OutBias)
}

func (a *adam) step(n, g *net, rate float64, batch int) {
	a.steps++
	var grads []float64
	g.each(func(x *float32) { grads = append(grads, float64(*x)/float64(batch)) })
	i := 0
	n.each(func(x *float32) {
		a.m[i] = 0.9*a.m[i] + 0.1*grads[i]
		a.v[i] = 0.999*a.v[i] + 0.001*grads[i]*grads[i]
		m := a.m[i] / (1 - math.Pow(0.9, float64(a.steps)))
		v := a.v[i] / (1 - math.Pow(0.999, float64(a.steps)))
		*x -= float32(rate * m / (math.Sqrt(v) + 1e-8))
		i++
	})
}

func source(t *testing.T, n *net) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("package vad\n\n// trained is what TestTrain found. Do not edit.\nvar trained = net{ //nolint:gochecknoglobals // a table\n")
	row := func(xs []float32) {
		for _, x := range xs {
			fmt.Fprintf(&b, "%.4f, ", x)
		}
	}
	fmt.Fprintf(&b, "In: [hidden][inputs]float32{\n")
	for h := range hidden {
		b.WriteString("{")
		row(n.In[h][:])
		b.WriteString("},\n")
	}
	b.WriteString("},\nBias: [hidden]float32{")
	row(n.Bias[:])
	b.WriteString("},\nOut: [hidden]float32{")
	row(n.Out[:])
	fmt.Fprintf(&b, "},\nOutBias: %.4f,\n}\n", n.OutBias)
	out, err := format.Source(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return out
}
