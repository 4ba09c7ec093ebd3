// Writes what client_golang makes of many observations, as golden cases for the tests of native histograms:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run tests/golden/native_histograms.go > tests/golden/native_histograms.json
//
// That is for a system where golang-github-prometheus-client-golang-dev of Debian is installed. The committed file is
// of client_golang 1.23.2 (Debian sid), whose packages, with those it depends on and Go, were unpacked into one folder
// (`dpkg -x`) and used by GOPATH and GOROOT. 1.14 (bookworm) schedules no resets and has no way to set the clock: the
// cases that need those are left out, with a word on standard error. Until 1.16 it also had other keys below schema 0
// for what is below 1.
//
// One case a line:
//
//	{"name": ..., "factor": f, "zero_threshold": f, "max_zero_threshold": f, "max_buckets": n, "min_reset": ms,
//	 "steps": [{"now": ms, "observe": "...", "is": {...}}, ...]}
//
// Floats are the 16 hexadecimal digits of their bits; "observe" is as many of them as there are observations, made at
// the time "now", after which the histogram is read: "count", "sum", "created" (ms), and "schema", "threshold", "zero",
// and for either side the spans [offset, length, ...] and the deltas.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"os"
	"reflect"
	"strings"
	"time"
	"unsafe"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// The time at which every histogram is made, in milliseconds since 1970.
const born = int64(1_700_000_000_000)

type state struct {
	Count     uint64  `json:"count"`
	Sum       string  `json:"sum"`
	Created   int64   `json:"created"`
	Schema    int32   `json:"schema"`
	Threshold string  `json:"threshold"`
	Zero      uint64  `json:"zero"`
	Positive  []int32 `json:"positive"`
	Deltas    []int64 `json:"positive_deltas"`
	Negative  []int32 `json:"negative"`
	NegDeltas []int64 `json:"negative_deltas"`
}

type step struct {
	Now     int64  `json:"now"`
	Observe string `json:"observe"`
	Is      state  `json:"is"`
}

type testCase struct {
	Name             string `json:"name"`
	Factor           string `json:"factor"`
	ZeroThreshold    string `json:"zero_threshold"`
	MaxZeroThreshold string `json:"max_zero_threshold"`
	MaxBuckets       uint32 `json:"max_buckets"`
	MinReset         int64  `json:"min_reset"`
	Steps            []step `json:"steps"`
}

type settings struct {
	factor, zero, maxZero float64
	maxBuckets            uint32
	minReset              int64
}

func bits(f float64) string {
	if math.IsNaN(f) {
		// Which NaN it is depends on the compiler.
		return "7ff8000000000000"
	}
	return fmt.Sprintf("%016x", math.Float64bits(f))
}

// A histogram on a clock of its own.
type clock struct {
	now       int64
	due       int64
	scheduled func()
}

func (c *clock) advance(to int64) {
	if c.scheduled != nil && to >= c.due {
		f := c.scheduled
		c.scheduled = nil
		c.now = c.due
		f()
	}
	c.now = to
}

// Sets a field that is there for client_golang's own tests. Gives whether there is one.
func setPrivate(opts *prometheus.HistogramOpts, name string, value interface{}) bool {
	field := reflect.ValueOf(opts).Elem().FieldByName(name)
	if !field.IsValid() {
		return false
	}
	reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Set(reflect.ValueOf(value))
	return true
}

var out = bufio.NewWriter(os.Stdout)

func read(h prometheus.Histogram) state {
	var metric dto.Metric
	if err := h.Write(&metric); err != nil {
		panic(err)
	}
	his := metric.Histogram
	spans := func(spans []*dto.BucketSpan) []int32 {
		flat := []int32{}
		for _, span := range spans {
			flat = append(flat, span.GetOffset(), int32(span.GetLength()))
		}
		return flat
	}
	deltas := func(deltas []int64) []int64 { return append([]int64{}, deltas...) }
	s := state{
		Count:     his.GetSampleCount(),
		Sum:       bits(his.GetSampleSum()),
		Schema:    his.GetSchema(),
		Threshold: bits(his.GetZeroThreshold()),
		Zero:      his.GetZeroCount(),
		Positive:  spans(his.PositiveSpan),
		Deltas:    deltas(his.PositiveDelta),
		Negative:  spans(his.NegativeSpan),
		NegDeltas: deltas(his.NegativeDelta),
	}
	if len(s.Positive) == 2 && s.Positive[1] == 0 {
		// The mark of an empty one, which later versions add.
		s.Positive = []int32{}
	}
	created := reflect.ValueOf(his).MethodByName("GetCreatedTimestamp")
	if created.IsValid() {
		asTime := created.Call(nil)[0].MethodByName("AsTime").Call(nil)[0].Interface().(time.Time)
		s.Created = asTime.UnixNano() / 1_000_000
	}
	return s
}

type at struct {
	after  int64
	values []float64
}

func run(name string, s settings, steps ...at) {
	c := &clock{now: born}
	opts := prometheus.HistogramOpts{
		Name:                            "h",
		NativeHistogramBucketFactor:     s.factor,
		NativeHistogramZeroThreshold:    s.zero,
		NativeHistogramMaxZeroThreshold: s.maxZero,
		NativeHistogramMaxBucketNumber:  s.maxBuckets,
		NativeHistogramMinResetDuration: time.Duration(s.minReset) * time.Millisecond,
	}
	if s.zero == 0 {
		opts.NativeHistogramZeroThreshold = -1 // Means 0; and 0 means the default.
	}
	mocked := setPrivate(&opts, "now", func() time.Time { return time.Unix(0, c.now*1_000_000) })
	setPrivate(&opts, "afterFunc", func(d time.Duration, f func()) *time.Timer {
		c.due, c.scheduled = c.now+int64(d/time.Millisecond), f
		return nil
	})
	if s.minReset > 0 && !mocked {
		fmt.Fprintf(os.Stderr, "left out, as this version has no clock to set: %s\n", name)
		return
	}
	h := prometheus.NewHistogram(opts)
	t := testCase{
		Name:             name,
		Factor:           bits(s.factor),
		ZeroThreshold:    bits(s.zero),
		MaxZeroThreshold: bits(s.maxZero),
		MaxBuckets:       s.maxBuckets,
		MinReset:         s.minReset,
	}
	for _, step_ := range steps {
		c.advance(c.now + step_.after)
		var text strings.Builder
		for _, value := range step_.values {
			h.Observe(value)
			text.WriteString(bits(value))
		}
		t.Steps = append(t.Steps, step{Now: c.now, Observe: text.String(), Is: read(h)})
	}
	line, err := json.Marshal(t)
	if err != nil {
		panic(err)
	}
	out.Write(line)
	out.WriteByte('\n')
}

func factor(schema int) float64 {
	return math.Pow(2, math.Pow(2, float64(-schema)))
}

// A value, the floats beside it, and all of them negated.
func around(values ...float64) []float64 {
	var all []float64
	for _, v := range values {
		for _, w := range []float64{math.Nextafter(v, 0), v, math.Nextafter(v, math.Inf(1))} {
			all = append(all, w, -w)
		}
	}
	return all
}

// Steps of `size` values each.
func inSteps(values []float64, size int) []at {
	var steps []at
	for start := 0; start < len(values); start += size {
		end := start + size
		if end > len(values) {
			end = len(values)
		}
		steps = append(steps, at{0, values[start:end]})
	}
	return steps
}

func stream(seed int64, length int, value func(*rand.Rand) float64) []float64 {
	random := rand.New(rand.NewSource(seed))
	values := make([]float64, length)
	for i := range values {
		values[i] = value(random)
	}
	return values
}

func logNormal(random *rand.Rand) float64 { return math.Exp(random.NormFloat64()*2 - 3) }

func bothSides(random *rand.Rand) float64 {
	return random.NormFloat64() * math.Exp(random.NormFloat64()*4)
}

// Every float that is a number, with the same chance.
func anyFloat(random *rand.Rand) float64 {
	for {
		if value := math.Float64frombits(random.Uint64()); !math.IsNaN(value) {
			return value
		}
	}
}

func main() {
	defer out.Flush()
	threshold := prometheus.DefNativeHistogramZeroThreshold
	inf, nan := math.Inf(1), math.NaN()

	// The schema of a factor.
	for schema := -5; schema <= 9; schema++ {
		f := factor(schema)
		for _, f := range []float64{math.Nextafter(f, 1), f, math.Nextafter(f, inf), f * 1.0000001, f*0.1 + 0.9} {
			run("factor", settings{factor: f, zero: threshold}, at{})
		}
	}
	for _, f := range stream(1, 40, func(random *rand.Rand) float64 { return 1 + math.Exp(random.NormFloat64()*4-2) }) {
		run("factor", settings{factor: f, zero: threshold}, at{})
	}

	// Without a limit.
	powers := []float64{math.MaxFloat64, math.SmallestNonzeroFloat64, 5 * math.SmallestNonzeroFloat64, 0x1p-1022, 0x1p-1023}
	for _, exponent := range []int{-1074, -1060, -1030, -1022, -1021, -600, -513, -512, -100, -33, -32, -17, -16, -3, -2, -1, 0, 1, 2, 3, 15, 16, 17, 100, 511, 512, 1008, 1022, 1023} {
		powers = append(powers, math.Ldexp(1, exponent))
	}
	unusual := []float64{0, math.Copysign(0, -1), inf, -inf, nan, 1, nan, -1}
	for schema := -4; schema <= 8; schema++ {
		run(fmt.Sprintf("powers, schema %d", schema), settings{factor: factor(schema)}, at{0, around(powers...)})
		run(fmt.Sprintf("unusual, schema %d", schema), settings{factor: factor(schema), zero: threshold}, inSteps(unusual, 1)...)
		values := stream(int64(schema), 150, bothSides)
		run(fmt.Sprintf("both sides, schema %d", schema), settings{factor: factor(schema), zero: 0.001}, inSteps(values, 50)...)
		run(fmt.Sprintf("any float, schema %d", schema), settings{factor: factor(schema), zero: threshold}, at{0, stream(int64(schema)+100, 60, anyFloat)})
	}
	// The bounds, and one more below and above. They are made in the way that the table was not, and so are beside its own at times.
	for _, schema := range []int{1, 2, 3, 5, 8} {
		var bounds []float64
		for i := 0; i < 1<<schema; i += 1 + (1<<schema)/64 {
			bound := math.Pow(2, float64(i)/float64(int(1)<<schema))
			for step := uint64(0); step < 12; step++ {
				bounds = append(bounds, math.Float64frombits(math.Float64bits(bound)+step-6))
			}
		}
		run(fmt.Sprintf("bounds, schema %d", schema), settings{factor: factor(schema)}, at{0, bounds})
	}
	for _, zero := range []float64{0, math.SmallestNonzeroFloat64, 1, 1.5, math.MaxFloat64, inf} {
		values := append(around(1, 1.5, math.MaxFloat64), 0, inf, -inf)
		run("zero thresholds", settings{factor: 1.1, zero: zero}, inSteps(values, 3)...)
	}

	// Over the limit.
	for _, schema := range []int{8, 3, 0, -3, -4} {
		for _, maxBuckets := range []uint32{1, 4, 20} {
			for _, maxZero := range []float64{0, 0.01, 1e100, inf} {
				name := fmt.Sprintf("limit %d, schema %d, max zero %g", maxBuckets, schema, maxZero)
				limited := settings{factor: factor(schema), zero: threshold, maxZero: maxZero, maxBuckets: maxBuckets}
				seed := int64(schema)*100 + int64(maxBuckets)
				run("log normal, "+name, limited, inSteps(stream(seed, 60, logNormal), 6)...)
				run("both sides, "+name, limited, inSteps(append(stream(seed+1, 50, bothSides), nan, inf, 0, -inf), 6)...)
				run("any float, "+name, limited, inSteps(stream(seed+2, 40, anyFloat), 4)...)
			}
		}
	}
	// A zero bucket that is widened to its maximum and no further, one observation at a time.
	for _, maxZero := range []float64{math.Nextafter(2, 0), 2, math.Nextafter(2, 3), math.MaxFloat64} {
		values := []float64{1, -1, 2, -3, 3, 0.5, 4, -1.5, 5, 6, -6, 7, math.MaxFloat64, inf, -inf, 1e-300}
		run("widened", settings{factor: 2, maxZero: maxZero, maxBuckets: 2}, inSteps(values, 1)...)
		run("widened", settings{factor: 1.1, zero: 1, maxZero: maxZero, maxBuckets: 1}, inSteps(values, 1)...)
	}
	subnormal := []float64{5e-324, 1e-323, 1.5e-323, 2e-323, 1e-322, -1e-322, 1e-320, 3e-310, 2e-308}
	for _, schema := range []int{8, 1, 0, -4} {
		run("widened below the normal floats", settings{factor: factor(schema), maxZero: 1, maxBuckets: 1}, inSteps(subnormal, 1)...)
	}

	// Resets.
	for _, maxZero := range []float64{0, 1e100} {
		limited := settings{factor: 1.1, zero: threshold, maxZero: maxZero, maxBuckets: 3, minReset: 1000}
		run("reset at once, as it is old enough", limited,
			at{999, []float64{1, 2, 3}}, at{1, []float64{4}}, at{0, []float64{5, 6}}, at{1000, []float64{7, 8, -9}}, at{5000, []float64{10, 11}})
		run("reset later", limited,
			at{400, []float64{1, 2, 3}}, at{0, []float64{4}}, at{0, []float64{5, 0, nan}}, at{599, []float64{6, 7}},
			at{1, nil}, at{0, []float64{8}}, at{999, []float64{9, 10, 11}}, at{0, []float64{12}}, at{2, nil})
		run("reset later, then nothing for long", limited,
			at{1, []float64{1, 2, 3, 4}}, at{100_000, nil}, at{0, []float64{5, 6, 7}}, at{0, []float64{8, 9}})
		run("reset later, nobody looks", limited, at{1, []float64{1, 2, 3, 4}}, at{100_000, []float64{5, 6, 7, 8, 9}}, at{0, []float64{1}})
		// What is over the limit when it is old enough, but no bucket was made.
		run("reset at once, by the zero bucket", settings{factor: 65536, maxBuckets: 1, minReset: 1000}, at{0, []float64{1, 1e10}}, at{999, []float64{0}}, at{1, []float64{0, 5}})
		random := rand.New(rand.NewSource(7))
		var steps []at
		for i := 0; i < 60; i++ {
			steps = append(steps, at{random.Int63n(300), stream(int64(i), 4, bothSides)})
		}
		run("resets, now and then", settings{factor: 1.1, zero: threshold, maxZero: maxZero, maxBuckets: 8, minReset: 1000}, steps...)
	}
}
