package objective

// Reads lists the settings of protocol.Train, by their JSON names, that the method
// reads and not all methods do. It is what a page shows of a run.
func (m Method) Reads() []string {
	reference := []string{"reference", "reference_every", "reference_share"}
	switch m.Learns {
	case References:
		return nil
	case Documents:
		return []string{"row_tokens"}
	case Pairs:
		return append([]string{"sft_share", "sharpness", "kl_limit"}, reference...)
	}
	reads := []string{"group", "epochs", "sampling", "reward", "beta", "kl", "kl_in_reward", "entropy_bonus",
		"scale", "epsilon", "population_std", "support", "support_limit", "resample", "overlong",
		"dead_steps", "stop_when_dead", "kl_limit"}
	if m.ClipHigh != 0 {
		reads = append(reads, "clip_low", "clip_high")
	}
	if m.DualClips {
		reads = append(reads, "dual_clip")
	}
	return append(reads, reference...)
}
