/** Fetches proofs of what light clients follow in a beacon state, for the newest canonical headers and the announced head's. */
import { bytesToHex } from '@ethereumjs/util'
import type { Clock } from '../../chain/clock.ts'
import { asRoot, type Root } from '../../chain/bytes.ts'
import { BeaconBlockHeaderType, type BeaconBlockHeader } from '../../consensus/containers/ssz-types.ts'
import { lightClientStateGindices } from '../../consensus/multiproof/light-client-state.ts'
import { MultiproofError } from '../../consensus/multiproof/multiproof-error.ts'
import { readMultiproof, trimMultiproof } from '../../consensus/multiproof/multiproof.ts'
import { formatOfGindices } from '../../consensus/multiproof/proof-format.ts'
import { isWithinWindow } from '../capability-window.ts'
import type { Environment } from '../environment.ts'
import { Inquiries } from '../inquiries.ts'
import type { Module, ModuleEvent, RequestId, SentResponse } from '../module.ts'
import type { Signal } from '../signal.ts'
import type { LightClientState } from './light-client-state.ts'

/**
 * Newest canonical headers whose states are asked for: nodes have the states of the last few epochs at hand, and make
 * older ones again by executing blocks, which nobody should ask them for unasked.
 */
export const STATE_PROOF_WINDOW = 32

export interface StateSyncOptions {
  readonly state: LightClientState
  readonly clock: Clock
}

/** A proof of another state than asked for, or of less. */
export class WrongStateProofError extends Error {
  override name = 'WrongStateProofError'
}

/** In its turn it keeps the proofs that have come with their headers and asks for the missing ones, newest first. */
export class StateSync implements Module {
  readonly name = 'state sync'
  readonly triggers: readonly Signal[]
  readonly #state: LightClientState
  readonly #inquiries: Inquiries
  /** Whose state was asked about. */
  readonly #asked = new Map<RequestId, BeaconBlockHeader>()

  constructor({ state, clock }: StateSyncOptions) {
    this.#state = state
    this.#inquiries = new Inquiries(clock)
    this.triggers = [state.headsChanged, state.headersChanged, this.#inquiries.again]
  }

  /** Leaves no timer. */
  close(): void {
    this.#inquiries.close()
  }

  process(environment: Environment, events: readonly ModuleEvent[]): void {
    for (const event of events) {
      this.#inquiries.hear(event)
      if (event.kind === 'response' && event.of === 'stateProof') this.#take(environment, event)
      if (event.kind === 'failure') this.#asked.delete(event.id)
    }
    if (environment.candidates('stateProof').length === 0) return
    for (const header of this.#wanted()) this.#ask(environment, header)
  }

  *#wanted(): Generator<BeaconBlockHeader> {
    const { headers, announced } = this.#state
    const early = announced && headers.header(announced.blockRoot)
    if (early !== undefined) yield early
    let header = headers.head
    for (let count = 0; header !== undefined && count < STATE_PROOF_WINDOW; count++) {
      yield header
      const parentRoot = asRoot(header.parentRoot)
      header = headers.isCanonical(parentRoot) ? headers.header(parentRoot) : undefined
    }
  }

  #ask(environment: Environment, header: BeaconBlockHeader): void {
    const root = rootOf(header)
    if (this.#state.headers.stateProof(root) !== undefined) return
    const newest = this.#state.currentSlot()
    const format = formatOfGindices(lightClientStateGindices(this.#state.network, header.slot))
    const request = { stateRoot: asRoot(header.stateRoot), format }
    const id = this.#inquiries.ask(environment, 'stateProof', request, bytesToHex(root), ({ capabilities }) =>
      isWithinWindow(capabilities['state-proofs'], header.slot, newest),
    )
    if (id !== undefined) this.#asked.set(id, header)
  }

  #take(environment: Environment, { id, server, request, response }: SentResponse<'stateProof'>): void {
    const header = this.#asked.get(id)
    this.#asked.delete(id)
    if (header === undefined) return
    try {
      const proof = trimMultiproof(readMultiproof(response, request.stateRoot), request.format)
      environment.reportProven(server)
      if (this.#state.headers.addStateProof(rootOf(header), proof) === 'added') this.#state.headersChanged.fire()
    } catch (error) {
      if (!(error instanceof MultiproofError)) throw error
      this.#inquiries.refuse(bytesToHex(rootOf(header)), server)
      const what = `the proof of the state of slot ${header.slot} from ${server.name}`
      environment.reportFalse(
        server,
        new WrongStateProofError(`${what} is refused: ${error.message}`, { cause: error }),
      )
    }
  }
}

const rootOf = (header: BeaconBlockHeader): Root => asRoot(BeaconBlockHeaderType.hashTreeRoot(header))
