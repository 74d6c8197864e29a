/**
 * EthereumJS's EVM with its message execution replaced by the tuned {@link Machine}. Transactions, fees and precompiles stay
 * EthereumJS's. What the machine does not cover (gas beyond 2^44, listeners, EIPs that no fork has) runs on the stock
 * interpreter over the same state.
 */
import { EVM, type EVMOpts, type EVMResult, type EVMRunCallOpts } from '@ethereumjs/evm'
import type { Common } from '@ethereumjs/common'
import type { Keccak } from '../../chain/bytes.ts'
import { loadKzg } from '../crypto/kzg.ts'
import type { FlatStateManager } from '../state/flat-state-manager.ts'
import type { AccessRecorder } from '../state/access-recorder.ts'
import { FlatJournal } from '../state/flat-journal.ts'
import type { AccountEntry } from '../state/account-entry.ts'
import type { FlatState } from '../state/flat-state.ts'
import type { Pace } from '../pace.ts'
import { bytesToWord } from '../words.ts'
import { blockEnvironment } from './block-environment.ts'
import type { BlockHashLookup } from './environment.ts'
import { forkRules, type ForkRules } from './fork-rules.ts'
import { Machine } from './machine.ts'
import type { Precompile, TransactionEnvironment } from './environment.ts'
import { MAX_TUNED_GAS } from './memory.ts'
import type { MachineObserver } from './observer.ts'
import { opTable } from './op-table.ts'
import type { OpTable } from './operation.ts'
import { startRootCall, startRootCreate } from './root-message.ts'
import { evmResult } from './evm-result.ts'

export interface TunedEvmOptions {
  readonly stateManager: FlatStateManager
  readonly keccak: Keccak
  readonly blockHash: BlockHashLookup
  readonly precompiles: (evm: EVM) => ReadonlyMap<bigint, Precompile>
  /** Where the block has an access list. */
  readonly accesses: AccessRecorder | undefined
  readonly pace: Pace
}

/** How runs of the machine are watched: each step by a table of its own, messages by an observer. */
export interface MachineTracing {
  readonly observer: MachineObserver
  readonly table: (table: OpTable) => OpTable
}

/** EIPs that the machine does not know: EOF, binary trees. */
const UNCOVERED_EIPS = [3540, 7864]

/** Listeners that want to see what the machine does not show. */
const OBSERVED_EVENTS = ['step', 'beforeMessage', 'afterMessage', 'newContract'] as const

export class TunedEvm extends EVM {
  /** Of the calls from here on; to be set between two of them. */
  tracing: MachineTracing | undefined
  private readonly state: FlatState
  private readonly rules: ForkRules
  private readonly table: OpTable
  private readonly coversFork: boolean
  private readonly ownPrecompiles: ReadonlyMap<bigint, Precompile>

  constructor(
    options: EVMOpts & { common: Common },
    private readonly tuned: TunedEvmOptions,
  ) {
    super(options)
    this.state = tuned.stateManager.state
    // EthereumJS's own class has private parts that nothing outside it uses; ours answers all that `runTx` and opcodes ask.
    this.journal = new FlatJournal(tuned.stateManager, options.common) as unknown as EVM['journal']
    this.coversFork = !UNCOVERED_EIPS.some((eip) => options.common.isActivatedEIP(eip))
    const fork = coveredFork(options.common)
    this.rules = fork.rules
    this.table = fork.table
    this.ownPrecompiles = tuned.precompiles(this)
  }

  override async runCall(call: EVMRunCallOpts): Promise<EVMResult> {
    if (!this.covers(call)) return this.runStock(call)
    const caller = this.state.entry(bytesToWord(call.caller!.bytes))
    await this.state.load(caller)
    const value = call.value ?? 0n
    this.state.reads?.sufficiency(caller, value)
    if ((caller.current?.balance ?? 0n) < value) return this.runStock(call)
    // Only calls that are no transactions raise it here.
    if (call.skipNonceIncrement !== true) this.state.setNonce(caller, (caller.current?.nonce ?? 0n) + 1n)
    const machine = this.machine(call)
    const root = {
      caller,
      value,
      data: call.data ?? NOTHING,
      gas: Number(call.gasLimit),
      access: call.isStatic === true ? 'static' : 'write',
    } as const
    let created: AccountEntry | undefined
    if (call.to === undefined) created = await startRootCreate(machine, root)
    else await startRootCall(machine, root, bytesToWord(call.to.bytes))
    this.reportStateGas(machine)
    return evmResult(machine, call.gasLimit!, created)
  }

  /** In the places where `runTx` looks for it (EIP-8037); a failed message has used none. */
  private reportStateGas({ result, stateGas, failedBeforeFrame, failedPastTarget }: Machine): void {
    if (this.rules.stateGas === undefined) return
    this.eip2780PrepOog = failedBeforeFrame
    // Where the transaction then ends out of gas, `runTx` takes the reservoir too.
    if (failedPastTarget) this.eip7928CallPostTargetOog = true
    if (result?.outcome.kind !== 'success') return
    this.stateGasReservoir = BigInt(stateGas.reservoir)
    this.executionStateGasUsed = BigInt(stateGas.used)
  }

  /** The stock precompiles take what the `Common` holds, and a missing KZG library for a bad proof. */
  private async runStock(call: EVMRunCallOpts): Promise<EVMResult> {
    this.state.reads?.giveUp()
    if (this.common.isActivatedEIP(4844)) this.common.customCrypto.kzg = await loadKzg()
    return super.runCall(call)
  }

  private covers(call: EVMRunCallOpts): boolean {
    return (
      this.coversFork &&
      call.message === undefined &&
      call.block !== undefined &&
      call.caller !== undefined &&
      call.gasLimit !== undefined &&
      call.gasLimit <= MAX_TUNED_GAS &&
      this.stateGasReservoir <= MAX_TUNED_GAS &&
      (call.depth ?? 0) === 0 &&
      call.code === undefined &&
      call.salt === undefined &&
      call.delegatecall !== true &&
      call.isCompiled !== true &&
      call.skipBalance !== true &&
      OBSERVED_EVENTS.every((event) => this.events.listenerCount(event) === 0)
    )
  }

  private machine(call: EVMRunCallOpts): Machine {
    const transaction: TransactionEnvironment = {
      origin: bytesToWord((call.origin ?? call.caller!).bytes),
      gasPrice: call.gasPrice ?? 0n,
      blobHashes: (call.blobVersionedHashes ?? []).map(BigInt),
    }
    return new Machine({
      state: this.state,
      rules: this.rules,
      table: this.tracing?.table(this.table) ?? this.table,
      observer: this.tracing?.observer,
      precompiles: this.ownPrecompiles,
      block: blockEnvironment(call.block!.header, this.tuned.blockHash),
      transaction,
      keccak: this.tuned.keccak,
      accesses: this.tuned.accesses,
      pace: this.tuned.pace,
      stateGas: { reservoir: Number(this.stateGasReservoir), used: Number(this.executionStateGasUsed) },
    })
  }
}

const NOTHING = new Uint8Array(0)

/** Tables by chain and fork; a handful per process. */
const forks = new Map<string, { rules: ForkRules; table: OpTable }>()

export function coveredFork(common: Common): { rules: ForkRules; table: OpTable } {
  const key = `${common.chainId()}:${common.hardfork()}:${common.eips().join()}`
  let fork = forks.get(key)
  if (fork === undefined) {
    const rules = forkRules(common)
    fork = { rules, table: opTable(common, rules) }
    forks.set(key, fork)
  }
  return fork
}
