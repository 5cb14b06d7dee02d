package vad

import (
	"bytes"
	"fmt"
	"go/format"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/callward/callward/internal/callgen/voice"
)

// TestTrain makes weights.go anew: CALLWARD_VAD_TRAIN=1 go test -run TestTrain.
// It hears half of the speakers, at other pitches too, sentences, synthetic voices
// and the first half of each noise; the others are kept for TestFigures.
func TestTrain(t *testing.T) {
	if os.Getenv("CALLWARD_VAD_TRAIN") == "" {
		t.Skip("training is asked for by CALLWARD_VAD_TRAIN=1")
	}
	r := rand.New(rand.NewPCG(7, 7))
	n := teach(t, r, lessons(t, r))
	if err := os.WriteFile("weights.go", source(t, n), 0o600); err != nil {
		t.Fatal(err)
	}
}

// lesson is a scene as the net hears it.
type lesson struct {
	in     []measures
	speech []bool
}

const (
	lessonCount = 512
	hiss        = 2 // of noiseKinds: the noise of a quiet line
)

func lessons(t *testing.T, r *rand.Rand) []lesson {
	t.Helper()
	dir := shared(t)
	clips := digits(t, dir, "george", "jackson")
	sentences := append(spoken(t, dir), synthetic(t, sentencesToSay)...)
	noises := noiseKinds(t, r, dir)
	var set []lesson
	for i := range lessonCount {
		s := digitScene(r, pitched(r, clips))
		if i%5 > 2 {
			s = sentenceScene(r, sentences)
		}
		if i%8 == 7 {
			s = noiseScene(noises[r.IntN(len(noises))], 10*math.Pow(10, 2.5*r.Float64()))
		} else if r.IntN(4) > 0 {
			s.add(changed(r, noises[r.IntN(len(noises))]), 3+22*r.Float64())
		}
		if r.IntN(4) == 0 {
			s.add(noises[hiss], 35+15*r.Float64())
		}
		for range r.IntN(40) * r.IntN(2) {
			s.click(r)
		}
		for range r.IntN(60) * r.IntN(2) {
			s.breathe(r)
		}
		if r.IntN(3) == 0 {
			s.narrow()
		}
		var l lesson
		m := newMeter()
		s.frames(math.Pow(10, (12*r.Float64()-14)/20), func(pcm []int16, speech bool) {
			in := *m.measure(pcm)
			for k := range in {
				in[k] += float32(0.03 * r.NormFloat64())
			}
			l.in = append(l.in, in)
			l.speech = append(l.speech, speech)
		})
		set = append(set, l)
	}
	return set
}

// pitched gives clips as other throats would speak them.
func pitched(r *rand.Rand, clips [][]int16) [][]int16 {
	out := make([][]int16, 60)
	for i := range out {
		out[i] = even(brighter(faster(clips[r.IntN(len(clips))], 0.85+0.4*r.Float64()), 0.8*r.Float64()-0.4))
	}
	return out
}

func faster[T int16 | float64](pcm []T, by float64) []T {
	out := make([]T, int(float64(len(pcm)-1)/by))
	for i := range out {
		at := float64(i) * by
		k := int(at)
		part := at - float64(k)
		out[i] = T((1-part)*float64(pcm[k]) + part*float64(pcm[k+1]))
	}
	return out
}

// brighter tilts the spectrum, as another telephone does.
func brighter(pcm []int16, by float64) []int16 {
	out := slices.Clone(pcm)
	for i := 1; i < len(out); i++ {
		out[i] = int16((float64(pcm[i]) - by*float64(pcm[i-1])) / (1 + math.Abs(by)))
	}
	return out
}

// changed gives a noise from another place on, at another pitch, and half of the
// time as one that swells and ebbs.
func changed(r *rand.Rand, noise []float64) []float64 {
	out := slices.Clone(faster(noise, 0.7+0.7*r.Float64()))
	at := r.IntN(len(out))
	out = append(out[at:], out[:at]...)
	if r.IntN(2) == 0 {
		return out
	}
	gain, target, speed := 1.0, 1.0, 0.0
	for i := range out {
		if i%800 == 0 && r.IntN(12) == 0 {
			target, speed = math.Pow(10, -1.2*r.Float64()), math.Pow(10, -2.5-2*r.Float64())
		}
		gain += speed * (target - gain)
		out[i] *= gain
	}
	return out
}

// narrow takes away what a telephone does not carry.
func (s *scene) narrow() {
	k := math.Tan(math.Pi * 300 / 8000)
	norm := 1 / (1 + math.Sqrt2*k + k*k)
	a1, a2 := 2*(k*k-1)*norm, (1-math.Sqrt2*k+k*k)*norm
	var x1, x2, y1, y2 float64
	for i, v := range s.pcm {
		y := norm*(v-2*x1+x2) - a1*y1 - a2*y2
		x2, x1, y2, y1 = x1, v, y1, y
		s.pcm[i] = y
	}
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

// breathe adds a faint noise of 40 ms to a second, which begins and ends at once, as
// where a line, a recording or a synthetic voice is switched on.
func (s *scene) breathe(r *rand.Rand) {
	n := 320 + r.IntN(8000)
	at, level := r.IntN(len(s.pcm)-n), 4*math.Pow(15, r.Float64())
	before := 0.0
	tilt := 0.9 * r.Float64()
	for i := range n {
		before = tilt*before + r.NormFloat64()
		s.pcm[at+i] += level * before
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

// What synthetic voices say.
//
//nolint:gochecknoglobals // tables
var (
	sentencesToSay = map[string][]string{
		"en": {"hello, this is about the parcel that you sent me", "so she sells fish, chips and fresh vegetables", "thanks, see you on Thursday", "half past six", "what for", "excuse me"},
		"fr": {"bonjour, c'est au sujet du colis que vous avez envoyé", "six chaussures sèchent sous ces sapins", "franchement, je ne sais pas", "demain à seize heures", "pourquoi", "s'il vous plaît"},
	}
)

// synthetic gives texts by synthetic voices, as a telephone carries them. There are
// none where the engines are not installed.
func synthetic(t *testing.T, texts map[string][]string) [][]int16 {
	t.Helper()
	speakers := map[string][]string{
		"en": {"flite:slt", "flite:rms", "flite:awb", "espeak:en", "espeak:en-us+f2", "espeak:en-us+m4", "espeak:en+f5"},
		"fr": {"espeak:fr", "espeak:fr-be", "espeak:fr+f2", "espeak:fr+f4", "espeak:fr+m3", "espeak:fr+m7"},
	}
	var out [][]int16
	for _, lang := range []string{"en", "fr"} {
		for _, name := range speakers[lang] {
			v, err := voice.Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range texts[lang] {
				pcm, err := v.Render(t.Context(), text)
				if err != nil {
					t.Logf("%s is not heard: %v", name, err)
					break
				}
				out = append(out, even(pcm))
			}
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
	for at := r.IntN(8000); at < len(s.pcm); at += r.IntN(5 * 8000) {
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
	all := [][]float64{one, four, white, pink, brown, hum, one, one, four, four, one, one, one, four, four, four}
	for range 12 {
		all = append(all, machine(r), rustle(r))
	}
	return all
}

// machine is ten seconds of something that turns, with tones of its own and now and
// then a signal.
func machine(r *rand.Rand) []float64 {
	out := rumble(r, 80000, 50+400*r.Float64())
	for range 1 + r.IntN(5) {
		hz, loud, drift := 60*math.Pow(50, r.Float64()), 0.02+0.4*r.Float64(), 0.02*r.Float64()
		phase := 0.0
		for i := range out {
			phase += 2 * math.Pi * hz * (1 + drift*math.Sin(float64(i)/20000)) / 8000
			out[i] += loud * math.Sin(phase)
		}
	}
	for range r.IntN(8) {
		at, n := r.IntN(len(out)-8000), 400+r.IntN(4800)
		for range 1 + r.IntN(3) {
			hz, end, loud := 300+3000*r.Float64(), 0.8+0.4*r.Float64(), r.Float64()
			phase := 0.0
			for i := range n {
				part := float64(i) / float64(n)
				phase += 2 * math.Pi * hz * (1 + (end-1)*part) / 8000
				out[at+i] += loud * math.Sin(phase) * min(1, 20*part, 20*(1-part))
			}
		}
	}
	return out
}

// rustle is ten seconds of noise in bands that come and go, each at its own time.
func rustle(r *rand.Rand) []float64 {
	out := make([]float64, 80000)
	for range 4 {
		band := rumble(r, len(out), 100*math.Pow(30, r.Float64()))
		gain, target := 0.0, r.Float64()
		speed := math.Pow(10, -2.5-1.5*r.Float64())
		for i, v := range band {
			if i%400 == 0 && r.IntN(15) == 0 {
				target = math.Pow(10, -1.5*r.Float64())
			}
			gain += speed * (target - gain)
			out[i] += gain * v
		}
	}
	return out
}

// rumble is noise around a frequency.
func rumble(r *rand.Rand, n int, hz float64) []float64 {
	out := make([]float64, n)
	width := 0.85 + 0.14*r.Float64()
	a1, a2 := -2*width*math.Cos(2*math.Pi*hz/8000), width*width
	var y1, y2, sum float64
	for i := range out {
		y := r.NormFloat64() - a1*y1 - a2*y2
		y2, y1 = y1, y
		out[i] = y
		sum += y * y
	}
	level := math.Sqrt(sum / float64(n))
	for i := range out {
		out[i] /= level
	}
	return out
}

const (
	epochs = 24
	chunk  = 100 // frames between steps: what the net is blamed for reaches so far back
	batch  = 32  // lessons heard side by side
)

// teach fits the net by Adam. The lessons of a batch go on side by side, and each
// chunk begins with what the one before it left in the units.
func teach(t *testing.T, r *rand.Rand, set []lesson) *net {
	t.Helper()
	n := new(net)
	for u := range hidden {
		for i := range inputs {
			n.Gate[u][i], n.New[u][i] = float32(r.NormFloat64()*0.2), float32(r.NormFloat64()*0.2)
		}
		for i := range hidden {
			n.GateBack[u][i], n.NewBack[u][i] = float32(r.NormFloat64()*0.2), float32(r.NormFloat64()*0.2)
		}
		n.GateBias[u] = float32(u%4) * 0.7 // some remember longer
		n.Out[u] = float32(r.NormFloat64() * 0.4)
	}
	var a adam
	mean, steps := new(net), 0 // of the weights of the last third
	for e := range epochs {
		loss, frames := 0.0, 0
		r.Shuffle(len(set), func(i, j int) { set[i], set[j] = set[j], set[i] })
		for part := range slices.Chunk(set, batch) {
			held := make([]memory, len(part))
			for at := 0; at < 4500; at += chunk {
				g, l, f := n.blame(part, held, at)
				loss, frames = loss+l, frames+f
				a.step(n, g, 0.006*max(0.25, 1-float64(e)/epochs), f)
				if 3*e >= 2*epochs {
					steps++
					mean.add(n)
				}
			}
		}
		t.Logf("epoch %d: loss %.4f", e, loss/float64(frames))
	}
	mean.each(func(x *float32) { *x /= float32(steps) })
	return mean
}

// add adds the weights of another net.
func (n *net) add(o *net) {
	var other []float32
	o.each(func(x *float32) { other = append(other, *x) })
	i := 0
	n.each(func(x *float32) { *x += other[i]; i++ })
}

// blame gives the gradient of a chunk of each lesson, and the loss.
func (n *net) blame(part []lesson, held []memory, at int) (sum *net, loss float64, frames int) {
	const hands = 2
	var all [hands]net
	var losses [hands]float64
	var counts [hands]int
	var group sync.WaitGroup
	for hand := range hands {
		group.Go(func() {
			for i := hand; i < len(part); i += hands {
				end := min(at+chunk, len(part[i].in))
				if at >= end {
					continue
				}
				losses[hand] += n.gradient(part[i].in[at:end], part[i].speech[at:end], &held[i], &all[hand])
				counts[hand] += end - at
			}
		})
	}
	group.Wait()
	sum = &all[0]
	sum.add(&all[1])
	return sum, losses[0] + losses[1], counts[0] + counts[1]
}

// moment is what a frame did to the units.
type moment struct {
	before, gate, fresh memory
	wrong               float32
}

// gradient adds to g what the net is to blame for in some frames that follow each
// other, by backpropagation through time.
func (n *net) gradient(in []measures, speech []bool, held *memory, g *net) float64 {
	tape := make([]moment, len(in))
	after := make([]memory, len(in))
	loss := 0.0
	for f := range in {
		tape[f].before = *held
		p := n.weigh(&in[f], held, &tape[f].gate, &tape[f].fresh)
		after[f] = *held
		want, weight := float32(0), float32(1)
		if speech[f] {
			want, weight = 1, speechWeight // rarer, and as dear to miss
		}
		tape[f].wrong = (p - want) * weight
		loss -= math.Log(1 - math.Abs(float64(p-want)) + 1e-9)
	}
	var back memory
	for f := len(in) - 1; f >= 0; f-- {
		n.unwind(&tape[f], &in[f], &after[f], &back, g)
	}
	return loss
}

const speechWeight = 2.2

// unwind takes back, the blame of the units after a frame, to before it.
func (n *net) unwind(m *moment, in *measures, after, back *memory, g *net) {
	g.OutBias += m.wrong
	var earlier memory
	for u := range hidden {
		g.Out[u] += m.wrong * after[u]
		blame := back[u] + m.wrong*n.Out[u]
		keep := 0.5 + 0.5*m.gate[u]
		gate := blame * (m.before[u] - m.fresh[u]) * 0.5 * slope(m.gate[u])
		fresh := blame * (1 - keep) * slope(m.fresh[u])
		earlier[u] += blame * keep
		g.GateBias[u] += gate
		g.NewBias[u] += fresh
		for i, x := range in {
			g.Gate[u][i] += gate * x
			g.New[u][i] += fresh * x
		}
		for i, x := range m.before {
			g.GateBack[u][i] += gate * x
			g.NewBack[u][i] += fresh * x
			earlier[i] += gate*n.GateBack[u][i] + fresh*n.NewBack[u][i]
		}
	}
	*back = earlier
}

// slope is that of bend, where its value is y.
func slope(y float32) float32 {
	rest := float64(1 - y*y)
	return float32(rest * math.Sqrt(rest))
}

const decay = 0.001 // of the weights, beside a step of 1

type adam struct {
	m, v  [2*hidden*(inputs+hidden+1) + hidden + 1]float64
	steps int
}

func (n *net) each(f func(*float32)) {
	for u := range hidden {
		for i := range inputs {
			f(&n.Gate[u][i])
			f(&n.New[u][i])
		}
		for i := range hidden {
			f(&n.GateBack[u][i])
			f(&n.NewBack[u][i])
		}
		f(&n.GateBias[u])
		f(&n.NewBias[u])
		f(&n.Out[u])
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
		*x -= float32(rate * (m/(math.Sqrt(v)+1e-8) + decay*float64(*x)))
		i++
	})
}

func source(t *testing.T, n *net) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("package vad\n\n// trained is what TestTrain found. Do not edit.\nvar trained = net{ //nolint:gochecknoglobals // a table\n")
	row := func(xs []float32) {
		for _, x := range xs {
			fmt.Fprintf(&b, "%.3f, ", x)
		}
	}
	table := func(name, kind string, each func(u int) []float32) {
		fmt.Fprintf(&b, "%s: [hidden]%s{\n", name, kind)
		for u := range hidden {
			b.WriteString("{")
			row(each(u))
			b.WriteString("},\n")
		}
		b.WriteString("},\n")
	}
	table("Gate", "[inputs]float32", func(u int) []float32 { return n.Gate[u][:] })
	table("New", "[inputs]float32", func(u int) []float32 { return n.New[u][:] })
	table("GateBack", "[hidden]float32", func(u int) []float32 { return n.GateBack[u][:] })
	table("NewBack", "[hidden]float32", func(u int) []float32 { return n.NewBack[u][:] })
	list := func(name string, xs []float32) {
		fmt.Fprintf(&b, "%s: [hidden]float32{", name)
		row(xs)
		b.WriteString("},\n")
	}
	list("GateBias", n.GateBias[:])
	list("NewBias", n.NewBias[:])
	list("Out", n.Out[:])
	fmt.Fprintf(&b, "OutBias: %.3f,\n}\n", n.OutBias)
	out, err := format.Source(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return out
}
