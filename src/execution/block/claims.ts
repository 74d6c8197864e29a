/** What a source says of a block besides its hash. One that contradicts the block, or itself, is not to be believed in anything. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import type { RawHeader } from './raw-block.ts'

export interface BlockClaims {
  readonly number: number
  readonly parentHash: Hash
  readonly preStateRoot: Hash
  readonly postStateRoot: Hash
  /** RLP of what is said to be the parent's header. */
  readonly parentHeader: Uint8Array | undefined
}

/** A claim that is not so. */
export class ContradictionError extends Error {
  override name = 'ContradictionError'
}

/**
 * @param proven the block's header, and the state root that it was executed on
 * @throws {ContradictionError} that names the first claim that is not so
 */
export function checkClaims(
  claims: BlockClaims,
  proven: { readonly header: RawHeader; readonly preStateRoot: Hash },
  keccak: Keccak,
): void {
  const { header, preStateRoot } = proven
  expectSame('number', `${claims.number}`, `${header.number}`, "the block's")
  expectSame('parentHash', bytesToHex(claims.parentHash), bytesToHex(header.parentHash), "the block's")
  if (claims.parentHeader !== undefined) {
    const hash = bytesToHex(keccak(claims.parentHeader))
    expectSame('the hash of parentHeader', hash, bytesToHex(header.parentHash), "the block's parentHash")
  }
  expectSame('preStateRoot', bytesToHex(claims.preStateRoot), bytesToHex(preStateRoot), "the parent header's stateRoot")
  expectSame('postStateRoot', bytesToHex(claims.postStateRoot), bytesToHex(header.stateRoot), "the block's stateRoot")
}

function expectSame(what: string, claimed: string, actual: string, whose: string): void {
  if (claimed !== actual) throw new ContradictionError(`${what} is ${claimed}; ${whose} is ${actual}`)
}
