package reward

import (
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

// pair is the languages of an example.
type pair struct{ from, to string }

// Learn takes the examples of a run, whose words tell languages of one script apart:
// English from Yoruba. Languages of different scripts need none.
func (s *Scorer) Learn(examples []task.Example) {
	sources, references := map[pair][]string{}, map[pair][]string{}
	for _, e := range examples {
		p := pair{e.SourceLang, e.TargetLang}
		if e.Reference == "" || language.Same(p.from, p.to) {
			continue
		}
		sources[p], references[p] = append(sources[p], e.Source), append(references[p], e.Reference)
	}
	s.profiles = map[pair]*language.Profile{}
	for p := range sources {
		from, to := language.Of(p.from).Written(sources[p]...), language.Of(p.to).Written(references[p]...)
		if language.SameScript(from, to) && from.Unit == language.Word && to.Unit == language.Word {
			s.profiles[p] = language.NewProfile(references[p], sources[p])
		}
	}
}

// asWritten are the target languages of a batch by their tags, in the script that its
// references are written in where the tag leaves that open.
func asWritten(batch []Input) map[string]*language.Language {
	references := map[string][]string{}
	for _, in := range batch {
		references[in.TargetLang] = append(references[in.TargetLang], in.Reference)
	}
	written := map[string]*language.Language{}
	for tag, texts := range references {
		written[tag] = language.Of(tag).Written(texts...)
	}
	return written
}
