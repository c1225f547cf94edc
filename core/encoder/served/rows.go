package served

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"
	"os"
	"path/filepath"
)

// rows keeps embeddings by text, in memory and in one file a model that is only
// appended to:
//
//	magic, width u32
//	records: sha256 of the text, width × f32, crc32 of both
//
// all little-endian. A record that a crash cut off, and what follows it, is
// dropped at the next opening.
type rows struct {
	path  string // "": in memory only
	width int    // 0: not known yet
	known map[[sha256.Size]byte][]float32
}

const rowsMagic = "dongyur rows 1\n\n"

const rowsHeader = len(rowsMagic) + 4

// openRows reads what is kept of a model's rows.
func openRows(folder, url, model string) (*rows, error) {
	r := &rows{known: map[[sha256.Size]byte][]float32{}}
	if folder == "" {
		return r, nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	name := sha256.Sum256([]byte(url + "\x00" + model))
	r.path = filepath.Join(folder, hex.EncodeToString(name[:16])+".rows")
	content, err := os.ReadFile(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	if len(content) < rowsHeader || string(content[:len(rowsMagic)]) != rowsMagic {
		return nil, fmt.Errorf("%s is damaged or no file of embeddings: delete it", r.path)
	}
	if r.width = int(binary.LittleEndian.Uint32(content[len(rowsMagic):])); r.width < 1 || r.width > 1<<20 {
		return nil, fmt.Errorf("%s says its rows have %d numbers: delete it", r.path, r.width)
	}
	whole := rowsHeader
	for size := r.recordSize(); whole+size <= len(content) && r.read(content[whole:whole+size]); whole += size {
	}
	if whole < len(content) {
		return r, os.Truncate(r.path, int64(whole))
	}
	return r, nil
}

func (r *rows) recordSize() int { return sha256.Size + 4*r.width + 4 }

// read takes one record in; false if it is damaged.
func (r *rows) read(record []byte) bool {
	end := len(record) - 4
	if crc32.ChecksumIEEE(record[:end]) != binary.LittleEndian.Uint32(record[end:]) {
		return false
	}
	row := make([]float32, r.width)
	for i := range row {
		row[i] = math.Float32frombits(binary.LittleEndian.Uint32(record[sha256.Size+4*i:]))
	}
	r.known[[sha256.Size]byte(record)] = row
	return true
}

// get gives a text's row, nil if it is not kept.
func (r *rows) get(text string) []float32 { return r.known[sha256.Sum256([]byte(text))] }

// add keeps rows; all of a model's have one width.
func (r *rows) add(texts []string, embedded [][]float32) error {
	for i, row := range embedded {
		if r.width == 0 {
			r.width = len(row)
		}
		if len(row) != r.width {
			from := "others of the same model"
			if r.path != "" {
				from = "those kept in " + r.path
			}
			return fmt.Errorf("row %d has %d numbers, %s have %d: the server has another model under this name now; delete what is kept, or name the model apart", i, len(row), from, r.width)
		}
	}
	var records bytes.Buffer
	for i, text := range texts {
		key := sha256.Sum256([]byte(text))
		r.known[key] = embedded[i]
		start := records.Len()
		records.Write(key[:])
		for _, x := range embedded[i] {
			records.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(x)))
		}
		records.Write(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(records.Bytes()[start:])))
	}
	if r.path == "" {
		return nil
	}
	if err := r.append(records.Bytes()); err != nil {
		return fmt.Errorf("keep embeddings: %w", err)
	}
	return nil
}

// append writes records in one call, after the header if the file is new.
func (r *rows) append(records []byte) error {
	file, err := os.OpenFile(r.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && info.Size() == 0 {
		records = append(binary.LittleEndian.AppendUint32([]byte(rowsMagic), uint32(r.width)), records...)
	}
	if err == nil {
		_, err = file.Write(records)
	}
	return errors.Join(err, file.Close())
}
