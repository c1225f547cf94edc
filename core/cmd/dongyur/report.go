package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/dongyur/dongyur/core/report"
	"github.com/dongyur/dongyur/core/train"
)

type reportCommand struct {
	Runs []string `arg:"" help:"Folders of runs." type:"existingdir"`
	Out  []string `help:"Files to write; .html, .json or .csv says what." default:"report.html" type:"path"`
}

// Help is the command's example.
func (reportCommand) Help() string {
	return "Example:\n\n  dongyur report runs/grpo-1 runs/sft-1 --out report.html --out report.csv\n\n" +
		"The page needs nothing but itself: tables with intervals, curves, answers side by side, settings and seeds."
}

// Run writes the report in each form that is asked for.
func (c *reportCommand) Run(cli *program) error {
	var runs []*report.Run
	for _, dir := range c.Runs {
		run, err := report.Read(dir)
		if err != nil {
			return err
		}
		runs = append(runs, run)
	}
	document, err := report.New(runs)
	if err != nil {
		return err
	}
	forms := map[string]func(io.Writer) error{".html": document.WriteHTML, ".json": document.WriteJSON, ".csv": document.WriteCSV}
	for _, path := range c.Out {
		if forms[filepath.Ext(path)] == nil {
			return fmt.Errorf("--out %s: a report is written as .html, .json or .csv", path)
		}
	}
	for _, path := range c.Out {
		if err := train.WriteFile(path, forms[filepath.Ext(path)]); err != nil {
			return err
		}
		if cli.JSON {
			printJSON(map[string]string{"type": "report", "file": path})
		} else {
			fmt.Println(path)
		}
	}
	return nil
}
