package view

import "github.com/dongyur/dongyur/ui/state"

// explained are the terms of the explanation, in their order.
var explained = []string{"about-step", "about-reward", "about-advantage", "about-leash", "about-tax", "about-method"}

func (c *Explanation) parts() []state.Term {
	var list []state.Term
	for _, key := range explained {
		if t, ok := c.App.Terms[key]; ok {
			list = append(list, t)
		}
	}
	return list
}
