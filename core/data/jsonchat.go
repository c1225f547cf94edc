package data

import (
	"encoding/json"
	"strings"
)

// Chat comes in three forms: OpenAI's messages ({"role": "user", "content": …}),
// ShareGPT's conversations ({"from": "human", "value": …}), and TRL's prompt, completion,
// chosen and rejected, each a list of messages. What the user says first is the source,
// what the model answers the reference.

// chatTurn is one message of either form. The content of a message may be a list of
// parts, of which the texts count.
type chatTurn struct {
	Role    string          `json:"role"`
	From    string          `json:"from"`
	Content json.RawMessage `json:"content"`
	Value   json.RawMessage `json:"value"`
}

func (t chatTurn) who() string {
	switch t.Role + t.From {
	case "user", "human":
		return columnSource
	case "assistant", "gpt", "model":
		return columnReference
	}
	return t.Role + t.From
}

func (t chatTurn) text() string {
	raw := t.Content
	if raw == nil {
		raw = t.Value
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var parts []struct {
		Text string `json:"text"`
	}
	var texts []string
	if json.Unmarshal(raw, &parts) == nil {
		for _, p := range parts {
			texts = append(texts, p.Text)
		}
	}
	return strings.Join(texts, "\n")
}

// chatField is what a row takes from a chat.
type chatField struct {
	name, text string
	notText    bool
}

// chatFields gives the row's fields of a key that holds a chat, nil for any other. long
// tells that it has more turns than the one pair that is taken: the first question with
// its answer, or the last question of a prompt, which its completion answers.
func chatFields(key string, raw json.RawMessage) (fields []chatField, long bool) {
	var turns []chatTurn
	if raw[0] != '[' || json.Unmarshal(raw, &turns) != nil || len(turns) == 0 {
		return nil, false
	}
	texts, count := map[string]string{}, map[string]int{}
	for _, t := range turns {
		who := t.who()
		if count[who]++; count[who] == 1 || key == "prompt" {
			texts[who] = t.text()
		}
	}
	long = count[columnSource] > 1
	add := func(name, who string) {
		if count[who] > 0 {
			fields = append(fields, chatField{name: name, text: texts[who]})
		}
	}
	switch key {
	case "messages", "conversations", "conversation":
		add(columnSource, columnSource)
		add(columnReference, columnReference)
	case "prompt":
		add(key, columnSource)
	case "completion", "chosen", "rejected":
		add(key, columnReference)
	default:
		return nil, false
	}
	add("system", "system")
	return fields, long
}
