package objective

import "github.com/dongyur/dongyur/core/protocol"

// CPT: next-token prediction on packed documents, continued from a pretrained
// model; its loss is SFTLoss with every token in the mask. Gururangan et al., Don't
// Stop Pretraining: Adapt Language Models to Domains and Tasks, arXiv 2004.10964.
var _ = Register(Method{Name: "cpt", Title: "CPT", Help: protocol.Text{En: "continued pretraining on packed texts", Zh: "用拼接文本继续预训练"},
	Paper: "arXiv 2004.10964", Learns: Documents,
	Own: []protocol.Setting{
		{Key: "row-tokens", Path: "row_tokens", Unset: 128.0, Kind: protocol.Whole, Place: "method", By: "1",
			Title: protocol.Text{En: "Tokens a row", Zh: "每行词元数"},
			Help: protocol.Text{En: "Texts are packed into rows of this many tokens.",
				Zh: "文本按此词元数打包成行。"}},
	},
})
