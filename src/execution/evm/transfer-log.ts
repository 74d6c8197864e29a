/** The log of ether that moves (EIP-7708): that of ERC-20's Transfer event, in the name of the protocol. */
import { hexToBytes } from '@ethereumjs/util'
import type { AccountEntry } from '../state/account-entry.ts'
import { wordToBytes32 } from '../words.ts'
import type { Log } from './environment.ts'

/** SYSTEM_ADDRESS. */
const EMITTER = hexToBytes('0xfffffffffffffffffffffffffffffffffffffffe')
/** keccak256 of Transfer(address,address,uint256). */
const TRANSFER = hexToBytes('0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef')

/** Not for ether that stays where it is, nor for none: those leave no log. */
export function transferLog(from: AccountEntry, to: AccountEntry, value: bigint): Log {
  return [EMITTER, [TRANSFER, wordToBytes32(from.key), wordToBytes32(to.key)], wordToBytes32(value)]
}
