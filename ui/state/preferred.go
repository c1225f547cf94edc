package state

import "github.com/dongyur/dongyur/core/vote"

// Outcome counts the votes of a closed round and of the other raters' files.
func (v *Voting) Outcome() vote.Outcome {
	return vote.Count(append([]VoteFile{v.Round.file(v.Rater)}, v.Others...))
}
