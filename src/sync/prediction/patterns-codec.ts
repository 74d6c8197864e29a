/**
 * What was learned of accesses as bytes, and back. What comes back is anybody's word: it decides what is fetched ahead, and
 * a wrong key costs a request. Its shape is checked all the same, so that nothing beyond the bounds gets in.
 */
import { RLP } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes, bytesToUnprefixedHex, hexToBytes } from '@ethereumjs/util'
import { bytesToWord, wordToAddress } from '../../execution/words.ts'
import { rlpBytes, rlpList, type RlpItem } from '../../state/rlp-items.ts'
import { MAX_ACCESS_PATTERNS_BYTES } from '../../state/store/limits.ts'
import { MAX_IDLE_USES, MAX_KEYS, MAX_KINDS, type LearnedKey, type LearnedPattern } from './access-patterns.ts'
import { MAX_WORDS } from './call.ts'
import { NESTED_POSITIONS, POSITIONS, type AccountForm, type Operand, type SlotForm } from './key-forms.ts'

/** Raised whenever the shape changes; what another version wrote is dropped. */
const VERSION = 1

/** What the outer lists add at most, and each pattern in them. */
const FRAME_BYTES = 32
const PATTERN_FRAME_BYTES = 4

/** Counts are told up to here: above it they make no difference. */
const MAX_COUNT = 0xffff

const WHATS = ['account', 'code', 'slot'] as const

/** As many of the patterns used last as there is room for. @param learned the one used last stands last */
export function encodePatterns(
  learned: readonly LearnedPattern[],
  chainId: number,
  maxBytes = MAX_ACCESS_PATTERNS_BYTES,
): Uint8Array {
  const patterns: Uint8Array[] = []
  let left = maxBytes - FRAME_BYTES
  for (let at = learned.length - 1; at >= 0; at--) {
    const pattern = RLP.encode(patternItem(learned[at]!))
    left -= pattern.length + PATTERN_FRAME_BYTES
    if (left < 0) break
    patterns.push(pattern)
  }
  return RLP.encode([numberItem(VERSION), numberItem(chainId), patterns.reverse()])
}

/** @throws {Error} for bytes that are no patterns, or another chain's, with the reason */
export function decodePatterns(bytes: Uint8Array, chainId: number): LearnedPattern[] {
  if (bytes.length > MAX_ACCESS_PATTERNS_BYTES) throw new PatternsError(`${bytes.length} bytes are too many`)
  const [version, chain, list] = rlpList(RLP.decode(bytes))
  if (numberOf(version) !== VERSION) throw new PatternsError('they are of another version')
  if (numberOf(chain) !== chainId) throw new PatternsError(`they are of chain ${numberOf(chain)}, not ${chainId}`)
  const patterns = rlpList(list)
  if (patterns.length > MAX_KINDS) throw new PatternsError(`${patterns.length} kinds are too many`)
  const learned = patterns.map((pattern) => patternOf(rlpList(RLP.decode(rlpBytes(pattern)))))
  if (new Set(learned.map(({ kind }) => kind)).size < learned.length) throw new PatternsError('a kind is listed twice')
  return learned
}

class PatternsError extends Error {
  override name = 'PatternsError'
}

function patternItem({ kind, uses, keys }: LearnedPattern): RlpItem {
  const [to = '', selector = ''] = kind.split(' ')
  const known = Math.min(uses, MAX_COUNT)
  const items = keys.map(({ what, account, slot, seen, lastUse }): RlpItem => [
    numberItem(WHATS.indexOf(what)),
    account.kind === 'fixed' ? wordToAddress(account.address) : operandItem(account.operand),
    slot === undefined ? [] : slotItem(slot),
    numberItem(Math.min(seen, known)),
    numberItem(Math.min(uses - lastUse, known - 1)),
  ])
  return [wordToAddress(BigInt(`0x${to}`)), hexToBytes(`0x${selector}`), numberItem(known), items]
}

function patternOf([to, selector, uses, keys]: RlpItem[]): LearnedPattern {
  const name = bytesToUnprefixedHex(sized(rlpBytes(selector), 1, 4))
  const count = within(numberOf(uses), 1, MAX_COUNT)
  const list = rlpList(keys)
  if (list.length > MAX_KEYS) throw new PatternsError(`${list.length} keys of one kind are too many`)
  const kind = `${addressOf(to).toString(16)} ${name}`
  return { kind, uses: count, keys: list.map((key) => keyOf(rlpList(key), count)) }
}

function keyOf([what, account, slot, seen, idle]: RlpItem[], uses: number): LearnedKey {
  const kind = WHATS[within(numberOf(what), 0, WHATS.length - 1)]!
  const bytes = rlpBytes(account)
  const form: AccountForm =
    bytes.length === 20 ? { kind: 'fixed', address: addressOf(bytes) } : { kind: 'operand', operand: operandOf(bytes) }
  return {
    ...{ what: kind, account: form, slot: kind === 'slot' ? slotOf(rlpList(slot)) : undefined },
    seen: within(numberOf(seen), 1, uses),
    lastUse: uses - within(numberOf(idle), 0, Math.min(uses, MAX_IDLE_USES) - 1),
  }
}

/** One part is a slot, more are a position with operands. */
function slotItem(slot: SlotForm): RlpItem {
  if (slot.kind === 'fixed') return [bigIntToUnpaddedBytes(slot.slot)]
  return [numberItem(slot.position), ...slot.operands.map(operandItem)]
}

function slotOf([first, ...operands]: RlpItem[]): SlotForm {
  if (operands.length === 0) return { kind: 'fixed', slot: bytesToWord(sized(rlpBytes(first), 0, 32)) }
  if (operands.length > 2) throw new PatternsError(`a mapping of ${operands.length} keys`)
  const positions = operands.length === 1 ? POSITIONS : NESTED_POSITIONS
  const position = within(numberOf(first), 0, positions - 1)
  return { kind: 'mapping', operands: operands.map((operand) => operandOf(rlpBytes(operand))), position }
}

/** Two names, then the arguments. */
function operandItem(operand: Operand): Uint8Array {
  return Uint8Array.of(operand === 'sender' ? 0 : operand === 'to' ? 1 : 2 + operand)
}

function operandOf(bytes: Uint8Array): Operand {
  const [code = 0] = sized(bytes, 1, 1)
  if (code < 2) return code === 0 ? 'sender' : 'to'
  return within(code - 2, 0, MAX_WORDS - 1)
}

const addressOf = (item: RlpItem | undefined): bigint => bytesToWord(sized(rlpBytes(item), 20, 20))

const numberItem = (value: number): Uint8Array => bigIntToUnpaddedBytes(BigInt(value))

const numberOf = (item: RlpItem | undefined): number => Number(bytesToWord(sized(rlpBytes(item), 0, 6)))

function sized(bytes: Uint8Array, least: number, most: number): Uint8Array {
  if (bytes.length >= least && bytes.length <= most) return bytes
  throw new PatternsError(`${bytes.length} bytes where ${least} to ${most} belong`)
}

function within(value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value
  throw new PatternsError(`${value} where ${least} to ${most} belong`)
}
