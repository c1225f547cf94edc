//go:build js && wasm

package main

import (
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

// lessonsKey is where this browser remembers how far its reader is with the lessons.
const lessonsKey = "dongyur.lessons"

// newCourse joins the lessons to the browser.
func (p *page) newCourse() *state.Course {
	course := state.NewCourse(p.app, func(c *state.Course) state.Trainer {
		return startWorker(func(ev protocol.Event) {
			c.Handle(ev)
			p.changed()
		}, func(text string) {
			c.TrainerFailed(text)
			p.changed()
		})
	})
	course.Remember(stored(ofSite, lessonsKey))
	return course
}

// followLessons brings the file that the lessons' view needs next, and remembers what
// its reader did.
func (p *page) followLessons() {
	c := p.course
	c.Follow()
	if text, revision := c.Kept(); revision != p.lessonsKept {
		p.lessonsKept = revision
		store(ofSite, lessonsKey, text)
	}
	name := c.Wants()
	if name == "" || name == p.lessonsFile {
		return
	}
	p.lessonsFile = name
	over := func() {
		p.lessonsFile = ""
		p.changed()
	}
	p.fetchFile(name, func(content []byte) {
		c.Arrived(name, content)
		over()
	}, func(why string) {
		c.Failed(name, why)
		over()
	})
}
