/** The people of a devnet: many accounts nobody has keys for, and some that send the workload's transactions. */
import { bytesToBigInt, concatBytes, intToBytes, setLengthLeft } from '@ethereumjs/util'
import type { AddressBytes, Hash, Keccak } from '../../../src/chain/bytes.ts'
import { asAddress, asHash } from '../../../src/chain/bytes.ts'
import type { Signer } from './signer.ts'

export interface Sender {
  readonly secret: Uint8Array
  readonly address: AddressBytes
}

/** Wide enough that a block's transactions seldom share a sender, as on public networks; cheap enough to derive at start. */
const SENDERS = 256
/** wei; a thousand blocks of 30 Mgas at a price of 100 Gwei cost each sender a hundredth of it. */
const SENDER_BALANCE = 10n ** 24n
const GWEI = 10n ** 9n

export class DevnetAccounts {
  readonly senders: readonly Sender[]
  readonly #seed: Uint8Array

  /** @param count of accounts without keys */
  constructor(
    seed: string,
    readonly count: number,
    private readonly keccak: Keccak,
    signer: Signer,
  ) {
    this.#seed = keccak(new TextEncoder().encode(`beamtab devnet accounts, ${seed}`))
    this.senders = Array.from({ length: SENDERS }, (_, index) => {
      const secret = this.#digest('sender', index)
      return { secret, address: signer.addressOf(secret, keccak) }
    })
  }

  /** The address of the account of that number, from 0 to {@link count}, excluded; past it of one that does not exist yet. */
  address(index: number): AddressBytes {
    return asAddress(this.#digest('account', index).subarray(12))
  }

  /** What each has in the genesis state: from nothing to about 1,100 ether, in Gwei. */
  *balances(): Iterable<readonly [address: AddressBytes, wei: bigint]> {
    for (let index = 0; index < this.count; index++) {
      const digest = this.#digest('account', index)
      yield [asAddress(digest.subarray(12)), bytesToBigInt(digest.subarray(0, 5)) * GWEI]
    }
    for (const { address } of this.senders) yield [address, SENDER_BALANCE]
  }

  #digest(kind: 'account' | 'sender', index: number): Hash {
    const number = setLengthLeft(intToBytes(index), 4)
    return asHash(this.keccak(concatBytes(this.#seed, Uint8Array.of(kind === 'sender' ? 1 : 0), number)))
  }
}
