/** Decoded RLP, as `RLP.decode` gives it, with the shape that is expected. */
import { RlpError } from './rlp.ts'

export type RlpItem = Uint8Array | RlpItem[]

/** @param item undefined for one that a list lacks @throws {RlpError} */
export function rlpList(item: RlpItem | undefined): RlpItem[] {
  if (Array.isArray(item)) return item
  throw new RlpError(`expected a list, found ${item === undefined ? 'nothing' : 'bytes'}`)
}

/** As {@link rlpList}. @throws {RlpError} */
export function rlpBytes(item: RlpItem | undefined): Uint8Array {
  if (item instanceof Uint8Array) return item
  throw new RlpError(`expected bytes, found ${item === undefined ? 'nothing' : 'a list'}`)
}
