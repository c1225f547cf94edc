package train

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/model"
)

// The reference goes its share of the way when it is due and stands still between.
func TestReferenceFollows(t *testing.T) {
	for name, rank := range map[string]int{"adapter": 2, "all weights": 0} {
		t.Run(name, func(t *testing.T) {
			policy := newPolicy(t, rank)
			scope := map[bool]string{true: "/lora/", false: "/base/"}[rank > 0]
			want := map[string][]float64{}
			for path, values := range snapshot(t, policy, scope) {
				for _, x := range values {
					want[path] = append(want[path], float64(x))
				}
			}
			g := newGroupUpdater(t, policy, func(c *GroupUpdaterConfig) { c.Reference = ReferenceConfig{Every: 2, Share: 0.25} })
			for step := 1; step <= 4; step++ {
				if _, err := g.Update(step, testSamples(t)); err != nil {
					t.Fatal(err)
				}
				weights, farthest, moved := snapshot(t, policy, scope), 0.0, 0.0
				for path, reference := range snapshot(t, policy, model.FollowerScope) {
					path = "/" + strings.TrimPrefix(path, model.FollowerScope)
					for i := range reference {
						if step%2 == 0 {
							want[path][i] += 0.25 * (float64(weights[path][i]) - want[path][i])
						}
						farthest = max(farthest, math.Abs(float64(reference[i])-want[path][i]))
						moved = max(moved, math.Abs(float64(weights[path][i])-want[path][i]))
					}
				}
				if farthest > 1e-6 || moved == 0 {
					t.Errorf("step %d: the reference is %g from where it should be, the policy %g from it", step, farthest, moved)
				}
			}
		})
	}
}

// A run that is taken up again has the reference that it had.
func TestReferenceIsInTheState(t *testing.T) {
	follow := func(c *GroupUpdaterConfig) { c.Reference = ReferenceConfig{Every: 1, Share: 0.1} }
	policy := newPolicy(t, 2)
	g := newGroupUpdater(t, policy, follow)
	if _, err := g.Update(1, testSamples(t)); err != nil {
		t.Fatal(err)
	}
	state, err := g.StateBytes(1, "same", nil)
	if err != nil {
		t.Fatal(err)
	}
	again := newPolicy(t, 2)
	h := newGroupUpdater(t, again, follow)
	if _, err := h.ReadState(bytes.NewReader(state), int64(len(state)), "same"); err != nil {
		t.Fatal(err)
	}
	for _, u := range []*GroupUpdater{g, h} {
		if _, err := u.Update(2, testSamples(t)); err != nil {
			t.Fatal(err)
		}
	}
	sameBits(t, snapshot(t, again, "/lora/", model.FollowerScope), snapshot(t, policy, "/lora/", model.FollowerScope))
}

func TestReferenceRefuses(t *testing.T) {
	for _, test := range []struct {
		config ReferenceConfig
		want   string
	}{
		{ReferenceConfig{Every: -1}, "reference_every -1"}, {ReferenceConfig{Every: 1}, "reference_share 0"},
		{ReferenceConfig{Every: 1, Share: 1.5}, "reference_share 1.5"}, {ReferenceConfig{Every: 1, Share: math.NaN()}, "reference_share NaN"},
	} {
		if err := test.config.check(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: error %v, want one with %q", test.config, err, test.want)
		}
	}
}
