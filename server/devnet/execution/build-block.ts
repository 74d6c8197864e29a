/**
 * One block, built by EthereumJS as it comes: its own block builder over its own state manager and tries. The client's
 * executor shares none of that, so a block that both agree on is right.
 */
import { setImmediate as yieldThread } from 'node:timers/promises'
import {
  buildBlock,
  createVM,
  encodeReceipt,
  runTx,
  type BlockBuilder,
  type RunTxOpts,
  type RunTxResult,
  type VM,
} from '@ethereumjs/vm'
import {
  createBlock,
  createBlockHeader,
  createBlockHeaderFromRLP,
  type Block,
  type BlockHeader,
  type HeaderData,
} from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { createEVM, txExceedsAvailableBlockGas8037, type EVMMockBlockchainInterface } from '@ethereumjs/evm'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager'
import { isBlob4844Tx, type TypedTransaction } from '@ethereumjs/tx'
import { Account, Address, EthereumJSError, ValueEncoding, type WithdrawalData } from '@ethereumjs/util'
import type { AddressBytes, Hash, Keccak } from '../../../src/chain/bytes.ts'
import type { Withdrawal } from '../../../src/consensus/containers/execution-payload.ts'
import { decodeRawHeader } from '../../../src/execution/block/raw-block.ts'
import type { CodeSource } from '../../../src/state/content-bag.ts'
import type { NodeSource } from '../../../src/state/trie/node-source.ts'
import type { NewBlock } from '../../execution/chain-input.ts'
import type { BlockRequest } from './block-request.ts'
import type { ForkRules } from './fork-rules.ts'
import { StateOverlay } from './state-overlay.ts'

export interface BuildOptions {
  readonly rules: ForkRules
  readonly request: BlockRequest
  /** RLP. */
  readonly parentHeader: Uint8Array
  /** Has all of the state after the parent. */
  readonly state: NodeSource & CodeSource
  readonly keccak: Keccak
  /** Of an ancestor, for BLOCKHASH. @throws {UnknownAncestorError} */
  readonly ancestorHash: (number: number) => Hash
}

/** Accounts at a point of the block, for whoever makes transactions. */
export interface AccountView {
  readonly nonce: bigint
  readonly balance: bigint
}

export interface BuiltBlock {
  readonly block: Block
  /** What the chain takes. */
  readonly fresh: NewBlock
  /** Type byte and data of each kind that is not empty (EIP-7685); undefined before Prague. */
  readonly requests: readonly Uint8Array[] | undefined
}

/** A transaction that the block does not take; nothing of it was done. */
export class UnfitTransactionError extends Error {
  override name = 'UnfitTransactionError'
}

/**
 * A transaction asked for the hash of a block that is not held: one before the genesis block of a chain that does not
 * begin at 0. EthereumJS is stopped in the middle of it, so the block in the making is lost.
 */
export class UnknownAncestorError extends Error {
  override name = 'UnknownAncestorError'
}

/** A block in the making. One after the other: a call has to end before the next begins. */
export class OpenBlock {
  /** Gas by what it is for: since Amsterdam (EIP-8037) a header counts the larger of two, before it there is one. */
  readonly #gas = { regular: 0n, state: 0n }
  /** What senders have paid for, which receipts count. */
  #gasPaid = 0n

  private constructor(
    private readonly options: BuildOptions,
    private readonly vm: VM,
    private readonly builder: BlockBuilder,
    private readonly overlay: StateOverlay,
    /** What transactions are executed in: a header in which nothing is yet that follows from execution. */
    private readonly frame: Block,
  ) {}

  /** On the parent's state, with the calls done that the protocol makes before transactions. */
  static async open(options: BuildOptions): Promise<OpenBlock> {
    const { rules, request, keccak } = options
    const raw = decodeRawHeader(options.parentHeader, keccak)
    const common = rules.at({ ...raw, number: raw.number + 1, timestamp: request.timestamp })
    const parentCommon = rules.at(raw)
    const parent = createBlockHeaderFromRLP(options.parentHeader, { common: parentCommon })
    const overlay = new StateOverlay(options.state)
    const vm = await createMachine(options, common, overlay, parent)
    const header = headerOn(parent, request, common)
    const builder = await buildBlock(vm, {
      parentBlock: createBlock({ header: parent }, { common: parentCommon }),
      headerData: header,
      withdrawals: (request.withdrawals ?? []).map(withdrawalData),
      blockOpts: { common, putBlockIntoBlockchain: false },
    })
    return new OpenBlock(options, vm, builder, overlay, createBlock({ header }, { common }))
  }

  /** The rules that transactions are made under. */
  get common(): Common {
    return this.vm.common
  }

  /** What transactions pay and how much fits in; what follows from execution is not in it yet. */
  get header(): BlockHeader {
    return this.frame.header
  }

  /** As the header counts it, so far. */
  get gasUsed(): bigint {
    return this.builder.gasUsed
  }

  get blobGasUsed(): bigint {
    return this.builder.blobGasUsed
  }

  /** After the transactions so far; an account that does not exist has nothing. */
  async account(address: AddressBytes): Promise<AccountView> {
    const account = await this.vm.stateManager.getAccount(new Address(address))
    return { nonce: account?.nonce ?? 0n, balance: account?.balance ?? 0n }
  }

  /**
   * Does what the builder's `addTransaction` does, without making all transactions of the block anew for each: at 500 of
   * them that was three quarters of a block's time.
   * @throws {UnfitTransactionError} with the reason; the block is as it was @throws {UnknownAncestorError}
   */
  async add(tx: TypedTransaction): Promise<void> {
    const { builder, frame: block, vm } = this
    const { transactions, transactionResults } = listsOf(builder)
    const blobGas = isBlob4844Tx(tx) ? BigInt(tx.numBlobs()) * this.common.param('blobGasPerBlob') : 0n
    this.#checkRoom(tx, blobGas)
    const accesses = vm.evm.blockLevelAccessList
    // EIP-7928: index 0 is what comes before the transactions.
    if (accesses !== undefined) accesses.blockAccessIndex = transactions.length + 1
    const result = await this.#run({ tx, block, blockGasUsed: this.#gasPaid })
    transactions.push(tx)
    transactionResults.push(result)
    builder.blobGasUsed += blobGas
    this.#gasPaid += result.totalGasSpent
    this.#gas.regular += result.txRegularGas ?? result.blockGasSpent
    this.#gas.state += result.txStateGas ?? 0n
    builder.gasUsed = this.#gas.regular > this.#gas.state ? this.#gas.regular : this.#gas.state
    // EthereumJS awaits much and waits for nothing: without this, requests would be read when the block is done.
    await yieldThread()
  }

  /** With withdrawals and requests. Nothing can be done with the block after. */
  async close(): Promise<BuiltBlock> {
    const { request } = this.options
    if (request.fault === 'stateRoot') await this.#giveAway(request.feeRecipient)
    const { block, requests, blockLevelAccessList } = await this.builder.build()
    const receipts = this.builder.transactionReceipts.map((receipt, index) =>
      encodeReceipt(receipt, block.transactions[index]!.type),
    )
    return {
      block,
      fresh: {
        rlp: block.serialize(),
        receipts,
        accessList: blockLevelAccessList?.serialize(),
        nodes: this.overlay,
        codes: this.overlay,
      },
      requests: requests?.filter(({ data }) => data.length > 0).map(({ bytes }) => bytes),
    }
  }

  #checkRoom(tx: TypedTransaction, blobGas: bigint): void {
    const { gasLimit } = this.header
    const isTooLarge = this.common.isActivatedEIP(8037)
      ? txExceedsAvailableBlockGas8037(
          tx.gasLimit,
          tx.common.param('maxTransactionGasLimit'),
          gasLimit,
          this.#gas.regular,
          this.#gas.state,
        )
      : tx.gasLimit > gasLimit - this.gasUsed
    if (isTooLarge) throw new UnfitTransactionError('the transaction wants more gas than the block has left')
    if (blobGas > 0n && this.blobGasUsed + blobGas > this.common.getBlobGasSchedule().maxBlobGasPerBlock)
      throw new UnfitTransactionError('the transaction has more blobs than the block takes')
  }

  async #run(options: RunTxOpts): Promise<RunTxResult> {
    try {
      return await runTx(this.vm, options)
    } catch (error) {
      if (error instanceof EthereumJSError) throw new UnfitTransactionError(error.message)
      throw error
    }
  }

  /** One wei out of nothing: the state that follows is a whole one, but not what the block leads to. */
  async #giveAway(to: AddressBytes): Promise<void> {
    const address = new Address(to)
    const account = (await this.vm.stateManager.getAccount(address)) ?? new Account()
    account.balance += 1n
    await this.vm.stateManager.putAccount(address, account)
  }
}

/** What the builder closes the block over: private there, and left out of its types. */
const listsOf = (builder: BlockBuilder): { transactions: TypedTransaction[]; transactionResults: RunTxResult[] } =>
  builder as unknown as ReturnType<typeof listsOf>

/** EthereumJS 10.1.3 writes slots through to the trie, cached or not, and cached ones once more at the end of the block. */
const NO_CACHE = { size: 0 }

/** Who built the block, as clients write it; "beamtab". */
const EXTRA_DATA = new TextEncoder().encode('beamtab')

function headerOn(parent: BlockHeader, request: BlockRequest, vmCommon: Common): HeaderData {
  // Only a header's own `Common` has the parameters that headers follow from.
  const { common } = createBlockHeader({ number: parent.number + 1n }, { common: vmCommon })
  return {
    parentHash: request.parentHash,
    number: parent.number + 1n,
    timestamp: request.timestamp,
    coinbase: new Address(request.feeRecipient),
    mixHash: request.prevRandao,
    gasLimit: parent.gasLimit,
    extraData: EXTRA_DATA,
    baseFeePerGas: parent.calcNextBaseFee(),
    ...(common.isActivatedEIP(4844) && { excessBlobGas: parent.calcNextExcessBlobGas(common), blobGasUsed: 0n }),
    ...(common.isActivatedEIP(4788) && { parentBeaconBlockRoot: request.parentBeaconBlockRoot }),
    ...(common.isActivatedEIP(7843) && { slotNumber: BigInt(request.slot) }),
  }
}

async function createMachine(
  { ancestorHash }: BuildOptions,
  common: Common,
  overlay: StateOverlay,
  { stateRoot }: BlockHeader,
): Promise<VM> {
  const trie = new MerklePatriciaTrie({
    db: overlay,
    root: stateRoot,
    useKeyHashing: true,
    valueEncoding: ValueEncoding.Bytes,
    common,
  })
  const stateManager = new MerkleStateManager({ common, trie, caches: new Caches({ storage: NO_CACHE }) })
  const blockchain: EVMMockBlockchainInterface = {
    getBlock: async (number) => ({ hash: () => ancestorHash(number) }),
    putBlock: async () => undefined,
    shallowCopy: () => blockchain,
  }
  const evm = await createEVM({ common, blockchain, stateManager })
  return createVM({ common, stateManager, evm })
}

const withdrawalData = ({ index, validatorIndex, address, amount }: Withdrawal): WithdrawalData => ({
  index,
  validatorIndex,
  address: new Address(address),
  amount,
})
