package lang

import "testing"

// TestParticles holds the tables of the Thirty Verses against the functions.
func TestParticles(t *testing.T) {
	for _, row := range []struct {
		name string
		of   func(string) string
		want map[string]string
	}{
		{"genitive", Genitive, map[string]string{"དེབ": "དེབ་ཀྱི", "ང": "ངའི", "བདག": "བདག་གི", "ཁང": "ཁང་གི", "དགེ་རྒན": "དགེ་རྒན་གྱི",
			"བོད": "བོད་ཀྱི", "ལམ": "ལམ་གྱི", "མདའ": "མདའི", "བཀྲ་ཤིས": "བཀྲ་ཤིས་ཀྱི", "ལྷ་ས": "ལྷ་སའི", "འབྲོག་པ་": "འབྲོག་པའི", "བལྟ": "བལྟའི"}},
		{"ergative", Ergative, map[string]string{"ང": "ངས", "ཁོང": "ཁོང་གིས", "ཨ་མ": "ཨ་མས", "སྒྲོལ་མ": "སྒྲོལ་མས", "མདའ": "མདས", "བཀྲ་ཤིས": "བཀྲ་ཤིས་ཀྱིས"}},
		{"terminative", Terminative, map[string]string{"ལྷ་ས": "ལྷ་སར", "བོད": "བོད་དུ", "ནགས": "ནགས་སུ", "ལག": "ལག་ཏུ", "ཁྲོམ": "ཁྲོམ་དུ", "མཐའ": "མཐར", "ནམ་མཁའ": "ནམ་མཁར"}},
		{"indefinite", Indefinite, map[string]string{"མི": "མི་ཞིག", "དེབ": "དེབ་ཅིག", "གཡག": "གཡག་ཅིག", "ལས": "ལས་ཤིག", "ཁང": "ཁང་ཞིག"}},
		{"quoted", Quoted, map[string]string{"རེད": "རེད་ཅེས", "ཡིན": "ཡིན་ཞེས", "སོང": "སོང་ཞེས", "བྱས": "བྱས་ཞེས"}},
		{"also", Also, map[string]string{"ང": "ངའང", "རེད": "རེད་ཀྱང", "ཡིན": "ཡིན་ཡང", "མདའ": "མདའང"}},
		{"nominal", Nominal, map[string]string{"ཉོས": "ཉོས་པ", "འགྲོ": "འགྲོ་བ", "བཏང": "བཏང་བ", "ཤོར": "ཤོར་བ", "ཕྱིན": "ཕྱིན་པ", "བལྟ": "བལྟ་བ"}},
		{"continuing", Continuing, map[string]string{"བྱེད": "བྱེད་ཀྱི", "འགྲོ": "འགྲོ་གི", "ཡོང": "ཡོང་གི", "ལེན": "ལེན་གྱི", "སྦྱར": "སྦྱར་གྱི"}},
		{"terminated", Terminated, map[string]string{"ཡིན": "ཡིན་ནོ", "རེད": "རེད་དོ", "འགྲོ": "འགྲོའོ", "མདའ": "མདའོ"}},
		{"asked", Asked, map[string]string{"ཡིན": "ཡིན་ནམ", "རེད": "རེད་དམ", "འགྲོ": "འགྲོའམ"}},
		{"ended", Ended, map[string]string{"རེད": "རེད།", "སོང": "སོང་།", "འདུག": "འདུག", "འདུག་": "འདུག", "ཡིན་": "ཡིན།", "ཀློག་གི": "ཀློག་གི།"}},
	} {
		for in, want := range row.want {
			if got := row.of(in); got != want {
				t.Errorf("%s of %s: %s, want %s", row.name, in, got, want)
			}
		}
	}
}

// TestRuleCount finds kept and broken rules, and leaves words of the same letters.
func TestRuleCount(t *testing.T) {
	c := NewRuleCount()
	c.Read("བོད་ཀྱི་མི་ཞིག་འགྲོ་གི་རེད། ང་གི་དེབ་ཞིག་ཡོད། བྱས་པ་རེད། ཐོ་བ་རེད། འདུག་གམ། སོང་། སོང། འདུག འདུག།")
	for _, row := range []struct {
		rule       int
		seen, kept int
	}{
		{0, 3, 1}, // བོད་ཀྱི; འགྲོ་གི is one of verbs, ང་གི is wrong
		{2, 1, 1}, // འགྲོ་གི་རེད
		{4, 2, 1}, // མི་ཞིག; དེབ་ཞིག is wrong
		{7, 2, 2}, // བྱས་པ་རེད
		{8, 1, 1}, // འདུག་གམ
		{len(ParticleRules) + shadAfterNga, 2, 1},
		{len(ParticleRules) + shadAfterGa, 2, 1},
	} {
		if u := c.Uses()[row.rule]; u.Seen != row.seen || u.Kept != row.kept {
			t.Errorf("%s: %d kept of %d, want %d of %d", u.Rule, u.Kept, u.Seen, row.kept, row.seen)
		}
	}
}
