/**
 * The tuned interpreter: a loop over frames that never waits unless a value is missing.
 *
 * Why own code: EthereumJS awaits at every opcode and message, repeats jump analysis per call and asks its `Common` for
 * active EIPs all along; whole mainnet blocks ran at 12 Mgas/s. Frames live in a list instead of the JavaScript stack, so
 * a call costs no promise and 1,024 of them no stack.
 *
 * An operation that meets a value it must wait for answers `WAIT` before it has changed anything; when the value has come
 * the same operation runs again. So a paused run goes on at the same read, and reads are asked for only after the gas for
 * them is known to be there, as in the specification: a minimal witness holds no more.
 */
import type { Keccak } from '../../chain/bytes.ts'
import type { AccessRecorder } from '../state/access-recorder.ts'
import type { FlatState } from '../state/flat-state.ts'
import type { Pace } from '../pace.ts'
import { Frame, type Failure, type Message, type Outcome, type Snapshot } from './frame.ts'
import type { ForkRules } from './fork-rules.ts'
import { analyse } from './code-analysis.ts'
import { settleFrame } from './messages.ts'
import type { MachineObserver } from './observer.ts'
import type { BlockEnvironment, Log, Precompile, TransactionEnvironment } from './environment.ts'
import type { OpTable } from './operation.ts'
import { HALT, WAIT, type Signal } from './signal.ts'
import { StateGas } from './state-gas.ts'

/**
 * Gas between looks at the clock, which cost some 50 ns. At the usual 30 gas a microsecond it is a sixth of a millisecond.
 * What is slow for its gas counts apart: see {@link Machine.hasWorked}.
 */
const LOOK_GAS = 5_000
/** What entering or leaving a frame counts for: about three microseconds. */
const FRAME_GAS = 100

export interface MachineContext {
  readonly state: FlatState
  readonly rules: ForkRules
  readonly table: OpTable
  readonly precompiles: ReadonlyMap<bigint, Precompile>
  readonly block: BlockEnvironment
  readonly transaction: TransactionEnvironment
  readonly keccak: Keccak
  /** Where the block has an access list (EIP-7928). */
  readonly accesses: AccessRecorder | undefined
  /** What is left for state, and what has been used for it before (EIP-8037); zeros on other forks. */
  readonly stateGas: { readonly reservoir: number; readonly used: number }
  readonly pace: Pace
  /** Who watches this run. */
  readonly observer?: MachineObserver | undefined
}

export class Machine {
  readonly state: FlatState
  readonly rules: ForkRules
  readonly block: BlockEnvironment
  readonly transaction: TransactionEnvironment
  readonly precompiles: ReadonlyMap<bigint, Precompile>
  readonly keccak: Keccak
  readonly accesses: AccessRecorder | undefined
  readonly stateGas: StateGas
  readonly observer: MachineObserver | undefined

  /** The running frame; undefined before the first message and after the last. */
  frame: Frame | undefined
  pending: Promise<unknown> | undefined
  /** The outcome of the outermost message and the gas it left, once done. */
  result: { readonly outcome: Outcome; readonly gasLeft: number } | undefined

  /** Logs, accounts destroyed (with their heirs) and created, and the refund counter, of all frames not failed so far. */
  readonly logs: Log[] = []
  readonly destroyed: { readonly account: bigint; readonly heir: bigint }[] = []
  readonly created: bigint[] = []
  refund = 0

  /** The transaction's own message could not pay for what it reaches, so that nothing of it was run (EIP-2780). */
  failedBeforeFrame = false
  /** Some call could not pay what it costs beyond reaching its target; see {@link TunedEvm} for what follows. */
  failedPastTarget = false

  private readonly table: OpTable
  private readonly pace: Pace
  private untilLook = LOOK_GAS

  constructor(context: MachineContext) {
    this.state = context.state
    this.rules = context.rules
    this.table = context.table
    this.precompiles = context.precompiles
    this.block = context.block
    this.transaction = context.transaction
    this.keccak = context.keccak
    this.pace = context.pace
    this.accesses = context.accesses
    this.stateGas = new StateGas(context.stateGas.reservoir, context.stateGas.used)
    this.observer = context.observer
  }

  /**
   * Runs until the outermost frame has its outcome, with pauses where others are to have the thread. A data fault, and the end
   * of a run that is not wanted, leave the machine as it is: throw it away with the block.
   */
  async run(): Promise<void> {
    while (this.frame !== undefined) {
      if (this.step() === WAIT) await this.pending
    }
  }

  enter(message: Message, code: Uint8Array, snapshot: Snapshot): void {
    this.frame = new Frame(message, analyse(code), this.frame, snapshot)
  }

  snapshot(): Snapshot {
    return {
      logs: this.logs.length,
      destroyed: this.destroyed.length,
      created: this.created.length,
      refund: this.refund,
      reservoir: this.stateGas.reservoir,
      stateGasUsed: this.stateGas.used,
    }
  }

  restore(snapshot: Snapshot): void {
    this.logs.length = snapshot.logs
    this.destroyed.length = snapshot.destroyed
    this.created.length = snapshot.created
    this.refund = snapshot.refund
    this.stateGas.reservoir = snapshot.reservoir
    this.stateGas.used = snapshot.stateGasUsed
  }

  /** For an operation whose time its opcode does not tell: what it charged by length; `Infinity` where gas tells nothing. */
  hasWorked(gas: number): void {
    this.untilLook -= gas
  }

  /** For an operation: `return machine.wait(promise)`. */
  wait(pending: Promise<unknown>): Signal {
    this.pending = pending
    return WAIT
  }

  /** For an operation: `return machine.fail(frame, 'invalid jump')`. */
  fail(frame: Frame, failure: Failure): Signal {
    frame.outcome = { kind: 'failure', failure }
    return HALT
  }

  /** Between two operations, as nothing is under way there. */
  private isPaused(): boolean {
    this.untilLook = LOOK_GAS
    const pause = this.pace.pause()
    if (pause === undefined) return false
    this.pending = pause
    return true
  }

  /** Runs frames until one has to wait or none is left. */
  private step(): Signal {
    const { table } = this
    let frame = this.frame!
    let code = frame.analysis.code
    for (;;) {
      const pc = frame.pc
      const op = table[pc < code.length ? code[pc]! : 0]!
      if (this.untilLook < 0 && this.isPaused()) return WAIT
      this.untilLook -= op.gas
      let signal: Signal
      if (frame.height < op.inputs) signal = this.fail(frame, 'stack underflow')
      else if (frame.height > op.maxHeight) signal = this.fail(frame, 'stack overflow')
      else if (frame.gas < op.gas) signal = this.fail(frame, 'out of gas')
      else {
        frame.gas -= op.gas
        frame.pc = pc + 1
        signal = op.run(frame, this)
      }
      if (signal === WAIT) {
        frame.gas += op.gas
        frame.pc = pc
        return WAIT
      }
      if (signal === HALT) settleFrame(this, frame)
      if (this.frame !== frame) {
        if (this.frame === undefined) return HALT
        this.untilLook -= FRAME_GAS
        frame = this.frame
        code = frame.analysis.code
      }
    }
  }
}
