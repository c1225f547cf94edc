package simd

// Instructions by their numbers in the WebAssembly core specification 2.0, section
// 5.4; relaxedMadd is of the relaxed SIMD proposal.
const (
	opUnreachable = 0x00
	opReturn      = 0x0F
	opDrop        = 0x1A
	opSelect      = 0x1B

	opI32Load    = 0x28
	opI64Load    = 0x29
	opF32Load    = 0x2A
	opI32Load8S  = 0x2C
	opI32Load8U  = 0x2D
	opI32Load16S = 0x2E
	opI32Load16U = 0x2F
	opI32Store   = 0x36
	opI64Store   = 0x37
	opF32Store   = 0x38
	opI32Store8  = 0x3A
	opI32Store16 = 0x3B

	opI32Eqz = 0x45
	opI32Eq  = 0x46
	opI32Ne  = 0x47
	opI32LtS = 0x48
	opI32LtU = 0x49
	opI32GtS = 0x4A
	opI32GtU = 0x4B
	opI32LeS = 0x4C
	opI32LeU = 0x4D
	opI32GeS = 0x4E
	opI32GeU = 0x4F
	opI64Eqz = 0x50
	opI64Eq  = 0x51
	opI64Ne  = 0x52
	opI64LtS = 0x53
	opI64LtU = 0x54
	opI64GtS = 0x55
	opI64GtU = 0x56
	opI64LeS = 0x57
	opI64LeU = 0x58
	opI64GeS = 0x59
	opI64GeU = 0x5A
	opF32Eq  = 0x5B
	opF32Ne  = 0x5C
	opF32Lt  = 0x5D
	opF32Gt  = 0x5E
	opF32Le  = 0x5F
	opF32Ge  = 0x60

	opI32Clz    = 0x67
	opI32Popcnt = 0x69
	opI32Add    = 0x6A
	opI32Sub    = 0x6B
	opI32Mul    = 0x6C
	opI32DivS   = 0x6D
	opI32DivU   = 0x6E
	opI32RemS   = 0x6F
	opI32RemU   = 0x70
	opI32And    = 0x71
	opI32Or     = 0x72
	opI32Xor    = 0x73
	opI32Shl    = 0x74
	opI32ShrS   = 0x75
	opI32ShrU   = 0x76
	opI64Clz    = 0x79
	opI64Popcnt = 0x7B
	opI64Add    = 0x7C
	opI64Sub    = 0x7D
	opI64Mul    = 0x7E
	opI64DivS   = 0x7F
	opI64DivU   = 0x80
	opI64RemS   = 0x81
	opI64RemU   = 0x82
	opI64And    = 0x83
	opI64Or     = 0x84
	opI64Xor    = 0x85
	opI64Shl    = 0x86
	opI64ShrS   = 0x87
	opI64ShrU   = 0x88

	opF32Abs      = 0x8B
	opF32Neg      = 0x8C
	opF32Ceil     = 0x8D
	opF32Floor    = 0x8E
	opF32Trunc    = 0x8F
	opF32Nearest  = 0x90
	opF32Sqrt     = 0x91
	opF32Add      = 0x92
	opF32Sub      = 0x93
	opF32Mul      = 0x94
	opF32Div      = 0x95
	opF32Min      = 0x96
	opF32Max      = 0x97
	opF32Copysign = 0x98

	opI32WrapI64        = 0xA7
	opI64ExtendI32S     = 0xAC
	opI64ExtendI32U     = 0xAD
	opF32ConvertI32S    = 0xB2
	opF32ConvertI32U    = 0xB3
	opF32ConvertI64S    = 0xB4
	opF32ConvertI64U    = 0xB5
	opI32ReinterpretF32 = 0xBC
	opF32ReinterpretI32 = 0xBE
	opI32Extend8S       = 0xC0
	opI32Extend16S      = 0xC1
)

// Conversions of floats that do not trap: prefix 0xFC and the number.
const (
	satI32F32S = 0
	satI32F32U = 1
	satI64F32S = 4
	satI64F32U = 5
)

// Vector instructions: prefix 0xFD and the number.
const (
	simdLoad        = 0
	simdLoadSplat32 = 9
	simdStore       = 11
	simdConst       = 12
	simdShuffle     = 13
	simdSplatI32    = 17
	simdSplatF32    = 19
	simdExtractI32  = 27
	simdReplaceI32  = 28
	simdExtractF32  = 31
	simdReplaceF32  = 32
	simdLoad32Zero  = 92
	simdLoad64Zero  = 93

	simdI32Eq  = 55
	simdI32Ne  = 56
	simdI32LtS = 57
	simdI32LtU = 58
	simdI32GtS = 59
	simdI32GtU = 60
	simdI32LeS = 61
	simdI32LeU = 62
	simdI32GeS = 63
	simdI32GeU = 64
	simdF32Eq  = 65
	simdF32Ne  = 66
	simdF32Lt  = 67
	simdF32Gt  = 68
	simdF32Le  = 69
	simdF32Ge  = 70

	simdNot       = 77
	simdAnd       = 78
	simdAndNot    = 79
	simdOr        = 80
	simdXor       = 81
	simdBitselect = 82

	simdF32Ceil    = 103
	simdF32Floor   = 104
	simdF32Trunc   = 105
	simdF32Nearest = 106

	simdI16ExtendLowI8S  = 135 // of the high half: the next number
	simdI16ExtendLowI8U  = 137
	simdI16NarrowI32S    = 133
	simdI32ExtendLowI16S = 167
	simdI32ExtendLowI16U = 169
	simdI16NarrowI32U    = 134
	simdI8NarrowI16U     = 102

	simdI8ShrU     = 109
	simdI8Sub      = 113
	simdI32DotI16S = 186

	simdI32Abs  = 160
	simdI32Neg  = 161
	simdI32Shl  = 171
	simdI32ShrS = 172
	simdI32ShrU = 173
	simdI32Add  = 174
	simdI32Sub  = 177
	simdI32Mul  = 181
	simdI32MinS = 182
	simdI32MinU = 183
	simdI32MaxS = 184
	simdI32MaxU = 185

	simdF32Abs  = 224
	simdF32Neg  = 225
	simdF32Sqrt = 227
	simdF32Add  = 228
	simdF32Sub  = 229
	simdF32Mul  = 230
	simdF32Div  = 231
	simdF32Min  = 232
	simdF32Max  = 233

	simdSatI32F32S     = 248
	simdSatI32F32U     = 249
	simdF32ConvertI32S = 250
	simdF32ConvertI32U = 251

	simdRelaxedMadd = 0x105
)

// Loads and stores of a part of a vector, a lane.
const (
	simdLoad32Lane  = 86
	simdStore32Lane = 90
	simdStore64Lane = 91
)
