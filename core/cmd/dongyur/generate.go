package main

import (
	"context"
	"fmt"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

type generateCommand struct {
	modelFlags
	drawFlags
	Task  string `help:"What to do with the text: ${tasks}." default:"translate" enum:"${tasks}"`
	From  tag    `help:"Language of the text: a tag such as yo, zh-Hant or kk-Arab, or a name." default:"bo"`
	To    tag    `help:"Language of the answer; without it the one that the starter set has beside --from."`
	Count int    `help:"Answers." default:"1"`
	Base  bool   `help:"Leave the adapter out."`
	Text  string `arg:"" help:"The text."`
}

// Help is the command's example.
func (generateCommand) Help() string {
	return "Example:\n\n  dongyur generate --model assets/models/nano --from zh --to bo 网络异常"
}

// Run prints answers as they are made.
func (c *generateCommand) Run(ctx context.Context, cli *program) error {
	flags := exampleFlags{Task: c.Task, From: c.From, To: c.To}
	if err := flags.checkLanguages(); err != nil {
		return err
	}
	sampling, err := c.sampling()
	if err != nil {
		return err
	}
	session, err := newClient(cli.Engine)
	if err != nil {
		return err
	}
	if err := session.load(ctx, c.modelFlags, cli.Engine); err != nil {
		return err
	}
	example := task.Example{ID: "text", Task: c.Task, Source: c.Text, SourceLang: string(c.From), TargetLang: flags.target()}
	command := protocol.Command{Type: protocol.CmdGenerate, Generate: &protocol.Generate{
		Examples: []task.Example{example}, Count: c.Count, Base: c.Base,
		Sampling: sampling, Usual: c.Temperature == nil,
	}}
	return orInterrupted(session.do(ctx, command, func(e protocol.Event) {
		switch {
		case cli.JSON && (e.Type == protocol.EvTokens || e.Type == protocol.EvCompletion):
			printJSON(e)
		case !cli.JSON && e.Type == protocol.EvTokens && c.Count == 1:
			fmt.Print(e.Tokens.Text)
		case !cli.JSON && e.Type == protocol.EvCompletion && c.Count == 1:
			fmt.Println()
		case !cli.JSON && e.Type == protocol.EvCompletion:
			fmt.Println(e.Completion.Text)
		}
	}), "what was said by then is above")
}
