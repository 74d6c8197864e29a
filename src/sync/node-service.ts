/**
 * What the node worker does: owns the trie and the store, has blocks executed by EVM workers, and keeps what was verified.
 * Blocks are verified one after another.
 */
import { bytesToHex, hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { asHash } from '../chain/bytes.ts'
import type { Network } from '../chain/network.ts'
import type { Mismatch, Unchecked, Verification, VerificationStats } from '../execution/block/verification.ts'
import { decodeRawBlock } from '../execution/block/raw-block.ts'
import { verifyBlock, type BlockInput } from '../execution/block/verify-block.ts'
import type { WasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import type { KnownValues, StateHome } from '../execution/remote/evm-messages.ts'
import { executeRemotely } from '../execution/remote/remote-executor.ts'
import { readStatelessBlock, StatelessBlockError, type StatelessBlock } from '../execution/stateless-block.ts'
import { blockInput } from '../execution/verify-stateless-block.ts'
import { describeFault } from '../state/data-fault.ts'
import type { BlockSummary, Store, StoreStats } from '../state/store/store.ts'
import { BlockState } from './block-state.ts'
import type { EvmPool } from './evm/evm-pool.ts'
import { EvmLostError } from './evm/evm-seat.ts'
import { keepBlock, keptInput } from './kept-block.ts'

export type NodeStage = 'reading' | 'hashing' | 'executing' | 'storing'

/** Plain data: it goes to the page. */
export interface NodeBlockReport {
  readonly network: string | undefined
  readonly number: number | undefined
  readonly hash: string | undefined
  readonly outcome: NodeBlockOutcome
  readonly nodes: { readonly read: number; readonly fromInput: number; readonly fromStore: number }
}

export type NodeBlockOutcome =
  | {
      readonly kind: 'verified'
      readonly stateRoot: string
      readonly notChecked: readonly Unchecked[]
      readonly stats: VerificationStats
      /** Why it is not in the store; undefined when it is. */
      readonly notKept: string | undefined
    }
  | { readonly kind: 'mismatch'; readonly mismatch: Mismatch }
  | { readonly kind: 'fault'; readonly what: string }
  | { readonly kind: 'error'; readonly code: string; readonly message: string }

export interface NodeServiceOptions {
  readonly network: Network
  readonly crypto: WasmCrypto
  readonly evms: EvmPool
  /** Makes the state's side callable from an EVM worker. */
  readonly lend: (home: StateHome) => StateHome
  /** Undefined until this tab leads. */
  readonly store: Store | undefined
  readonly now: () => number
}

const NO_NODES = { read: 0, fromInput: 0, fromStore: 0 }

export class NodeService {
  private store: Store | undefined

  constructor(private readonly options: NodeServiceOptions) {
    this.store = options.store
  }

  /** This tab leads from now on; with undefined it leads no more. */
  useStore(store: Store | undefined): void {
    this.store = store
  }

  get network(): string {
    return this.options.network.name
  }

  stats(): StoreStats | undefined {
    return this.store?.stats()
  }

  async keptBlocks(): Promise<BlockSummary[]> {
    return (await this.store?.listBlocks()) ?? []
  }

  /** Never rejects for what the file says. */
  async verifyBlock(file: Uint8Array, onStage: (stage: NodeStage) => void): Promise<NodeBlockReport> {
    const { network, now } = this.options
    const start = now()
    onStage('reading')
    let block: StatelessBlock
    try {
      block = await readStatelessBlock(file)
    } catch (error) {
      if (!(error instanceof StatelessBlockError)) throw error
      return {
        network: undefined,
        number: undefined,
        hash: undefined,
        nodes: NO_NODES,
        outcome: { kind: 'error', code: 'unreadable-file', message: error.message },
      }
    }
    const named = { network: block.network, number: block.number, hash: bytesToHex(block.blockHash) }
    const input = blockInput(block, network)
    if (input.kind === 'rejected') {
      return { ...named, outcome: { kind: 'error', code: input.code, message: input.message }, nodes: NO_NODES }
    }
    const decode = now() - start
    const state = new BlockState({ keccak: this.options.crypto.keccak, store: this.store, witness: block })
    const kept = await this.store?.getBlock(block.blockHash)
    onStage('hashing')
    const hashStart = now()
    if (kept === undefined) state.hashWitness()
    else await state.loadWitness(kept.witness)
    const report = await this.verify(input.block, state, { decode, hash: now() - hashStart }, onStage)
    // By whose rules it was executed, whatever the file calls itself.
    return { ...named, network: network.name, ...report }
  }

  /** Verifies a kept block from the store alone; undefined when it is not kept. */
  async verifyKeptBlock(hashHex: string, onStage: (stage: NodeStage) => void): Promise<NodeBlockReport | undefined> {
    const { network, now } = this.options
    onStage('reading')
    const start = now()
    const record = await this.store?.getBlock(asHash(hexToBytes(hashHex as PrefixedHexString)))
    if (record === undefined) return undefined
    const state = new BlockState({ keccak: this.options.crypto.keccak, store: this.store, witness: undefined })
    await state.loadWitness(record.witness)
    const input = await keptInput(record, network, this.store!)
    const report = await this.verify(input, state, { decode: now() - start, hash: 0 }, onStage)
    const { number } = decodeRawBlock(record.block, this.options.crypto.keccak).header
    return { network: network.name, number, hash: hashHex, ...report }
  }

  async close(): Promise<void> {
    await this.store?.close()
  }

  private async verify(
    input: BlockInput,
    state: BlockState,
    spent: { readonly decode: number; readonly hash: number },
    onStage: (stage: NodeStage) => void,
  ): Promise<Pick<NodeBlockReport, 'outcome' | 'nodes'>> {
    onStage('executing')
    let verification: Verification
    try {
      verification = await this.check(input, state, spent)
    } catch (error) {
      if (!(error instanceof EvmLostError)) throw error
      return { outcome: { kind: 'error', code: 'evm-lost', message: error.message }, nodes: NO_NODES }
    }
    let notKept: string | undefined
    if (verification.kind === 'verified') {
      onStage('storing')
      notKept = await keepBlock(this.store, this.options.network, verification, state)
    }
    const { nodes, nodesFromStore } = state.read()
    return {
      outcome: outcomeOf(verification, notKept),
      nodes: { read: nodes.length, fromInput: nodes.length - nodesFromStore, fromStore: nodesFromStore },
    }
  }

  /** @throws {EvmLostError} */
  private check(
    input: BlockInput,
    state: BlockState,
    spent: { readonly decode: number; readonly hash: number },
  ): Promise<Verification> {
    const { crypto, now, lend, evms } = this.options
    let known: KnownValues = { accounts: new Map(), slots: new Map() }
    return verifyBlock(input, {
      crypto,
      now,
      spent,
      engine: 'tuned',
      openState: (root) => {
        known = state.knownValues(root)
        return state.open(root)
      },
      execute: (job, execution) =>
        evms.run((evm, ticket) => {
          const run = (home: StateHome) => evm.execute(job, known, home, ticket)
          return executeRemotely(run, execution, lend, (codes) => state.admitCodes(codes))
        }),
    })
  }
}

function outcomeOf(verification: Verification, notKept: string | undefined): NodeBlockOutcome {
  switch (verification.kind) {
    case 'verified': {
      const { block, notChecked, stats } = verification
      return { kind: 'verified', stateRoot: bytesToHex(block.header.stateRoot), notChecked, stats, notKept }
    }
    case 'mismatch':
      return verification
    case 'fault':
      return { kind: 'fault', what: describeFault(verification.fault) }
    case 'rejected':
      return { kind: 'error', code: verification.code, message: verification.message }
  }
}
