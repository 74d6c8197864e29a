/** The people of a devnet: many accounts nobody has keys for, and some that send the workload's transactions. */
import { concatBytes } from '@ethereumjs/util'
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
  /** What is hashed: the seed, the kind, and the number in four bytes. Written over for each. */
  readonly #message: Uint8Array
  readonly #numberInMessage: DataView

  /** @param count of accounts without keys */
  constructor(
    seed: string,
    readonly count: number,
    private readonly keccak: Keccak,
    signer: Signer,
  ) {
    this.#message = concatBytes(keccak(new TextEncoder().encode(`beamtab devnet accounts, ${seed}`)), new Uint8Array(5))
    this.#numberInMessage = new DataView(this.#message.buffer, this.#message.length - 4)
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
      yield [asAddress(digest.subarray(12)), BigInt(balanceOf(digest)) * GWEI]
    }
    for (const { address } of this.senders) yield [address, SENDER_BALANCE]
  }

  #digest(kind: 'account' | 'sender', index: number): Hash {
    this.#message[this.#message.length - 5] = kind === 'sender' ? 1 : 0
    this.#numberInMessage.setUint32(0, index)
    return asHash(this.keccak(this.#message))
  }
}

/** Gwei, from five bytes that the address has no part in. */
const balanceOf = (digest: Hash): number =>
  digest[0]! * 2 ** 32 + digest[1]! * 2 ** 24 + digest[2]! * 2 ** 16 + digest[3]! * 2 ** 8 + digest[4]!
