/** EVM words of call data and slots. */
import { bigIntToBytes, setLengthLeft } from '@ethereumjs/util'
import type { Hash } from '../../../../src/chain/bytes.ts'
import { asHash } from '../../../../src/chain/bytes.ts'

/** 32 bytes, big-endian. */
export const word = (value: bigint | number | Uint8Array): Hash =>
  asHash(setLengthLeft(value instanceof Uint8Array ? value : bigIntToBytes(BigInt(value)), 32))
