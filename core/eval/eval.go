// Package eval measures what a model gained and what it forgot. Sources,
// references and completions go in; surface metrics (chrF++, BLEU, ROUGE-L),
// meaning (the mean cosine under an encoder that gave no rewards), the change
// from before to after with its interval, and the alignment tax (held-out loss of
// other languages) come out. Formulas are METHODS' and core/metric's.
package eval
