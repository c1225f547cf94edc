package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
)

// parsed is what a command line of train makes of a run's settings.
func parsed(t *testing.T, arguments ...string) protocol.Train {
	t.Helper()
	cli := &program{}
	if _, err := newParser(t, cli).Parse(append([]string{"train", "--model", "x"}, arguments...)); err != nil {
		t.Fatal(err)
	}
	config, err := cli.Train.config()
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// Every method is in the help and is a name that --method takes.
func TestMethodsOfTrain(t *testing.T) {
	for _, name := range objective.Methods() {
		if help := (trainCommand{}).Help(); !strings.Contains(help, name+" ") {
			t.Errorf("the help lacks %s", name)
		}
		config := parsed(t, "--method", name)
		method, err := objective.MethodNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		if config.Method != name || config.Beta != method.Settings().Beta || (config.Group > 1) != (method.Learns == objective.Groups) {
			t.Errorf("%s: %+v", name, config)
		}
	}
	if config := parsed(t, "--method", "dapo", "--beta", "0.1"); config.Beta != 0.1 {
		t.Errorf("beta is %g", config.Beta)
	}
}

// Every flag of the method reaches the settings.
func TestLearningFlags(t *testing.T) {
	have := parsed(t, "--targets=mlp", "--scale=batch", "--epsilon=0.5", "--population-std", "--dual-clip=3", "--kl=k1", "--kl-in-reward",
		"--entropy-bonus=0.01", "--support=drop", "--support-limit=2", "--resample=4", "--overlong=0.3", "--reference=start", "--reference-every=5",
		"--reference-share=0.1", "--sft-share=0.7", "--sharpness=0.2", "--row-tokens=64", "--recompute", "--kl-limit=2",
		"--clip-low=0.1", "--clip-high=0.4", "--dead-steps=3", "--stop-when-dead", "--adapter=a")
	want := protocol.Learning{Targets: "mlp", FromAdapter: true, Scale: "batch", Epsilon: 0.5, PopulationStd: true, DualClip: 3, KL: "k1",
		KLInReward: true, EntropyBonus: 0.01, Support: "drop", SupportLimit: 2, Resample: 4, Overlong: 0.3, Reference: "start", ReferenceEvery: 5,
		ReferenceShare: 0.1, SFTShare: 0.7, Sharpness: 0.2, RowTokens: 64, Recompute: true, KLLimit: 2}
	if have.Learning != want {
		t.Errorf("settings\n%+v, want\n%+v", have.Learning, want)
	}
	if have.ClipLow != 0.1 || have.ClipHigh != 0.4 || have.DeadSteps != 3 || !have.StopWhenDead {
		t.Errorf("settings %+v", have)
	}
}

// CPT reads a file line by line.
func TestTextsOfFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "texts.txt")
	if err := os.WriteFile(path, []byte("ཀ\n\nཁ་ག\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	texts, err := learningFlags{Texts: path}.texts(&program{}, "bo")
	if err != nil || !slices.Equal(texts, []string{"ཀ", "ཁ་ག"}) {
		t.Errorf("%q, %v", texts, err)
	}
}
