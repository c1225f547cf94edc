package language

// CLDR says Bangla now; models and their prompts know it as Bengali.
var _ = Register(Language{Tag: "bn", Names: Names{En: "Bengali"}, Also: []string{"Bangla"}})
