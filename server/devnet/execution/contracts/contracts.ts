/** Where the devnet's own contracts are. Fixed addresses, so that a dapp and a reader find them. */
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import type { AddressBytes } from '../../../../src/chain/bytes.ts'
import { asAddress } from '../../../../src/chain/bytes.ts'
import { DELEGATE_CODE, ANCESTORS_CODE, CALLER_CODE, FAILURE_CODE } from './probes.ts'
import { FACTORY_CODE } from './factory.ts'
import { pairCode } from './pair.ts'
import { PROXY_CODE } from './proxy.ts'
import { SLOTS_CODE } from './slots.ts'
import { TOKEN_CODE } from './token.ts'

/** No address that anybody has a key for. */
const at = (number: number): AddressBytes =>
  asAddress(hexToBytes(`0xbea37ab0000000000000000000000000000000${number.toString(16).padStart(2, '0')}`))

/** The pair wants its tokens at consecutive addresses. */
export const TOKENS = [at(0x10), at(0x11)] as const
export const PAIR = at(0x12)
/** Written over and over. */
export const SLOTS = at(0x13)
/** Cleared and filled again. */
export const CLEARED = at(0x14)
export const FACTORY = at(0x15)
export const CALLER = at(0x16)
export const ANCESTORS = at(0x17)
export const DELEGATE = at(0x18)
export const FAILURE = at(0x19)
/** A third token: the program of the first one. */
export const PROXY = at(0x1a)

export const CODES: readonly (readonly [address: AddressBytes, code: Uint8Array])[] = [
  [TOKENS[0], TOKEN_CODE],
  [TOKENS[1], TOKEN_CODE],
  [PAIR, pairCode(bytesToHex(TOKENS[0]))],
  [SLOTS, SLOTS_CODE],
  [CLEARED, SLOTS_CODE],
  [FACTORY, FACTORY_CODE],
  [CALLER, CALLER_CODE],
  [ANCESTORS, ANCESTORS_CODE],
  [DELEGATE, DELEGATE_CODE],
  [FAILURE, FAILURE_CODE],
  [PROXY, PROXY_CODE],
]
