package protocol

import "github.com/dongyur/dongyur/core/task"

// EventType names what a session reports.
type EventType string

const (
	EvReady      EventType = "ready"      // the session waits for commands; Engine, Methods, Terms, Settings, Tasks, Languages and Formats are set, and Message where the engine was chosen among several
	EvProgress   EventType = "progress"   // Progress: bytes or items of a long command
	EvLoaded     EventType = "loaded"     // Loaded: what was opened
	EvRestored   EventType = "restored"   // Restored: the run that stands paused where it was saved
	EvTokens     EventType = "tokens"     // Tokens: a piece of a completion
	EvCompletion EventType = "completion" // Completion: a finished one
	EvStep       EventType = "step"       // Step: one optimiser step
	EvState      EventType = "state"      // State: idle, training, paused
	EvTax        EventType = "tax"        // Tax: held-out loss by language
	EvGroup      EventType = "group"      // Group: one prompt's completions with advantages
	EvMap        EventType = "map"        // Map: where texts lie by their meaning
	EvFollowed   EventType = "followed"   // Followed: answers to the prompts that a run follows
	EvScores     EventType = "scores"     // Scores: metrics of an evaluation
	EvCompared   EventType = "compared"   // Compared: one line, before and after
	EvFile       EventType = "file"       // File: one file of a save
	EvSaved      EventType = "saved"      // Saved: a run was kept in its folder
	EvParsed     EventType = "parsed"     // Parsed: the examples of a table or of the starter set
	EvMatches    EventType = "matches"    // Matches: which examples are nearly the same
	EvSplit      EventType = "split"      // Parts: which examples are held out
	EvWarning    EventType = "warning"    // Message: something is off, work goes on
	EvDone       EventType = "done"       // the command ended well
	EvFailed     EventType = "failed"     // Message: the command ended with an error
)

// Event is one report. Only the field that belongs to Type is set.
type Event struct {
	ReplyTo    int           `json:"reply_to"`
	Type       EventType     `json:"type"`
	Engine     string        `json:"engine,omitempty"`
	Message    string        `json:"message,omitempty"`
	Methods    []Method      `json:"methods,omitempty"` // of ready, as what follows
	Terms      []Term        `json:"terms,omitempty"`
	Settings   []Setting     `json:"settings,omitempty"`
	Tasks      []Task        `json:"tasks,omitempty"`
	Languages  []Language    `json:"languages,omitempty"`
	Formats    []TableFormat `json:"formats,omitempty"`
	Collapse   string        `json:"collapse,omitempty"`      // of a warning, if a run has collapsed: "empty outputs", "zero spread", "KL blow-up", "zero gradient", "chance" or "NaN"
	Memory     int64         `json:"memory,omitempty"`        // bytes that the session's process holds; of loaded and of steps, where it is known
	Device     int64         `json:"device_memory,omitempty"` // bytes that its buffers have on a graphics device, besides
	State      string        `json:"state,omitempty"`
	Progress   *Progress     `json:"progress,omitempty"`
	Loaded     *Loaded       `json:"loaded,omitempty"`
	Restored   *Restored     `json:"restored,omitempty"`
	Tokens     *Tokens       `json:"tokens,omitempty"`
	Completion *Completion   `json:"completion,omitempty"`
	Step       *Step         `json:"step,omitempty"`
	Tax        *Tax          `json:"tax,omitempty"`
	Group      *Group        `json:"group,omitempty"`
	Map        *Map          `json:"map,omitempty"`
	Followed   *Followed     `json:"followed,omitempty"`
	Scores     *Scores       `json:"scores,omitempty"`
	Compared   *Compared     `json:"compared,omitempty"`
	File       *File         `json:"file,omitempty"`
	Saved      *Saved        `json:"saved,omitempty"`
	Parsed     *Parsed       `json:"parsed,omitempty"`
	Matches    []Match       `json:"matches,omitempty"`
	Parts      *Parts        `json:"parts,omitempty"`
}

// Progress of a long command: Done of Total, in Unit ("bytes", "answers").
// Total 0 means unknown.
type Progress struct {
	What  string `json:"what"`
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
	Unit  string `json:"unit"`
}

// Loaded tells what a Load opened.
type Loaded struct {
	Model      string `json:"model"`
	Parameters int64  `json:"parameters"`
	Vocabulary int    `json:"vocabulary"`
	Context    int    `json:"context"`
	Encoder    string `json:"encoder"` // "policy" when the policy's own hidden state serves
	Judge      string `json:"judge,omitempty"`
	Adapter    string `json:"adapter,omitempty"`
	Template   string `json:"template,omitempty"` // the form in which it is spoken to
}

// Restored tells which run a Restore opened.
type Restored struct {
	Step  int   `json:"step"` // steps done
	Train Train `json:"train"`
}

// Tokens is a piece of streamed text, with the probability of each token in it.
type Tokens struct {
	Example       string    `json:"example"`
	Index         int       `json:"index"` // which of the prompt's completions
	Text          string    `json:"text"`
	Probabilities []float64 `json:"probabilities"`
}

// Completion is one sampled answer. LogProbs are natural logs, one a token,
// over the truncated support it was drawn from.
type Completion struct {
	Example   string             `json:"example"`
	Index     int                `json:"index"`
	Text      string             `json:"text"`
	Pieces    []string           `json:"pieces,omitempty"` // text by token
	LogProbs  []float64          `json:"log_probs,omitempty"`
	Before    []float64          `json:"before,omitempty"` // over the whole vocabulary, with the weights that drew it
	Now       []float64          `json:"now,omitempty"`    // the same with the weights as they are, where a Look asks
	Finished  bool               `json:"finished"`         // ended by itself, not by MaxTokens
	Terms     map[string]float64 `json:"terms,omitempty"`
	Why       map[string]Text    `json:"why,omitempty"` // what each term found, where a Look asks
	Reward    float64            `json:"reward"`
	Advantage float64            `json:"advantage"`
}

// Step reports one optimiser step. Shares are in 0..1, KL and Entropy in nats
// a token, Length in tokens.
type Step struct {
	Step            int                `json:"step"`  // from 1
	Steps           int                `json:"steps"` // planned
	Loss            float64            `json:"loss"`
	Reward          float64            `json:"reward"` // mean over completions
	Terms           map[string]float64 `json:"terms,omitempty"`
	KL              float64            `json:"kl"`
	Entropy         float64            `json:"entropy"`
	ClipShare       float64            `json:"clip_share"`
	ZeroSpreadShare float64            `json:"zero_spread_share"`
	Resampled       int                `json:"resampled,omitempty"` // prompts drawn in place of others whose groups had no spread
	Figures         map[string]float64 `json:"figures,omitempty"`   // what the method measures besides
	Length          float64            `json:"length"`
	GradNorm        float64            `json:"grad_norm"`
	LearningRate    float64            `json:"learning_rate"`
	TokensPerSecond float64            `json:"tokens_per_second"`
	Seconds         float64            `json:"seconds"`
}

// Tax is the held-out loss by language, nats a token, at a step, and how it has
// moved from the base model's.
type Tax struct {
	Step  int                `json:"step"`
	NLL   map[string]float64 `json:"nll"`
	Drift map[string]Drift   `json:"drift,omitempty"`
}

// Drift is how the loss of held-out texts has moved, nats a token: in the mean, and
// at the 90th percentile of their pieces.
type Drift struct {
	Mean float64 `json:"mean"`
	P90  float64 `json:"p90"`
}

// Scores of an evaluation; Which is "base" or "adapter", Change is after minus
// before (a comparison only). Step is set where a run reports its progress.
type Scores struct {
	Which  string       `json:"which"`
	Step   int          `json:"step,omitempty"`
	Count  int          `json:"count"`
	Scores []task.Score `json:"scores"`
	Change []task.Score `json:"change,omitempty"`
}

// Compared is one held-out line before and after training.
type Compared struct {
	Example task.Example       `json:"example"`
	Before  string             `json:"before"`
	After   string             `json:"after"`
	Metrics map[string]float64 `json:"metrics"` // "chrf_before", "similarity_after", …
}

// File is one file of a save, for a page to keep or to offer for download.
type File struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

// Saved tells up to which step a run is kept.
type Saved struct {
	Dir  string `json:"dir"`
	Step int    `json:"step"`
}
