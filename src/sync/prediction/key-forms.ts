/**
 * How a key follows from a call: an account is the sender, the contract or an argument; a slot is the same for all calls, or
 * Solidity's place of a mapping's value (keccak256 of the key and the mapping's own slot; its documentation, "Layout of
 * State Variables in Storage").
 */
import { concatBytes } from '@ethereumjs/util'
import type { Keccak } from '../../chain/bytes.ts'
import { bytesToWord, wordToBytes32 } from '../../execution/words.ts'
import type { Call } from './call.ts'

/** What of a call a key is made of: `sender`, `to`, or the number of an argument. */
export type Operand = 'sender' | 'to' | number

export type AccountForm =
  { readonly kind: 'fixed'; readonly address: bigint } | { readonly kind: 'operand'; readonly operand: Operand }

export type SlotForm =
  | { readonly kind: 'fixed'; readonly slot: bigint }
  | { readonly kind: 'mapping'; readonly operands: readonly Operand[]; readonly position: number }

/** Slots of mappings that are tried: contracts declare few variables before theirs; deeper ones are learned as fixed. */
export const POSITIONS = 16
/** The same for mappings of mappings, whose keys come in pairs. */
export const NESTED_POSITIONS = 8

const ADDRESS_MASK = (1n << 160n) - 1n

/** Distinct ones, of what accounts could be named by: zero and the small numbers are amounts and flags. */
export function operandsOf(call: Call): Map<bigint, Operand> {
  const operands = new Map<bigint, Operand>()
  call.words.forEach((word, index) => {
    if (word > 0xffff_ffffn && word <= ADDRESS_MASK) operands.set(word, index)
  })
  if (call.to !== undefined) operands.set(call.to, 'to')
  operands.set(call.sender, 'sender')
  return operands
}

/** Undefined where the call has no such argument. */
export function valueOf(operand: Operand, call: Call): bigint | undefined {
  if (operand === 'sender') return call.sender
  return operand === 'to' ? call.to : call.words[operand]
}

/** Places of all mappings that the call's operands are keys of, to look up what was really read. */
export function mappingPlaces(call: Call, keccak: Keccak): Map<bigint, SlotForm> {
  const places = new Map<bigint, SlotForm>()
  const operands = [...operandsOf(call)]
  for (let position = 0; position < POSITIONS; position++) {
    for (const [outer, operand] of operands) {
      const place = placeOf([outer], position, keccak)
      places.set(place, { kind: 'mapping', operands: [operand], position })
      if (position >= NESTED_POSITIONS) continue
      for (const [inner, second] of operands)
        places.set(below(place, inner, keccak), { kind: 'mapping', operands: [operand, second], position })
    }
  }
  return places
}

/** Undefined where the call lacks an operand. */
export function slotOf(form: SlotForm, call: Call, keccak: Keccak): bigint | undefined {
  if (form.kind === 'fixed') return form.slot
  const values = form.operands.map((operand) => valueOf(operand, call))
  return values.includes(undefined) ? undefined : placeOf(values as bigint[], form.position, keccak)
}

function placeOf(keys: readonly bigint[], position: number, keccak: Keccak): bigint {
  return keys.reduce((slot, key) => below(slot, key, keccak), BigInt(position))
}

const below = (slot: bigint, key: bigint, keccak: Keccak): bigint =>
  bytesToWord(keccak(concatBytes(wordToBytes32(key), wordToBytes32(slot))))
