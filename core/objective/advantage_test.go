package objective

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAdvantages(t *testing.T) {
	// Two groups of three: means 2 and 5, deviations 1 and 0; the batch has mean
	// 3.5 and deviation √(11.5/5).
	rewards := []float64{1, 2, 3, 5, 5, 5}
	batch := math.Sqrt(15.5/5) + 1e-4
	tests := []struct {
		name  string
		scale Scale
		want  []float64
	}{
		{"group", ScaleGroup, []float64{-1 / 1.0001, 0, 1 / 1.0001, 0, 0, 0}},
		{"verl's epsilon", Scale{Epsilon: 1e-6}, []float64{-1 / 1.000001, 0, 1 / 1.000001, 0, 0, 0}},
		{"batch", ScaleBatch, []float64{-1 / batch, 0, 1 / batch, 0, 0, 0}},
		{"population", Scale{Population: true}, []float64{-1 / (math.Sqrt(2.0/3) + 1e-4), 0, 1 / (math.Sqrt(2.0/3) + 1e-4), 0, 0, 0}},
		{"none", ScaleNone, []float64{-1, 0, 1, 0, 0, 0}},
		{"leave one out", ScaleLeaveOneOut, []float64{-1.5, 0, 1.5, 0, 0, 0}},
		{"whiten", ScaleWhiten, []float64{-2.5 / batch, -1.5 / batch, -0.5 / batch, 1.5 / batch, 1.5 / batch, 1.5 / batch}},
	}
	for _, test := range tests {
		got, zeroSpread, err := Advantages(rewards, nil, 3, test.scale)
		if err != nil {
			t.Fatal(err)
		}
		near(t, test.name, got, test.want, 1e-12)
		if len(zeroSpread) != 2 || zeroSpread[0] || !zeroSpread[1] {
			t.Errorf("%s: zero spread %v, want [false true]", test.name, zeroSpread)
		}
	}
}

// REINFORCE++ whitens over tokens: a completion of three tokens counts three times.
func TestWhiteningOverTokens(t *testing.T) {
	rewards, tokens := []float64{1, 2, 3, 5}, []int{3, 1, 1, 1}
	// By token 1, 1, 1, 2, 3, 5: mean 13/6, squared deviations add up to 41 - 169/6.
	mean, std := 13.0/6, math.Sqrt((41-169.0/6)/5)+1e-4
	got, _, err := Advantages(rewards, tokens, 2, ScaleWhiten)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "whitened", got, []float64{(1 - mean) / std, (2 - mean) / std, (3 - mean) / std, (5 - mean) / std}, 1e-12)
	sum := 0.0
	for i, a := range got {
		sum += a * float64(tokens[i])
	}
	if math.Abs(sum) > 1e-9 {
		t.Errorf("the tokens' advantages add up to %g", sum)
	}
}

// A spread that is nothing but rounding must not become an advantage.
func TestAdvantagesOfRoundingErrors(t *testing.T) {
	third := 1.0 / 3
	got, zeroSpread, err := Advantages([]float64{0.1 + 0.2, 0.3, third * 0.9, 0.3}, nil, 4, Scale{Epsilon: 1e-30})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "advantages", got, []float64{0, 0, 0, 0}, 0)
	if !zeroSpread[0] {
		t.Error("the group counts as having a spread")
	}
}

func TestAdvantagesErrors(t *testing.T) {
	tests := []struct {
		name    string
		rewards []float64
		group   int
		want    string
	}{
		{"one completion", []float64{1, 2}, 1, "needs at least 2"},
		{"no completion", []float64{1, 2}, 0, "needs at least 2"},
		{"nothing", nil, 2, "0 rewards are not whole groups of 2"},
		{"a part of a group", []float64{1, 2, 3}, 2, "3 rewards are not whole groups of 2"},
		{"not a number", []float64{1, 2, 3, math.NaN()}, 2, "group 1, completion 1: reward is NaN"},
		{"infinite", []float64{math.Inf(-1), 2}, 2, "group 0, completion 0: reward is -Inf"},
	}
	for _, test := range tests {
		if _, _, err := Advantages(test.rewards, nil, test.group, ScaleGroup); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one that says %q", test.name, err, test.want)
		} else if odd := strings.Contains(err.Error(), "finite"); odd != errors.Is(err, ErrNotFinite) {
			t.Errorf("%s: error %v is of ErrNotFinite: %v", test.name, err, !odd)
		}
	}
}

// Group-baselined advantages add up to 0 and keep the order of the rewards; they
// do not change when all rewards of a group move together.
func TestAdvantagesProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		group := rapid.IntRange(2, 8).Draw(t, "group")
		rewards := rapid.SliceOfN(rapid.Float64Range(-5, 5), group, group).Draw(t, "rewards")
		scale := rapid.SampledFrom([]Scale{ScaleGroup, ScaleBatch, ScaleNone, ScaleLeaveOneOut}).Draw(t, "scale")
		advantages, zeroSpread, err := Advantages(rewards, nil, group, scale)
		if err != nil {
			t.Fatal(err)
		}
		shifted := make([]float64, group)
		sum := 0.0
		for i := range rewards {
			shifted[i] = rewards[i] + 3
			sum += advantages[i]
			for j := range rewards {
				if rewards[i] < rewards[j] && advantages[i] > advantages[j] {
					t.Fatalf("rewards %v, advantages %v: the order is another", rewards, advantages)
				}
			}
		}
		if math.Abs(sum) > 1e-6 {
			t.Fatalf("advantages %v add up to %v", advantages, sum)
		}
		moved, _, err := Advantages(shifted, nil, group, scale)
		if err != nil {
			t.Fatal(err)
		}
		for i := range moved {
			if !zeroSpread[0] && math.Abs(moved[i]-advantages[i]) > 1e-6 {
				t.Fatalf("advantage %d is %v, %v after a shift", i, advantages[i], moved[i])
			}
		}
	})
}

// A term of large numbers drowns one of small numbers in a sum, and does not where
// each is normalised by itself; a group without any spread gets nothing.
func TestDecoupledAdvantages(t *testing.T) {
	terms := []Term{
		{"small", 1, []float64{0.1, 0.2, 0.3, 0.5, 0.5, 0.5}},
		{"large", 1, []float64{300, 100, 200, 7, 7, 7}},
	}
	got, zeroSpread, err := DecoupledAdvantages(terms, nil, 3, ScaleGroup)
	if err != nil {
		t.Fatal(err)
	}
	// By group: small gives -1, 0, 1 and large 1, -1, 0, together 0, -1, 1.
	if !(math.Abs(got[0]) < 1e-2 && got[1] < -1 && got[2] > 1) || zeroSpread[0] || !zeroSpread[1] {
		t.Errorf("advantages %v, zero spread %v", got, zeroSpread)
	}
	near(t, "a group of one value", got[3:], []float64{0, 0, 0}, 0)
	for _, test := range []struct {
		terms []Term
		want  string
	}{
		{nil, "without terms"},
		{[]Term{{"a", 1, []float64{1, 2}}, {"b", 1, []float64{1}}}, `"b" has 1 values, "a" has 2`},
		{[]Term{{"a", 1, []float64{1, math.NaN()}}}, `term "a": group 0, completion 1`},
	} {
		if _, _, err := DecoupledAdvantages(test.terms, nil, 2, ScaleGroup); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one that says %q", err, test.want)
		}
	}
}
