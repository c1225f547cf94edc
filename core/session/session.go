// Package session is one user's work: a model, its encoders, examples and at most
// one training run. It takes protocol commands and gives protocol events; the
// native program, the page's worker and the tests drive it alike.
//
// All work happens on one goroutine, in the order of the commands. While a run
// goes on, commands are served between its steps, so a pause takes effect after at
// most one more step, and a group, an evaluation or a save can be asked for at any
// time. A stop alone is heard at once: it ends an evaluation, a comparison or a
// generation between two tokens, and what was measured by then is reported.
package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"sync"

	"github.com/gomlx/compute"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/prompt"
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

// Saves keeps what runs save: in folders on disk natively, in the browser's own
// storage in a worker.
type Saves interface {
	// Write puts files into a folder in their order, each in one move: a file that it
	// could not write is as it was.
	Write(dir string, files []protocol.File) error
	Read(dir, name string) ([]byte, error)
}

// Options of a session.
type Options struct {
	Engine string // engine.Open's name; "" chooses
	// EngineReason says to people why Engine was named; it comes with ready.
	EngineReason string
	Files        Files                // where models come from
	Saves        Saves                // where runs are kept; nil: Disk
	Emit         func(protocol.Event) // told everything; called from the session's goroutine
	// Encoder opens encoders that are neither folders nor built in, such as served
	// ones; ok is false for a name that is not its own. It may be nil.
	Encoder func(name string) (e reward.Encoder, ok bool, err error)
	// KeepEvery is after how many steps a run is kept in memory, to go on from when the
	// engine's device is lost; 0 never.
	KeepEvery int
	Yield     func() // lets a single-threaded host in between pieces of work; nil: runtime.Gosched
}

// queued is how many commands may wait.
const queued = 256

// ErrClosed is what Do answers after Close.
var ErrClosed = errors.New("the session is closed; start another")

// Session is a running session.
type Session struct {
	options Options
	closed  chan struct{}

	mutex    sync.Mutex // of what Do and Close share with the session's goroutine
	commands chan *request
	closing  bool
	endable  map[*request]context.CancelFunc // that wait or are at work
	inStep   context.CancelFunc              // of measurements after a run's step; nil: none are at work

	engineName   string // for people
	engineChoice string // as it is asked for
	engineReason string // why it was chosen, where there was a choice
	engine       compute.Backend

	loaded    *loaded
	examples  protocol.Examples
	run       *run
	lastGroup int // of the latest step, the next group to show
	losses    int // of the device since the last step

	waiting []*request // that came while the engine was opened, and need it
}

// loaded is what a Load opened.
type loaded struct {
	command     protocol.Load
	policy      *model.Policy
	tokenizer   *token.Tokenizer
	form        *prompt.Form
	generation  prompt.Generation // how the model's makers draw its answers
	sampler     *rollout.Sampler
	encoder     reward.Encoder
	encoderName string
	judge       eval.Encoder
	judgeName   string
}

// request is a command that waits or is at work.
type request struct {
	protocol.Command
	ctx   context.Context // ends before its time what can be ended
	ended bool            // a stop that has ended other commands
}

// New starts a session; it reports ready, or failed if its engine cannot be opened.
func New(options Options) *Session {
	if options.Yield == nil {
		options.Yield = runtime.Gosched // js/wasm has one thread and takes it from nobody
	}
	if options.Saves == nil {
		options.Saves = Disk{}
	}
	s := &Session{options: options, commands: make(chan *request, queued), endable: map[*request]context.CancelFunc{}, closed: make(chan struct{})}
	go s.work()
	return s
}

// Do queues a command and returns at once. A stop ends the evaluations, comparisons
// and generations before it at once, and the run when its turn comes. A command that
// Do refuses has no events: it came after Close, or too many wait.
func (s *Session) Do(command protocol.Command) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closing {
		return fmt.Errorf("%s: %w", command.Type, ErrClosed)
	}
	if len(s.commands) == queued {
		return fmt.Errorf("%s: %d commands are waiting already; wait for some to end", command.Type, queued)
	}
	waiting := &request{Command: command, ctx: context.Background()}
	switch command.Type {
	case protocol.CmdEvaluate, protocol.CmdCompare, protocol.CmdGenerate:
		waiting.ctx, s.endable[waiting] = context.WithCancel(waiting.ctx)
	case protocol.CmdStop:
		waiting.ended = len(s.endable) > 0
		s.endAll()
	}
	s.commands <- waiting // has room: nobody else puts anything in
	return nil
}

// endAll ends what can be ended; the mutex is held.
func (s *Session) endAll() {
	for _, cancel := range s.endable {
		cancel()
	}
	if s.inStep != nil {
		s.inStep()
	}
}

// Close ends what is at work as a stop does, and the run: it is saved if it has a
// folder, and its command ends. Commands that wait are carried out first, but
// nothing long: evaluations, comparisons, generations and new runs end at once.
func (s *Session) Close() {
	s.mutex.Lock()
	if !s.closing {
		s.closing = true
		close(s.commands)
		s.endAll()
	}
	s.mutex.Unlock()
	<-s.closed
}

// endableStep runs a piece of work of a run's step that a stop or Close can end.
func (s *Session) endableStep(work func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	s.mutex.Lock()
	s.inStep = cancel
	if s.closing {
		cancel()
	}
	s.mutex.Unlock()
	defer func() {
		s.mutex.Lock()
		s.inStep = nil
		s.mutex.Unlock()
		cancel()
	}()
	return work(ctx)
}

// work is the session's goroutine.
func (s *Session) work() {
	defer close(s.closed)
	defer s.close()
	s.openFirst()
	for {
		if len(s.waiting) > 0 {
			command := s.waiting[0]
			s.waiting = s.waiting[1:]
			s.serve(command)
			continue
		}
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

// openFirst opens the engine, which may take seconds where several are tried, and
// meanwhile serves what needs none: examples are there at once.
func (s *Session) openFirst() {
	opened := make(chan error, 1)
	go func() { opened <- s.open(s.options.Engine) }()
	commands := s.commands
	for {
		select {
		case err := <-opened:
			if err != nil {
				s.options.Emit(failed(0, err))
				return
			}
			s.options.Emit(Greeting(s.engineName, s.engineReason))
			return
		case command, ok := <-commands:
			switch {
			case !ok:
				commands = nil // closed: what waits is carried out when the engine is there
			case command.Type == protocol.CmdStarter || command.Type == protocol.CmdParse:
				s.serve(command)
			default:
				s.waiting = append(s.waiting, command)
			}
		}
	}
}

// close ends the run, if one goes on or is paused.
func (s *Session) close() {
	if s.run == nil || s.run.ended {
		return
	}
	if err := s.finish(); err != nil {
		s.endRun(err)
	}
}

// open opens an engine unless it is the one at hand.
func (s *Session) open(name string) error {
	auto := name == "" || name == "auto"
	if s.engine != nil && (auto || name == s.engineChoice) {
		return nil
	}
	choice := engine.Choice{Name: name}
	if name == s.options.Engine {
		choice.Reason = s.options.EngineReason
	}
	var err error
	if auto {
		choice, err = engine.Choose()
	} else {
		choice.Backend, err = engine.Open(name)
	}
	if err != nil {
		return err
	}
	s.engine, s.engineName, s.engineChoice, s.engineReason = choice.Backend, choice.Backend.Name(), choice.Name, choice.Reason
	return nil
}

// serve carries out one command and reports its end, unless the end is a run's.
func (s *Session) serve(command *request) {
	var err error
	if done := command.ended && (s.run == nil || s.run.ended); !done {
		if err = guarded(func() error { return s.carryOut(command.ctx, command.Command) }); isLost(err) {
			if fault := s.recover(err); fault != nil {
				err = fault
			} else {
				err = fmt.Errorf("%w; the device is open again: give the command once more", err)
			}
		}
	}
	s.mutex.Lock()
	if cancel, ok := s.endable[command]; ok {
		cancel()
		delete(s.endable, command)
	}
	s.mutex.Unlock()
	switch {
	case err != nil:
		s.options.Emit(failed(command.ID, err))
	case s.run != nil && s.run.id == command.ID && !s.run.ended:
		// The run reports it.
	default:
		s.emit(command.ID, protocol.Event{Type: protocol.EvDone})
	}
}

// modelFree are the commands that need no model.
var modelFree = map[protocol.CommandType]bool{
	protocol.CmdLoad: true, protocol.CmdRestore: true, protocol.CmdStarter: true, protocol.CmdParse: true,
	protocol.CmdExport: true, protocol.CmdInspect: true, protocol.CmdSplit: true,
}

// carryOut is the table of commands.
func (s *Session) carryOut(ctx context.Context, c protocol.Command) error {
	if s.loaded == nil && !modelFree[c.Type] {
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
	case c.Type == protocol.CmdExport && c.Export != nil:
		return s.export(c.ID, *c.Export)
	case c.Type == protocol.CmdInspect && c.Inspect != nil:
		s.emit(c.ID, protocol.Event{Type: protocol.EvMatches, Matches: data.Inspect(c.Inspect.Examples)})
		return nil
	case c.Type == protocol.CmdSplit && c.Split != nil:
		return s.split(c.ID, *c.Split)
	case c.Type == protocol.CmdGenerate && c.Generate != nil:
		return s.generate(ctx, c.ID, *c.Generate)
	case c.Type == protocol.CmdTrain && c.Train != nil:
		return s.train(c.ID, *c.Train)
	case c.Type == protocol.CmdEvaluate && c.Evaluate != nil:
		return s.evaluate(ctx, c.ID, *c.Evaluate)
	case c.Type == protocol.CmdCompare && c.Compare != nil:
		return s.compare(ctx, c.ID, *c.Compare)
	case c.Type == protocol.CmdSave && c.Save != nil:
		return s.save(c.ID, c.Save.Dir)
	case c.Type == protocol.CmdRestore && c.Restore != nil:
		return s.restore(c.ID, *c.Restore)
	case c.Type == protocol.CmdGroup:
		return s.group(c.ID, c.Look)
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
	if c.Type == protocol.CmdPause {
		s.saveMidway()
	}
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
