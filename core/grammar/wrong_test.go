package grammar

import (
	"math/rand/v2"
	"testing"
)

// What has one mistake can be said in every language, and is judged wrong there: the
// judge tells it from what was meant in nearly every wording (a few wordings leave open
// what the mistake is about).
func TestWrongIsJudgedWrong(t *testing.T) {
	g := Everyday()
	sentences, err := g.Generate(5, 600, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	for _, kind := range WrongKinds {
		made := 0
		for _, tag := range g.Languages() {
			said, believed := 0, 0
			for _, s := range sentences {
				wrong, ok := g.Wrong(s.Meaning, kind, random)
				if !ok {
					continue
				}
				if wrong.Equal(s.Meaning) {
					t.Fatalf("%s: %s is no mistake", kind, wrong)
				}
				made++
				text, err := g.Say(wrong, tag, random)
				if err != nil {
					continue // a wording may lack: another number of an uncountable
				}
				said++
				if exact, _, _ := g.Score(s.Meaning, tag, text); exact {
					believed++
					if believed <= 3 {
						t.Logf("%s, %s: %q is taken for %s", kind, tag, text, s.Meaning)
					}
				}
			}
			t.Logf("%s, %s: %d of %d are taken for right", kind, tag, believed, said)
			if said < 30 || believed*20 > said {
				t.Errorf("%s, %s: of %d mistakes %d are taken for right", kind, tag, said, believed)
			}
		}
	}
}
