package reward

import "github.com/dongyur/dongyur/core/protocol"

// Empty takes 1 off an answer with nothing in it, whose other terms are the lowest
// they can be: so it is below any wrong answer.
const Empty = "empty"

var silence = protocol.Text{En: "It is empty, or nothing in it can be read: that always earns less than any wrong answer.", Zh: "它是空的，或无法辨认：得分总是低于任何错误的回答。"}

var _ = Register(Term{Name: Empty, Title: protocol.Text{En: "Empty", Zh: "空白"}, Help: silence, Tint: 10, Least: -1})
