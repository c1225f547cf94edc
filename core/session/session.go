// Package session is one user's work: a model, its encoders, examples and at most
// one training run. It takes protocol commands and gives protocol events; the
// native program, the page's worker and the tests drive it alike.
//
// All work happens on one goroutine, in the order of the commands. While a run
// goes on, commands are served between its steps, so a pause takes effect after at
// most one more step, and a group, an evaluation or a save can be asked for at any
// time.
package session

import (
	"fmt"
	"io/fs"
	"runtime"

	"github.com/gomlx/compute"

	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/token"
)

// Files opens folders of models: on disk natively, by fetching in a worker.
// progress may be called with the bytes so far and in all.
type Files interface {
	Open(path string, progress func(done, total int64)) (fs.FS, error)
}

// Options of a session.
type Options struct {
	Engine string               // engine.Open's name; "" chooses
	Files  Files                // where models come from
	Emit   func(protocol.Event) // told everything; called from the session's goroutine
	// Encoder opens encoders that are neither folders nor built in, such as served
	// ones; ok is false for a name that is not its own. It may be nil.
	Encoder func(name string) (e reward.Encoder, ok bool, err error)
	Yield   func() // lets a single-threaded host in between pieces of work; nil: runtime.Gosched
}

// queued is how many commands may wait.
const queued = 256

// Session is a running session.
type Session struct {
	options  Options
	commands chan protocol.Command
	closed   chan struct{}

	engineName   string // for people
	engineChoice string // as it is asked for
	engine       compute.Backend

	loaded    *loaded
	examples  protocol.Examples
	run       *run
	lastGroup int // of the latest step, the next group to show
}

// loaded is what a Load opened.
type loaded struct {
	command     protocol.Load
	policy      *model.Policy
	tokenizer   *token.Tokenizer
	sampler     *rollout.Sampler
	encoder     reward.Encoder
	encoderName string
	judge       eval.Encoder
	judgeName   string
}

// New starts a session; it reports ready, or failed if its engine cannot be opened.
func New(options Options) *Session {
	if options.Yield == nil {
		options.Yield = runtime.Gosched // js/wasm has one thread and takes it from nobody
	}
	s := &Session{options: options, commands: make(chan protocol.Command, queued), closed: make(chan struct{})}
	go s.work()
	return s
}

// Do queues a command and returns at once.
func (s *Session) Do(command protocol.Command) {
	select {
	case s.commands <- command:
	default:
		s.options.Emit(failed(command.ID, fmt.Errorf("%d commands are waiting already; wait for some to end", queued)))
	}
}

// Close ends the session after the commands that are queued; a run is left where
// it is.
func (s *Session) Close() {
	close(s.commands)
	<-s.closed
}

// work is the session's goroutine.
func (s *Session) work() {
	defer close(s.closed)
	if err := s.open(s.options.Engine); err != nil {
		s.options.Emit(failed(0, err))
	} else {
		s.options.Emit(protocol.Event{Type: protocol.EvReady, Engine: s.engineName})
	}
	for {
		if s.run.active() {
			s.options.Yield()
			select {
			case command, ok := <-s.commands:
				if !ok {
					return
				}
				s.serve(command)
			default:
				s.step()
			}
			continue
		}
		command, ok := <-s.commands
		if !ok {
			return
		}
		s.serve(command)
	}
}

// open opens an engine unless it is the one at hand.
func (s *Session) open(name string) error {
	if s.engine != nil && (name == "" || engine.Resolve(name) == s.engineChoice) {
		return nil
	}
	backend, err := engine.Open(name)
	if err != nil {
		return err
	}
	s.engine, s.engineName, s.engineChoice = backend, backend.Name(), engine.Resolve(name)
	return nil
}

// serve carries out one command and reports its end, unless the end is a run's.
func (s *Session) serve(command protocol.Command) {
	err := s.carryOut(command)
	switch {
	case err != nil:
		s.options.Emit(failed(command.ID, err))
	case s.run != nil && s.run.id == command.ID && !s.run.ended:
		// The run reports it.
	default:
		s.emit(command.ID, protocol.Event{Type: protocol.EvDone})
	}
}

// carryOut is the table of commands.
func (s *Session) carryOut(c protocol.Command) error {
	if c.Type != protocol.CmdLoad && c.Type != protocol.CmdStarter && c.Type != protocol.CmdParse && c.Type != protocol.CmdRestore && s.loaded == nil {
		return fmt.Errorf("%s: no model is open; load one first", c.Type)
	}
	switch {
	case c.Type == protocol.CmdLoad && c.Load != nil:
		return s.load(c.ID, *c.Load)
	case c.Type == protocol.CmdExamples && c.Examples != nil:
		s.examples = *c.Examples
		return nil
	case c.Type == protocol.CmdStarter && c.Starter != nil:
		return s.starter(c.ID, *c.Starter)
	case c.Type == protocol.CmdParse && c.Parse != nil:
		return s.parse(c.ID, *c.Parse)
	case c.Type == protocol.CmdGenerate && c.Generate != nil:
		return s.generate(c.ID, *c.Generate)
	case c.Type == protocol.CmdTrain && c.Train != nil:
		return s.train(c.ID, *c.Train)
	case c.Type == protocol.CmdEvaluate && c.Evaluate != nil:
		return s.evaluate(c.ID, *c.Evaluate)
	case c.Type == protocol.CmdCompare && c.Compare != nil:
		return s.compare(c.ID, *c.Compare)
	case c.Type == protocol.CmdSave && c.Save != nil:
		return s.save(c.ID, c.Save.Dir)
	case c.Type == protocol.CmdRestore && c.Restore != nil:
		return s.restore(c.ID, *c.Restore)
	case c.Type == protocol.CmdGroup:
		return s.group(c.ID)
	case c.Type == protocol.CmdReset:
		return s.reset()
	}
	return s.control(c)
}

// control moves the run: pause, resume, step, stop.
func (s *Session) control(c protocol.Command) error {
	moves := map[protocol.CommandType]bool{protocol.CmdPause: true, protocol.CmdResume: true, protocol.CmdStep: true, protocol.CmdStop: true}
	switch {
	case !moves[c.Type]:
		return fmt.Errorf("command %q is unknown or lacks its settings", c.Type)
	case s.run == nil || s.run.ended:
		return fmt.Errorf("%s: no run is going on; start one with train", c.Type)
	}
	if s.run.id == 0 && (c.Type == protocol.CmdResume || c.Type == protocol.CmdStep) {
		s.run.id = c.ID // a restored run's end answers the command that set it going
	}
	switch c.Type {
	case protocol.CmdPause:
		s.run.paused, s.run.single = true, false
	case protocol.CmdResume:
		s.run.paused, s.run.single = false, false
	case protocol.CmdStep:
		s.run.paused, s.run.single = false, true
	case protocol.CmdStop:
		err := s.finish()
		if err != nil {
			s.state()
			s.endRun(err)
		}
		return err
	}
	s.state()
	return nil
}

// emit reports an event of a command.
func (s *Session) emit(id int, event protocol.Event) {
	event.ReplyTo = id
	s.options.Emit(event)
}

func failed(id int, err error) protocol.Event {
	return protocol.Event{ReplyTo: id, Type: protocol.EvFailed, Message: err.Error()}
}

// warn reports something off that does not end the work.
func (s *Session) warn(id int, format string, arguments ...any) {
	s.emit(id, protocol.Event{Type: protocol.EvWarning, Message: fmt.Sprintf(format, arguments...)})
}
