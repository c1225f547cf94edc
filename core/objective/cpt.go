package objective

// CPT: next-token prediction on packed documents, continued from a pretrained
// model; its loss is SFTLoss with every token in the mask. Gururangan et al., Don't
// Stop Pretraining: Adapt Language Models to Domains and Tasks, arXiv 2004.10964.
var cpt = Method{Name: "cpt", Help: "continued pretraining on packed texts", Paper: "arXiv 2004.10964", Learns: Documents}
