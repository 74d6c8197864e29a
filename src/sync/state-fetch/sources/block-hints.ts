/** What a block says of itself about the state it touches: addresses, lists of its transactions (EIP-2930), and its calls. */
import { createBlockFromRLP, type Block } from '@ethereumjs/block'
import { hexToBytes, setLengthLeft, bigIntToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { asAddress, asHash, type AddressBytes } from '../../../chain/bytes.ts'
import { commonAt } from '../../../chain/execution-common.ts'
import type { ExecutionNetwork } from '../../../chain/network.ts'
import type { RawBlock } from '../../../execution/block/raw-block.ts'
import { CONSOLIDATION_REQUESTS, WITHDRAWAL_REQUESTS } from '../../../execution/block/system-calls.ts'
import type { WasmCrypto } from '../../../execution/crypto/wasm-crypto.ts'
import { NO_KZG } from '../../../network/on-demand/no-kzg.ts'
import type { MessageCall } from '../../../network/on-demand/rpc-access-list.ts'
import type { TouchedKeys } from '../../../network/state-service/messages.ts'

/** Of a transaction it is known who sends it and how much gas it has. */
export interface TransactionCall extends MessageCall {
  readonly from: AddressBytes
  readonly gas: bigint
}

export interface BlockHints {
  /** Senders, recipients, coinbase, withdrawal and system addresses, and entries of access lists; repeated ones as they come. */
  readonly keys: readonly TouchedKeys[]
  /** Recipients that may have code. */
  readonly called: readonly AddressBytes[]
  /** One for each transaction. */
  readonly calls: readonly TransactionCall[]
}

/** Empty for a block that is none: whoever executes it says what is wrong with it. */
export function hintsIn({ rlp, header }: RawBlock, network: ExecutionNetwork, crypto: WasmCrypto): BlockHints {
  try {
    const common = commonAt(network, header, { ...crypto.customCrypto, kzg: NO_KZG })
    return hintsOf(createBlockFromRLP(rlp, { common, freeze: true }))
  } catch {
    return { keys: [], called: [], calls: [] }
  }
}

function hintsOf(block: Block): BlockHints {
  const { header, transactions, withdrawals = [] } = block
  const calls = transactions.map((tx) => {
    const listed = 'accessList' in tx ? tx.accessList : []
    return {
      from: asAddress(tx.getSenderAddress().bytes),
      to: tx.to && asAddress(tx.to.bytes),
      gas: tx.gasLimit,
      value: tx.value,
      data: tx.data,
      accessList: listed.map(([address, slots]) => ({ address: asAddress(address), slots: slots.map(asHash) })),
    } satisfies TransactionCall
  })
  const called = calls.flatMap(({ to }) => (to === undefined ? [] : [to]))
  const plain = [
    asAddress(header.coinbase.bytes),
    ...calls.map(({ from }) => from),
    ...called,
    ...withdrawals.map(({ address }) => asAddress(address.bytes)),
  ]
  const keys = [
    ...plain.map((address) => ({ address, slots: [] })),
    ...calls.flatMap(({ accessList }) => accessList),
    ...systemKeys(block),
  ]
  return { keys, called: [...called, ...systemKeys(block).map(({ address }) => address)], calls }
}

/** Slots of the rings that are written at a block's beginning, and the heads of the queues that are read at its end. */
function systemKeys({ common, header }: Block): TouchedKeys[] {
  const keys: TouchedKeys[] = []
  const add = (address: PrefixedHexString, slots: readonly bigint[]): void => {
    keys.push({
      address: asAddress(hexToBytes(address)),
      slots: slots.map((slot) => asHash(setLengthLeft(bigIntToBytes(slot), 32))),
    })
  }
  if (common.isActivatedEIP(4788)) {
    const place = header.timestamp % BEACON_ROOTS_RING
    add(BEACON_ROOTS, [place, place + BEACON_ROOTS_RING])
  }
  if (common.isActivatedEIP(2935)) add(HISTORY_STORAGE, [(header.number - 1n) % HISTORY_RING])
  if (common.isActivatedEIP(7002)) add(WITHDRAWAL_REQUESTS, QUEUE_SLOTS)
  if (common.isActivatedEIP(7251)) add(CONSOLIDATION_REQUESTS, QUEUE_SLOTS)
  return keys
}

/** EIP-4788. */
const BEACON_ROOTS = '0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02'
const BEACON_ROOTS_RING = 8_191n
/** EIP-2935. */
const HISTORY_STORAGE = '0x0000F90827F1C53a10cb7A02335B175320002935'
const HISTORY_RING = 8_191n
/** Excess, count, head and tail (EIP-7002 and EIP-7251). */
const QUEUE_SLOTS = [0n, 1n, 2n, 3n]
