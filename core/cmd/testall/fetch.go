package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

const installChromium = "install Chromium or Chrome (Debian, Ubuntu: apt-get install chromium), " +
	"or name one with CHROME=/path/to/chrome"

// browserNames are the commands and places under which Chromium and its kin are found.
var browserNames = []string{
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless_shell",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
}

// browser finds Chromium: the one that CHROME names, else one that is installed, else Debian's.
func (s *session) browser() result {
	if named := os.Getenv("CHROME"); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return fail("CHROME=" + named + ": " + err.Error() + "; " + installChromium)
		}
		s.chrome = path
		return pass()
	}
	if s.chrome = installedBrowser(); s.chrome != "" {
		return pass()
	}
	if _, err := os.Stat("/etc/debian_version"); err != nil || os.Getuid() != 0 {
		return fail("no browser found: " + installChromium)
	}
	env := []string{"DEBIAN_FRONTEND=noninteractive"}
	err := s.perform(env, "apt-get", "update", "-qq")
	if err == nil {
		err = s.perform(env, "apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
	}
	if err != nil {
		return fail(err.Error() + "; " + installChromium)
	}
	if s.chrome = installedBrowser(); s.chrome == "" {
		return fail("apt-get installed chromium, but no such command is in PATH; " + installChromium)
	}
	return pass()
}

func installedBrowser() string {
	for _, name := range browserNames {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// npm installs the locked development packages, unless they are there. Without npm the tests that use them
// skip and say so.
func (s *session) npm() result {
	from, to := filepath.Join("wasm", "testdata", "npm"), filepath.Join(".cache", "npm")
	npm, err := exec.LookPath("npm")
	if err != nil {
		return skip("npm is not installed: tests against other implementations need its packages")
	}
	if installed(from, to) {
		return pass()
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return fail(err.Error())
	}
	if err := copyFile(filepath.Join(from, "package.json"), filepath.Join(to, "package.json")); err != nil {
		return fail(err.Error())
	}
	lock := filepath.Join(to, "package-lock.json")
	if err := copyFile(filepath.Join(from, "package-lock.json"), lock); err != nil {
		return fail(err.Error())
	}
	cmd := s.command(nil, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = to
	if err := cmd.Run(); err != nil {
		return fail(errors.Join(err, os.Remove(lock)).Error())
	}
	return pass()
}

// installed reports whether to holds a finished install of the lock file in from.
func installed(from, to string) bool {
	want, err := os.ReadFile(filepath.Join(from, "package-lock.json"))
	if err != nil {
		return false
	}
	have, err := os.ReadFile(filepath.Join(to, "package-lock.json"))
	if err != nil || !bytes.Equal(want, have) {
		return false
	}
	// npm writes this one when it is done.
	_, err = os.Stat(filepath.Join(to, "node_modules", ".package-lock.json"))
	return err == nil
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}
