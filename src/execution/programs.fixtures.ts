/**
 * Random programs that get somewhere: most operations bring their own operands, which lean towards the values where
 * implementations differ (bounds of words and memory, precompiles, one another's addresses).
 *
 * Left out on purpose: 0xef in data, so that no code starts with it. EthereumJS 10.1.3 treats code that starts with 0xef00
 * as EOF containers in EXTCODESIZE, EXTCODECOPY, EXTCODEHASH and CREATE on forks that know no EOF, which is no rule of theirs.
 */
import fc from 'fast-check'
import { code, isAtLeast, op, push, sender, TEST_COINBASE, type TestFork } from './execution.fixtures.ts'
import { bytesToWord, MASK_256 } from './words.ts'

/** Contracts with a random program each, and what else calls may aim at. */
export const CONTRACTS = [0xa11ce001n, 0xa11ce002n, 0xa11ce003n]
/** Delegates to the first contract (EIP-7702), from Prague on. */
export const DELEGATED = 0xde1e6a7en
/** To itself, and to a precompile. */
export const DELEGATED_TO_ITSELF = 0xde1e6a7fn
export const DELEGATED_TO_PRECOMPILE = 0xde1e6a80n
export const EMPTY = 0xe0e0n
export const MISSING = 0xdeadn

const targets = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...CONTRACTS) },
  { weight: 3, arbitrary: fc.bigInt(1n, 18n) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      DELEGATED,
      DELEGATED_TO_ITSELF,
      DELEGATED_TO_PRECOMPILE,
      EMPTY,
      MISSING,
      sender(0).key,
      bytesToWord(TEST_COINBASE),
      CONTRACTS[0]! + (1n << 200n),
    ),
  },
)

const small = fc.bigInt(0n, 40n)
const slots = fc.bigInt(0n, 3n)
const withoutEf = (word: bigint): bigint => (word.toString(16).includes('ef') ? 1n : word)
const words = fc.oneof(
  small,
  fc.constantFrom(
    0n,
    1n,
    2n,
    31n,
    32n,
    33n,
    255n,
    256n,
    2n ** 64n,
    2n ** 255n,
    2n ** 255n - 1n,
    MASK_256,
    MASK_256 - 1n,
  ),
  targets,
  fc.bigInt(0n, MASK_256).map(withoutEf),
)
/** Mostly in reach, at times past what any gas pays. */
const offsets = fc.oneof(
  { weight: 100, arbitrary: fc.bigInt(0n, 200n) },
  { weight: 2, arbitrary: fc.bigInt(0n, 40_000n) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 32n - 1n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 40n, 2n ** 64n, MASK_256) },
)
const lengths = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0n) },
  { weight: 4, arbitrary: fc.bigInt(0n, 70n) },
  offsets,
)
const gases = fc.oneof(fc.bigInt(0n, 3000n), fc.bigInt(0n, 60_000n), fc.constantFrom(10n ** 6n, MASK_256))
const values = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0n) },
  { weight: 2, arbitrary: fc.bigInt(0n, 5n) },
  fc.constantFrom(2n ** 70n, MASK_256),
)

type Piece = fc.Arbitrary<number[]>
type Operands = readonly fc.Arbitrary<bigint>[]

function piece(opcode: number, ...operands: Operands): Piece {
  return fc.tuple(...operands).map((picked) => op(opcode, ...picked))
}

/** As `piece`, with what comes out stored, so that it shows in the state. */
function stored(opcode: number, ...operands: Operands): Piece {
  return fc.tuple(piece(opcode, ...operands), slots).map(([bytes, slot]) => [...bytes, ...push(slot), 0x55])
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const anyOf = (pieces: readonly Piece[]): Piece => fc.oneof(...pieces)

const CALL_ARGUMENTS = [offsets, lengths, offsets, lengths] as const
const call = anyOf([
  stored(0xf1, gases, targets, values, ...CALL_ARGUMENTS),
  stored(0xf2, gases, targets, values, ...CALL_ARGUMENTS),
])
const delegateCall = stored(0xf4, gases, targets, ...CALL_ARGUMENTS)
const staticCall = stored(0xfa, gases, targets, ...CALL_ARGUMENTS)

/** What init code may do: at most 32 bytes, so that one word of memory holds it. */
const initCodes = fc.oneof(
  fc
    .tuple(fc.bigInt(0n, 0xeen), fc.bigInt(0n, 40n))
    .map(([byte, length]) => code(op(0x53, 0n, byte), op(0xf3, 0n, length))),
  fc.tuple(slots, words).map(([slot, word]) => code(op(0x55, slot, word & 0xffffn), op(0xf3, 0n, 3n))),
  targets.map((heir) => code(op(0xff, heir & 0xffff_ffffn))),
  fc.constant(code([0x30, 0xff])),
  fc.constant(code(op(0x55, 1n, 1n), op(0xfd, 0n, 5n))),
  fc.constant(code([0xfe])),
  // Deploys code that destroys itself when called.
  fc.constant(code(op(0x52, 0n, 0x33ffn), op(0xf3, 30n, 2n))),
  // More code than EIP-170 lets through.
  fc.constant(code(op(0xf3, 0n, 24577n))),
  fc.uint8Array({ maxLength: 32 }).map((bytes) => bytes.map((byte) => (byte === 0xef ? 0 : byte))),
)

/** Puts init code into memory, creates, and calls what came of it. */
function create(opcode: 0xf0 | 0xf5): Piece {
  const salts = opcode === 0xf5 ? [fc.bigInt(0n, 1n)] : []
  return fc.tuple(initCodes, values, slots, gases, ...salts).map(([init, value, slot, gas, ...salt]) => {
    const word = bytesToWord(init) << BigInt(8 * (32 - init.length))
    return [
      ...op(0x52, 0n, word),
      ...op(opcode, value, 0n, BigInt(init.length), ...salt),
      // The address three times: two for a call without value or data, one to store.
      ...[0x80, ...push(slot), 0x55],
      ...[...push(0n), ...push(0n), ...push(0n), ...push(0n), ...push(0n)],
      ...[0x85, ...push(gas), 0xf1, 0x50, 0x50],
    ]
  })
}

const log = (topics: number): Piece => piece(0xa0 + topics, offsets, lengths, ...range(1, topics).map(() => words))

/** Copies and swaps within reach, and at times beyond it. */
const stackNoise = fc
  .tuple(fc.integer({ min: 2, max: 16 }), fc.constantFrom(0x80, 0x90), fc.integer({ min: 0, max: 9 }))
  .map(([items, kind, depth]) => [...range(1, items).flatMap((item) => push(BigInt(item))), kind + depth])

/** EIP-8024, on as many items as its operations reach, and at times fewer; operands of all kinds, also those that are none. */
const deepStack = fc
  .tuple(fc.constantFrom(235, 235, 40, 3), fc.constantFrom(0xe6, 0xe7, 0xe8), fc.integer({ min: 0, max: 0xff }))
  .filter(([, , operand]) => operand !== 0xef)
  .map(([items, opcode, operand]) => [...range(1, items).flatMap((item) => push(BigInt(item))), opcode, operand])

/** What a fork has to offer, and a little that it does not. */
function pieces(fork: TestFork): fc.Arbitrary<number[]> {
  const since = (first: TestFork, ...added: { weight: number; arbitrary: Piece }[]) =>
    isAtLeast(fork, first) ? added : []
  return fc.oneof(
    { weight: 4, arbitrary: anyOf(range(0x01, 0x07).map((opcode) => stored(opcode, words, words))) },
    { weight: 2, arbitrary: anyOf([stored(0x08, words, words, words), stored(0x09, words, words, words)]) },
    { weight: 2, arbitrary: anyOf([stored(0x0a, words, words), stored(0x0b, small, words)]) },
    { weight: 2, arbitrary: anyOf(range(0x10, 0x14).map((opcode) => stored(opcode, words, words))) },
    { weight: 1, arbitrary: anyOf([0x16, 0x17, 0x18, 0x1a].map((opcode) => stored(opcode, words, words))) },
    { weight: 1, arbitrary: anyOf([stored(0x15, words), stored(0x19, words)]) },
    { weight: 2, arbitrary: stored(0x20, offsets, lengths) },
    { weight: 2, arbitrary: anyOf([0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a].map((opcode) => stored(opcode))) },
    { weight: 1, arbitrary: anyOf([0x41, 0x42, 0x43, 0x44, 0x45, 0x58, 0x59, 0x5a].map((opcode) => stored(opcode))) },
    { weight: 2, arbitrary: anyOf([stored(0x31, targets), stored(0x3b, targets), stored(0x35, offsets)]) },
    { weight: 1, arbitrary: stored(0x40, fc.oneof(small, words)) },
    { weight: 2, arbitrary: anyOf([0x37, 0x39].map((opcode) => piece(opcode, offsets, offsets, lengths))) },
    { weight: 1, arbitrary: piece(0x3c, targets, offsets, offsets, lengths) },
    { weight: 2, arbitrary: anyOf([stored(0x51, offsets), piece(0x52, offsets, words), piece(0x53, offsets, words)]) },
    { weight: 3, arbitrary: stored(0x54, slots) },
    { weight: 6, arbitrary: piece(0x55, slots, fc.oneof(fc.bigInt(0n, 2n), words)) },
    { weight: 2, arbitrary: anyOf(range(0, 4).map(log)) },
    { weight: 8, arbitrary: call },
    { weight: 5, arbitrary: create(0xf0) },
    { weight: 1, arbitrary: anyOf([piece(0xff, targets), piece(0xf3, offsets, lengths), fc.constant([0x00])]) },

    // Ends most programs: rare.
    {
      weight: 1,
      arbitrary: fc.oneof(
        { weight: 3, arbitrary: stackNoise },
        fc.uint8Array({ maxLength: 4 }).map((raw) => [...raw]),
      ),
    },
    ...since('homestead', { weight: 3, arbitrary: delegateCall }),
    ...since(
      'byzantium',
      { weight: 4, arbitrary: staticCall },
      { weight: 1, arbitrary: piece(0xfd, offsets, lengths) },
      { weight: 3, arbitrary: stored(0x3d) },
      // Reads past the end, which fails, unless a call before it returned something.
      { weight: 1, arbitrary: piece(0x3e, offsets, fc.bigInt(0n, 2n), fc.oneof(fc.constant(0n), small)) },
    ),
    ...since(
      'constantinople',
      {
        weight: 2,
        arbitrary: anyOf([0x1b, 0x1c, 0x1d].map((opcode) => stored(opcode, fc.oneof(small, words), words))),
      },
      { weight: 2, arbitrary: stored(0x3f, targets) },
      { weight: 4, arbitrary: create(0xf5) },
    ),
    ...since('istanbul', { weight: 1, arbitrary: anyOf([stored(0x46), stored(0x47)]) }),
    ...since('london', { weight: 1, arbitrary: stored(0x48) }),
    ...since('shanghai', { weight: 1, arbitrary: stored(0x5f) }),
    ...since(
      'cancun',
      { weight: 2, arbitrary: stored(0x5c, slots) },
      { weight: 3, arbitrary: piece(0x5d, slots, words) },
      { weight: 2, arbitrary: piece(0x5e, offsets, offsets, lengths) },
      { weight: 1, arbitrary: anyOf([stored(0x49, small), stored(0x4a)]) },
    ),
    ...since('osaka', { weight: 1, arbitrary: stored(0x1e, words) }),
    ...since('amsterdam', { weight: 1, arbitrary: stored(0x4b) }, { weight: 1, arbitrary: deepStack }),
  )
}

/** Joins pieces as blocks that start with JUMPDEST, some of them with a jump to the start of another in front. */
export function program(fork: TestFork): fc.Arbitrary<Uint8Array> {
  // Mostly over the next few blocks; back (a loop until the gas is gone) or nowhere, now and then.
  const distance = fc.oneof({ weight: 12, arbitrary: fc.integer({ min: 1, max: 3 }) }, fc.integer({ min: -3, max: 6 }))
  const condition = fc.option(fc.bigInt(0n, 1n), { nil: undefined })
  const jumps = fc.option(fc.record({ distance, condition }), { nil: undefined, freq: 3 })
  const block = fc.record({ body: fc.array(pieces(fork), { minLength: 1, maxLength: 4 }), jump: jumps })
  return fc.array(block, { minLength: 1, maxLength: 8 }).map((blocks) => {
    // Destinations take two bytes each, so that places are known before the jumps are written.
    const sizes = blocks.map(({ body, jump }) => 1 + body.flat().length + jumpSize(jump))
    const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0))
    const end = sizes.reduce((sum, size) => sum + size, 0)
    const parts = blocks.map(({ body, jump }, i) => {
      if (jump === undefined) return [0x5b, ...body.flat()]
      // To the end of the program where there is no such block; the farthest jumps then go nowhere.
      const to = starts[i + jump.distance] ?? (jump.distance > 5 ? 3 : end)
      const destination = [0x61, to >> 8, to & 0xff]
      const ending =
        jump.condition === undefined ? [...destination, 0x56] : [...push(jump.condition), ...destination, 0x57]
      return [0x5b, ...body.flat(), ...ending]
    })
    return code(...parts, [0x5b])
  })
}

function jumpSize(jump: { condition: bigint | undefined } | undefined): number {
  if (jump === undefined) return 0
  return jump.condition === undefined ? 4 : 6
}
