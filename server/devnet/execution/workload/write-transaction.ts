/** A draft as a signed transaction: who pays how much, and in which of the five envelopes. */
import type { BlockHeader } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { createTx, type TypedTransaction, type TypedTxData } from '@ethereumjs/tx'
import {
  bigIntToHex,
  bytesToBigInt,
  bytesToHex,
  eoaCode7702SignAuthorization,
  type EOACode7702AuthorizationListBytesItem,
  type EOACode7702AuthorizationListItemUnsigned,
} from '@ethereumjs/util'
import type { AddressBytes } from '../../../../src/chain/bytes.ts'
import type { Sender } from '../accounts.ts'
import type { Draft, Random } from './draft.ts'

export interface Envelope {
  readonly common: Common
  /** Of the block that is to take it. */
  readonly header: BlockHeader
  readonly sender: Sender
  readonly random: Random
  /** Nonces as they are when the transaction comes. */
  readonly nonce: (of: AddressBytes) => Promise<bigint>
}

const GWEI = 10n ** 9n
/** What users pay above the base fee, in tenths of a Gwei. */
const MAX_TIP = 20
/** EIP-8037 charges for what the state grows by, up to several times what Cancun did. */
const STATE_GAS_FACTOR = 6n

export async function writeTransaction(draft: Draft, envelope: Envelope): Promise<TypedTransaction> {
  const { common, sender, nonce } = envelope
  const { to, value = 0n, data = new Uint8Array() } = draft
  const fields = {
    nonce: await nonce(sender.address),
    ...(to !== undefined && { to: bytesToHex(to) }),
    value,
    data,
    gasLimit: common.isActivatedEIP(8037) ? draft.gasLimit * STATE_GAS_FACTOR : draft.gasLimit,
    chainId: common.chainId(),
  }
  const typed: TypedTxData = { ...fields, ...(await typeAndFees(draft, envelope)) }
  return createTx(typed, { common }).sign(sender.secret)
}

async function typeAndFees(draft: Draft, envelope: Envelope): Promise<TypedTxData> {
  const { header, random } = envelope
  const baseFee = header.baseFeePerGas!
  const tip = (BigInt(random.between(0, MAX_TIP)) * GWEI) / 10n
  // The base fee doubles in six blocks at the fastest: a usual margin.
  const dynamic = { maxFeePerGas: 2n * baseFee + tip, maxPriorityFeePerGas: tip }
  if (draft.blobs !== undefined) return { type: 3, ...dynamic, ...blobFields(draft.blobs, envelope) }
  if (draft.delegations !== undefined) return { type: 4, ...dynamic, ...(await authorizations(draft, envelope)) }
  if (random.oneIn(2)) return { type: 2, ...dynamic, accessList: accessList(draft, random) }
  const gasPrice = baseFee + tip
  return random.oneIn(3) ? { type: 1, gasPrice, accessList: accessList(draft, random) } : { type: 0, gasPrice }
}

function accessList({ to, slots, gasLimit }: Draft, random: Random) {
  // What costs exactly what it must leaves no gas for a list.
  if (to === undefined || slots === undefined || gasLimit === 21_000n || random.oneIn(3)) return []
  return [{ address: bytesToHex(to), storageKeys: slots.map(bytesToHex) }]
}

function blobFields(blobs: number, { header, random }: Envelope) {
  // Versioned hashes as KZG commitments have them (EIP-4844), of blobs that nobody has.
  const blobVersionedHashes = Array.from({ length: blobs }, () => {
    const hash = random.bytes(32)
    hash[0] = 1
    return bytesToHex(hash)
  })
  return { blobVersionedHashes, maxFeePerBlobGas: 2n * header.getBlobGasPrice() }
}

async function authorizations({ delegations = [] }: Draft, { common, nonce }: Envelope) {
  const authorizationList: EOACode7702AuthorizationListBytesItem[] = []
  for (const { authority, to } of delegations) {
    const unsigned: EOACode7702AuthorizationListItemUnsigned = {
      chainId: bigIntToHex(common.chainId()),
      address: bytesToHex(to),
      nonce: bigIntToHex(await nonce(authority.address)),
    }
    authorizationList.push(eoaCode7702SignAuthorization(unsigned, authority.secret, signWith(common)))
  }
  return { authorizationList }
}

/** The form that authorizations want of the signature that transactions get. */
function signWith({ customCrypto }: Common): Parameters<typeof eoaCode7702SignAuthorization>[2] {
  const sign = customCrypto.ecsign
  if (sign === undefined) return undefined
  return (hash, secret) => {
    const signed = sign(hash, secret)
    return { recovery: signed[0]!, r: bytesToBigInt(signed.subarray(1, 33)), s: bytesToBigInt(signed.subarray(33)) }
  }
}
