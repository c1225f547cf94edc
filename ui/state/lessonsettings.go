package state

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
)

// settingOf is where a run's setting lies that a lesson can change, nil for others.
func settingOf(t *protocol.Train, key string) any {
	switch key {
	case "steps":
		return &t.Steps
	case "prompts":
		return &t.Prompts
	case "group":
		return &t.Group
	case "epochs":
		return &t.Epochs
	case "tokens":
		return &t.Sampling.MaxTokens
	case "learning-rate":
		return &t.LearningRate
	case "beta":
		return &t.Beta
	case "clip-low":
		return &t.ClipLow
	case "clip-high":
		return &t.ClipHigh
	case "similarity":
		return &t.Reward.Similarity.Weight
	case "language":
		return &t.Reward.Language.Weight
	case "length":
		return &t.Reward.Length.Weight
	case "repetition":
		return &t.Reward.Repetition.Weight
	case "copy":
		return &t.Reward.Copy.Weight
	case "consistency":
		return &t.Reward.Consistency.Weight
	}
	return nil
}

// take changes a page's settings to those of a lesson's run.
func (a *App) take(r LessonRun) error {
	var wrong []error
	for _, part := range strings.Split(r.Address, "&") {
		key, value, _ := strings.Cut(part, "=")
		if key == "method" {
			a.ChooseMethod(value)
			if a.Method != value {
				wrong = append(wrong, fmt.Errorf("there is no method %q", value))
			}
			continue
		}
		a.Change(func(t *protocol.Train) {
			var err error
			switch at := settingOf(t, key).(type) {
			case *int:
				*at, err = strconv.Atoi(value)
			case *float64:
				*at, err = strconv.ParseFloat(value, 64)
			default:
				err = errors.New("there is no such setting")
			}
			if err != nil {
				wrong = append(wrong, fmt.Errorf("%s: %w", part, err))
			}
		})
	}
	return errors.Join(wrong...)
}
