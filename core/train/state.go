package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/dongyur/dongyur/core/model"
)

// A state is everything that a run needs to go on as if it had never stopped:
// the trainable weights, a reference that follows them, the optimiser's moments and
// counter in float32, and the number of steps done. It is one safetensors file whose
// metadata holds the step, the run's configuration and the caller's notes, so that
// what belongs together is written in one move.

// optimizerScope is where GoMLX's Adam keeps moments and its step counter.
const optimizerScope = "/" + optimizer.AdamDefaultScope + "/"

const (
	metaStep   = "dongyur.step"
	metaConfig = "dongyur.config"
	metaNotes  = "dongyur.notes"
)

// WriteState writes the state after step under the run's configuration, with notes
// that ReadNotes gives back; both are JSON-encodable.
func (u *Updater) WriteState(w io.Writer, step int, config, notes any) error {
	meta := map[string]string{metaStep: fmt.Sprint(step)}
	for name, value := range map[string]any{metaConfig: config, metaNotes: notes} {
		encoded, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("write training state: %w", err)
		}
		meta[name] = string(encoded)
	}
	values := map[string]*tensors.Tensor{}
	for v := range u.policy.Vars.IterVariables() {
		if !v.Trainable && !keptApart(v.Path()) {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return fmt.Errorf("write training state: %s: %w", v.Path(), err)
		}
		// Moments that overflowed would be found out a step too late, by a loss that
		// is no number; by then the last good state would be gone.
		if err := checkFinite(value); err != nil {
			return fmt.Errorf("write training state: %s %w: training has diverged; resume from the state before with a lower learning rate", v.Path(), err)
		}
		values[v.Path()] = value
	}
	return model.WriteSafetensors(w, values, meta, dtypes.Float32)
}

// keptApart tells whether a variable does not train and still belongs to the state.
func keptApart(path string) bool {
	return strings.HasPrefix(path, optimizerScope) || strings.HasPrefix(path, muonScope) || strings.HasPrefix(path, model.FollowerScope)
}

// checkFinite finds NaN and infinity.
func checkFinite(t *tensors.Tensor) error {
	values, err := tensors.CopyFlatData[float32](t)
	if err != nil {
		return err
	}
	for i, x := range values {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("holds %v at element %d", x, i)
		}
	}
	return nil
}

// ReadNotes decodes the notes that a state was written with into to.
func ReadNotes(r io.ReaderAt, size int64, to any) error {
	file, err := model.OpenSafetensors(r, size)
	if err != nil {
		return fmt.Errorf("read training state: %w", err)
	}
	if err := json.Unmarshal([]byte(file.Metadata()[metaNotes]), to); err != nil {
		return fmt.Errorf("read training state: metadata %q: %w; the file is no state of a run, or one of an older program", metaNotes, err)
	}
	return nil
}

// ReadState takes a state back and returns the step it was written after. The
// configuration must be the one it was written with, or one that says by its method Same
// that it is; a difference is refused.
func (u *Updater) ReadState(r io.ReaderAt, size int64, config any) (step int, err error) {
	file, err := model.OpenSafetensors(r, size)
	if err != nil {
		return 0, fmt.Errorf("read training state: %w", err)
	}
	encoded, err := json.Marshal(config)
	if err != nil {
		return 0, fmt.Errorf("read training state: %w", err)
	}
	saved := file.Metadata()[metaConfig]
	older, ok := config.(interface{ Same(saved []byte) bool })
	if saved != string(encoded) && !(ok && older.Same([]byte(saved))) {
		return 0, fmt.Errorf("read training state: it belongs to another configuration; resume with the same settings or start a new run\n saved %s\n now   %s", saved, encoded)
	}
	if _, err := fmt.Sscan(file.Metadata()[metaStep], &step); err != nil {
		return 0, fmt.Errorf("read training state: metadata %q holds no step number", metaStep)
	}
	values := map[string]*tensors.Tensor{}
	for _, path := range file.Names() {
		if values[path], err = file.Tensor(path); err != nil {
			return 0, fmt.Errorf("read training state: %w", err)
		}
	}
	return step, u.setState(values)
}

// setState puts a state's tensors into the variables; all are checked before the
// first is changed.
func (u *Updater) setState(values map[string]*tensors.Tensor) error {
	for _, v := range u.policy.Trainable() {
		value, ok := values[v.Path()]
		if !ok {
			return fmt.Errorf("read training state: weight %q is missing: the state belongs to another model or adapter", v.Path())
		}
		if !value.Shape().Equal(v.Shape()) {
			return fmt.Errorf("read training state: weight %q is %s, the model has %s", v.Path(), value.Shape(), v.Shape())
		}
	}
	// In order of their names: variables are outputs of the optimiser's graph in the order
	// in which they are made, and the same state must make the same graph.
	paths := slices.Sorted(maps.Keys(values))
	for _, path := range paths {
		v := u.policy.Vars.GetVariable(path)
		if (v == nil || !v.Trainable) && !keptApart(path) {
			return fmt.Errorf("read training state: %q is no weight that trains: the state belongs to another model or adapter", path)
		}
	}
	for _, path := range paths {
		value := values[path]
		if v := u.policy.Vars.GetVariable(path); v != nil {
			if err := v.SetValue(value); err != nil {
				return fmt.Errorf("read training state: %s: %w", path, err)
			}
			continue
		}
		v, err := u.policy.Vars.CreateVariable(path, value)
		if err != nil {
			return fmt.Errorf("read training state: %s: %w", path, err)
		}
		v.SetTrainable(false)
	}
	return nil
}

// StateBytes is WriteState into memory.
func (u *Updater) StateBytes(step int, config, notes any) ([]byte, error) {
	var buffer bytes.Buffer
	err := u.WriteState(&buffer, step, config, notes)
	return buffer.Bytes(), err
}

// WriteFile replaces a file's content in one move: a crash or a full disk leaves
// either the old content or the new, never half of one.
func WriteFile(path string, write func(io.Writer) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			// What went wrong is being returned; the remains are only swept up.
			_ = file.Close()
			_ = os.Remove(file.Name())
			err = fmt.Errorf("write %s (the file that was there is untouched; free some space or choose another folder): %w", path, err)
		}
	}()
	if err = file.Chmod(0o644); err != nil {
		return err
	}
	if err = write(file); err != nil {
		return err
	}
	if err = file.Sync(); err != nil {
		return err
	}
	if err = file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
