// Package protocol is what a session is told and what it answers: commands in,
// events out, both plain structs with one JSON form. The native program, the
// page and the tests all speak it; over postMessage a command or an event is
// one JSON string. It knows no tensors, so the page's binary stays small.
//
// Every command carries an ID; every event that answers it carries the same ID
// in ReplyTo. A command ends with exactly one event of type Done or Failed.
// Long commands give Progress and their own events before that.
package protocol

import "github.com/dongyur/dongyur/core/task"

// StorageFolder is the folder of a browser's storage that page and worker keep
// everything in. Folders of runs are relative to it.
const StorageFolder = "dongyur"

// CommandType names what a session is asked to do.
type CommandType string

const (
	CmdLoad     CommandType = "load"     // Load: open model, tokenizer and encoder
	CmdExamples CommandType = "examples" // Examples: replace the examples at hand
	CmdGenerate CommandType = "generate" // Generate: stream completions of prompts
	CmdTrain    CommandType = "train"    // Train: run optimiser steps
	CmdPause    CommandType = "pause"    // pause training after the current step
	CmdResume   CommandType = "resume"   // go on after a pause
	CmdStep     CommandType = "step"     // run exactly one step, then pause
	CmdStop     CommandType = "stop"     // end evaluations, comparisons and generations, and training after the current step; the weights stay
	CmdReset    CommandType = "reset"    // drop the adapter: back to the base model
	CmdEvaluate CommandType = "evaluate" // Evaluate: metrics on held-out examples
	CmdCompare  CommandType = "compare"  // Compare: before and after, line by line
	CmdGroup    CommandType = "group"    // Look: one whole group; without Look the latest step's, one after the other
	CmdSave     CommandType = "save"     // Save: write adapter and state
	CmdRestore  CommandType = "restore"  // Restore: read them again
	CmdStarter  CommandType = "starter"  // Starter: the built-in examples of a task
	CmdParse    CommandType = "parse"    // Parse: read a pasted or imported table
	CmdExport   CommandType = "export"   // Export: write examples as a file
	CmdInspect  CommandType = "inspect"  // Inspect: find duplicates and leaks among examples
	CmdSplit    CommandType = "split"    // Split: choose the examples to hold out
)

// Command is one request. Only the field that belongs to Type is set.
type Command struct {
	ID       int         `json:"id"`
	Type     CommandType `json:"type"`
	Load     *Load       `json:"load,omitempty"`
	Examples *Examples   `json:"examples,omitempty"`
	Generate *Generate   `json:"generate,omitempty"`
	Train    *Train      `json:"train,omitempty"`
	Evaluate *Evaluate   `json:"evaluate,omitempty"`
	Compare  *Compare    `json:"compare,omitempty"`
	Look     *Look       `json:"look,omitempty"`
	Save     *Save       `json:"save,omitempty"`
	Restore  *Restore    `json:"restore,omitempty"`
	Starter  *Starter    `json:"starter,omitempty"`
	Parse    *Parse      `json:"parse,omitempty"`
	Export   *Export     `json:"export,omitempty"`
	Inspect  *Inspect    `json:"inspect,omitempty"`
	Split    *Split      `json:"split,omitempty"`
}

// Load names folders (natively) or URLs relative to the page (in a worker).
// Encoder may be empty: the policy's own mean-pooled hidden state then serves.
// Judge is the encoder that evaluates and never rewards; empty means none.
type Load struct {
	Model   string `json:"model"`
	Encoder string `json:"encoder,omitempty"`
	Judge   string `json:"judge,omitempty"`
	Adapter string `json:"adapter,omitempty"`
	Engine  string `json:"engine,omitempty"` // "", "go", "xla", "webgpu"; empty chooses

	// How the model is spoken to: a name of prompt.Names, or a Jinja template's text;
	// empty chooses. System is a message before every request.
	Template string `json:"template,omitempty"`
	System   string `json:"system,omitempty"`
}

// Examples sets what the session trains on and what it holds out. Tax holds
// texts by language ("en", "zh") whose loss is watched and never trained on.
// Texts are what CPT reads, without them the examples' own.
type Examples struct {
	Train   []task.Example      `json:"train"`
	HeldOut []task.Example      `json:"held_out"`
	Texts   []string            `json:"texts,omitempty"`
	Tax     map[string][]string `json:"tax,omitempty"`
}

// Generate asks for completions; Base ignores the adapter.
type Generate struct {
	Examples []task.Example `json:"examples"`
	Sampling task.Sampling  `json:"sampling"`
	Count    int            `json:"count,omitempty"` // completions a prompt, default 1
	Base     bool           `json:"base,omitempty"`
	Usual    bool           `json:"usual,omitempty"` // draw as the model's generation_config.json says
	Score    bool           `json:"score,omitempty"` // give each completion the terms "similarity", to its source, and "log_prob", the mean over all tokens
}

// Evaluate measures held-out examples with the base model or with the adapter.
type Evaluate struct {
	Base     bool          `json:"base,omitempty"`
	Limit    int           `json:"limit,omitempty"` // 0: all
	Sampling task.Sampling `json:"sampling"`
}

// Compare generates before (base) and after (adapter) for held-out examples.
type Compare struct {
	Limit    int           `json:"limit,omitempty"`
	Sampling task.Sampling `json:"sampling"`
}

// Save and Restore name a folder; in a worker the files travel in File events.
type Save struct {
	Dir string `json:"dir,omitempty"`
}

// Restore reads what Save wrote. Files, when set, replaces the folder. Change holds
// settings to go on with, by their paths in Train's JSON: those that a Setting says may
// change later, keep.save_every, measures.tax_every and measures.tax_scores.
type Restore struct {
	Dir    string            `json:"dir,omitempty"`
	Files  map[string][]byte `json:"files,omitempty"`
	Change map[string]any    `json:"change,omitempty"`
}

// Starter asks for the built-in examples of a task; Parsed answers.
type Starter struct {
	Task       string `json:"task"`
	SourceLang string `json:"source_lang"`
	TargetLang string `json:"target_lang"`
}
