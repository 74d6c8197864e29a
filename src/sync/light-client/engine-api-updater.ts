/** Keeps an execution client at the head, through its Engine API. */
import { byteArrayEquals } from '@chainsafe/ssz'
import type { Clock } from '../../chain/clock.ts'
import type { Keccak, Root } from '../../chain/bytes.ts'
import { asRoot } from '../../chain/bytes.ts'
import { asError } from '../../chain/thrown.ts'
import type { EngineApi } from '../../network/engine/engine-api.ts'
import { EngineError } from '../../network/engine/engine-error.ts'
import type { LightClientHeader } from '../../consensus/containers/light-client-objects.ts'
import { executionBlockHash } from '../../consensus/containers/light-client-objects.ts'
import { BeaconBlockHeaderType } from '../../consensus/containers/ssz-types.ts'
import type { BeaconBlockSync } from './beacon-block-sync.ts'
import { DetachedRequests } from './detached-requests.ts'
import type { Environment } from '../environment.ts'
import type { Module, ModuleEvent } from '../module.ts'
import { Signal } from '../signal.ts'
import { RETRY_MAX_MS, RETRY_MIN_MS } from './engine/constants.ts'
import { EngineDriver, type EngineTarget } from './engine/engine-driver.ts'
import type { EngineStatus } from './engine/engine-status.ts'
import { PayloadSearch, withProvenSlot } from './engine/payload-search.ts'
import type { LightClientState } from './light-client-state.ts'

export interface EngineApiUpdaterOptions {
  readonly state: LightClientState
  readonly engine: EngineApi
  readonly clock: Clock
  readonly keccak: Keccak
  /** Where the head's payload comes from. */
  readonly blocks: Pick<BeaconBlockSync, 'payload' | 'payloadsChanged'>
}

/**
 * Always: at most one drive is under way, and in it one call, so the client gets its heads in the order in which they
 * became heads; after a drive the newest head is driven to, unless it is the one that the drive was for. A head that the
 * client calls invalid, or refuses, is not sent again before the next one: heads come once in a slot.
 */
export class EngineApiUpdater implements Module {
  readonly name = 'engineApiUpdater'
  readonly triggers: readonly Signal[]
  /** {@link status} is another. */
  readonly statusChanged = new Signal('engine status')
  readonly #options: EngineApiUpdaterOptions
  readonly #requests: DetachedRequests
  readonly #driver: EngineDriver
  /** A drive has ended, or the pause after a failure. */
  readonly #free = new Signal('engine free')
  #status: EngineStatus = { kind: 'waiting' }
  #busy = false
  #driven: EngineTarget | undefined
  #failures = 0
  #cancelPause: (() => void) | undefined
  #closed = false

  constructor(options: EngineApiUpdaterOptions) {
    const { state, engine, clock, keccak, blocks } = options
    this.#options = options
    this.#requests = new DetachedRequests(clock)
    this.triggers = [blocks.payloadsChanged, state.headsChanged, state.chainChanged, this.#requests.wanted, this.#free]
    this.#driver = new EngineDriver({
      network: state.network,
      engine,
      search: new PayloadSearch({
        network: state.network,
        keccak,
        requests: this.#requests,
        header: (root) => state.headers.header(root),
      }),
      onProgress: (status) => this.#tell(status),
    })
  }

  get status(): EngineStatus {
    return this.#status
  }

  process(environment: Environment, events: readonly ModuleEvent[]): void {
    this.#requests.turn(environment, events)
    if (this.#busy || this.#closed || this.#cancelPause !== undefined) return
    const target = this.#target()
    if (target === undefined || isSame(target, this.#driven)) return
    this.#busy = true
    void this.#drive(target)
  }

  /** For good; the calls of the client itself end with its own signal. */
  close(): void {
    this.#closed = true
    this.#cancelPause?.()
    this.#requests.close()
  }

  #target(): EngineTarget | undefined {
    const { state, blocks } = this.#options
    const header = state.optimistic?.head.attestedHeader
    if (header?.execution === undefined || state.dispute !== undefined) return undefined
    const carried = blocks.payload(executionBlockHash(header.execution))
    if (carried === undefined) return undefined
    const finalized = state.finality?.head.finalizedHeader.execution
    return {
      head: { blockRoot: ownBlock(header), carried: withProvenSlot(state.network, carried) },
      finalized: finalized && executionBlockHash(finalized),
    }
  }

  async #drive(target: EngineTarget): Promise<void> {
    try {
      const end = await this.#driver.drive(target)
      this.#driven = target
      this.#failures = 0
      this.#tell(end)
    } catch (error) {
      this.#fail(target, asError(error))
    }
    this.#busy = false
    this.#free.fire()
  }

  #fail(target: EngineTarget, error: Error): void {
    if (this.#closed) return
    if (!mayPass(error)) {
      this.#driven = target
      return this.#tell({ kind: 'failing', error, retryInMs: undefined })
    }
    const ms = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.#failures)
    this.#failures += 1
    this.#cancelPause = this.#options.clock.after(ms, () => {
      this.#cancelPause = undefined
      this.#free.fire()
    })
    this.#tell({ kind: 'failing', error, retryInMs: ms })
  }

  #tell(status: EngineStatus): void {
    if (this.#closed) return
    this.#status = status
    this.statusChanged.fire()
  }
}

/** Whether the same call may succeed later, without another head. */
const mayPass = (error: Error): boolean =>
  error instanceof EngineError && error.fault.code !== 'refused' && error.fault.code !== 'outdated'

/** A block before Gloas proves its own payload, a later one that of an ancestor. */
const ownBlock = ({ beacon, execution }: LightClientHeader): Root | undefined =>
  execution?.kind === 'blockHash' ? undefined : asRoot(BeaconBlockHeaderType.hashTreeRoot(beacon))

function isSame(a: EngineTarget, b: EngineTarget | undefined): boolean {
  if (b === undefined || !byteArrayEquals(a.head.carried.payload.blockHash, b.head.carried.payload.blockHash))
    return false
  if (a.finalized === undefined || b.finalized === undefined) return a.finalized === b.finalized
  return byteArrayEquals(a.finalized, b.finalized)
}
