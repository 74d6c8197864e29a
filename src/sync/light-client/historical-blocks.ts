/** Proves the execution block hash of any slot since Capella under the state of the validated head, on demand. */
import { bytesToHex } from '@ethereumjs/util'
import { asRoot } from '../../chain/bytes.ts'
import type { Clock } from '../../chain/clock.ts'
import type { Network } from '../../chain/network.ts'
import {
  historicalBlockGindices,
  provenBlockSlot,
  provenHistoricalBlock,
  type HistoricalBlock,
  type StateRoot,
} from '../../consensus/multiproof/historical-block.ts'
import { MultiproofError } from '../../consensus/multiproof/multiproof-error.ts'
import { readMultiproof, type Multiproof, type UncheckedMultiproof } from '../../consensus/multiproof/multiproof.ts'
import { formatOfGindices, valueGindices, type ProofFormat } from '../../consensus/multiproof/proof-format.ts'
import type { Environment } from '../environment.ts'
import type { Module, ModuleEvent } from '../module.ts'
import type { Signal } from '../signal.ts'
import { DetachedRequests } from './detached-requests.ts'
import type { LightClientState } from './light-client-state.ts'
import { WrongStateProofError } from './state-sync.ts'

/** No head to prove under, or nobody who has the proof. */
export class NoHistoricalProofError extends Error {
  override name = 'NoHistoricalProofError'
}

/**
 * The way from a state through its history and a block to the hash is asked for as one proof. Beacon nodes that have a
 * proof endpoint know their states, not what hangs below them; so this needs a server that joins both.
 */
export class HistoricalBlocks implements Module {
  readonly name = 'historical blocks'
  readonly triggers: readonly Signal[]
  readonly #state: LightClientState
  readonly #requests: DetachedRequests

  constructor({ state, clock }: { readonly state: LightClientState; readonly clock: Clock }) {
    this.#state = state
    this.#requests = new DetachedRequests(clock)
    this.triggers = [this.#requests.wanted]
  }

  process(environment: Environment, events: readonly ModuleEvent[]): void {
    this.#requests.turn(environment, events)
  }

  /** Whoever waits is told that nobody has the proof. */
  close(): void {
    this.#requests.close()
  }

  /**
   * The latest block at or before `slot`.
   * @throws {NoHistoricalProofError}
   * @throws {HistoricalProofError} notBefore the head, beforeCapella, unknownCapella, badSlot; noBlockHash
   */
  async prove(slot: number): Promise<HistoricalBlock> {
    const { network, optimistic } = this.#state
    if (optimistic === undefined) {
      throw new NoHistoricalProofError(`nothing proves the block of slot ${slot}: there is no head yet; wait for one`)
    }
    const { beacon } = optimistic.head.attestedHeader
    const state = { slot: beacon.slot, root: asRoot(beacon.stateRoot) }
    const proof = await this.#ask(state, slot, slot)
    const blockSlot = provenBlockSlot(network, state, slot, proof)
    if (sameGindices(network, state.slot, slot, blockSlot)) return provenHistoricalBlock(network, state, slot, proof)
    // The slots in between were missed, and a fork lies among them that has the hash in another place.
    return provenHistoricalBlock(network, state, slot, await this.#ask(state, slot, blockSlot))
  }

  async #ask(state: StateRoot, slot: number, blockSlot: number): Promise<Multiproof> {
    const format = formatOfGindices(historicalBlockGindices(this.#state.network, state.slot, slot, blockSlot))
    let proof: Multiproof | undefined
    await this.#requests.ask('stateProof', { stateRoot: state.root, format }, (response) => {
      const checked = checkProof(response, state, format)
      if (checked instanceof Error) return checked
      proof = checked
      return undefined
    })
    if (proof !== undefined) return proof
    throw new NoHistoricalProofError(
      `no server proves the block of slot ${slot} under the state of slot ${state.slot} (${bytesToHex(state.root)}); add one that serves state proofs with history, such as a gateway`,
    )
  }
}

function checkProof(
  response: UncheckedMultiproof,
  state: StateRoot,
  format: ProofFormat,
): Multiproof | WrongStateProofError {
  const what = `the proof of history under the state of slot ${state.slot}`
  const [came, asked] = [valueGindices(response.format), valueGindices(format)]
  if (came.length !== asked.length || came.some((gindex, i) => gindex !== asked[i])) {
    return new WrongStateProofError(
      `${what} has ${came.length} values at other places than the ${asked.length} asked for`,
    )
  }
  try {
    return readMultiproof(response, state.root)
  } catch (error) {
    if (error instanceof MultiproofError) return new WrongStateProofError(`${what} is refused: ${error.message}`)
    throw error
  }
}

function sameGindices(network: Network, stateSlot: number, slot: number, blockSlot: number): boolean {
  const asked = historicalBlockGindices(network, stateSlot, slot, slot)
  const needed = historicalBlockGindices(network, stateSlot, slot, blockSlot)
  return needed.every((gindex, i) => gindex === asked[i])
}
