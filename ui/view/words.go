package view

// Words are the page's texts in one language.
type Words struct {
	Train, Inside, Compare                              string
	Play, Pause, Resume, Step, Stop, Reset, Views, Bar  string
	Idle, Training, Paused, Starting, WorkerBroken      string
	Task, Model, Method, Load, Loading, LoadedModel     string
	Retry, Undo, Dismiss, Restart                       string
	Rewards, RewardsNote, More                          string
	Examples, Starter, AddRow, Clear, Import            string
	ImportNote, Read, ChooseFile, Source, Reference     string
	Test, TestNote, Remove, Reading                     string
	Latest, LatestHint, NoSpread                        string
	Curves, CurvesHint, ClearRuns                       string
	Held, HeldHint, CompareNow, Download, Before, After string
	NoFont                                              string
}

// W is what the page speaks.
var W = English

// English texts.
var English = Words{
	Train: "Train", Inside: "Inside a step", Compare: "Before / after",
	Play: "Train", Pause: "Pause", Resume: "Resume", Step: "Step", Stop: "Stop", Reset: "Reset",
	Views: "Views", Bar: "Run",
	Idle: "ready", Training: "training", Paused: "paused", Starting: "starting the trainer…", WorkerBroken: "the trainer did not start",
	Task: "Task", Model: "Model", Method: "Learn by", Load: "Load model", Loading: "Loading", LoadedModel: "Loaded",
	Retry: "Retry", Undo: "Undo", Dismiss: "Dismiss", Restart: "Restart with this",
	Rewards:     "Reward weights",
	RewardsNote: "What a good answer earns. Similarity is measured by a small sentence encoder and counts above τ.",
	More:        "More settings",
	Examples:    "Examples", Starter: "Starter set", AddRow: "Add row", Clear: "Clear", Import: "Paste or import",
	ImportNote: "Two columns, source and reference, as TSV, CSV or JSON Lines; or drop a file here. It stays on this machine.",
	Read:       "Read the table", ChooseFile: "Choose a file", Source: "Source", Reference: "Reference",
	Test: "Test", TestNote: "Held out: measured on, never trained on", Remove: "Remove row", Reading: "reading…",
	Latest:     "Samples of the latest step",
	LatestHint: "Press Train. The model writes several answers to each prompt; each is scored; answers better than their group's mean become more likely.",
	NoSpread:   "All rewards are equal: no learning signal in this group.",
	Curves:     "Curves",
	CurvesHint: "Curves appear with the first step.",
	ClearRuns:  "Clear ended runs",
	Held:       "Held-out lines, before and after",
	HeldHint:   "Lines the model never trains on, answered by the model as it was and as it is now.",
	CompareNow: "Compare now", Download: "Download adapter", Before: "Before", After: "After",
	NoFont: "This page found no Tibetan font, so Tibetan may show as boxes. Install Noto Serif Tibetan, or run `make page` where npm is installed.",
}

func taskTitle(key string) string {
	switch key {
	case "zh-bo":
		return "Translate Chinese → Tibetan"
	case "bo-zh":
		return "Translate Tibetan → Chinese"
	case "headline-bo":
		return "Headline for a Tibetan news text"
	}
	return key
}
