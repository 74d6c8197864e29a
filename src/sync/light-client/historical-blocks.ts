/** Proves the execution block hash of any slot since Capella under the state of the validated head, on demand. */
import { bytesToHex } from '@ethereumjs/util'
import { asRoot, type Hash } from '../../chain/bytes.ts'
import { forkAtSlot, isAtLeast } from '../../chain/beacon-config.ts'
import type { Clock } from '../../chain/clock.ts'
import type { Network } from '../../chain/network.ts'
import { executionBlockHash } from '../../consensus/containers/light-client-objects.ts'
import {
  blockGindices,
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

export interface ProvenBlock extends HistoricalBlock {
  /** The head under whose state it is proven, and the execution block that this head proves. */
  readonly under: { readonly slot: number; readonly blockHash: Hash }
  /** Who gave the proof: one, or two where the block is of another fork than the slot. */
  readonly servers: readonly string[]
}

/** A proof of places below a state root, and who gave it. */
interface GivenProof {
  readonly proof: Multiproof
  readonly server: string
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
  async prove(slot: number): Promise<ProvenBlock> {
    const { network, optimistic } = this.#state
    const { beacon, execution } = optimistic?.head.attestedHeader ?? {}
    if (beacon === undefined || execution === undefined) {
      const lack = beacon === undefined ? 'there is no head yet' : 'the head proves no execution block yet'
      throw new NoHistoricalProofError(`nothing proves the block of slot ${slot}: ${lack}; wait for one`)
    }
    const state = { slot: beacon.slot, root: asRoot(beacon.stateRoot) }
    const under = { slot: beacon.slot, blockHash: executionBlockHash(execution) }
    const { proof, server, askedAs } = await this.#askAcrossFork(state, slot)
    const blockSlot = provenBlockSlot(network, state, slot, proof)
    if (sameGindices(network, askedAs, blockSlot))
      return { ...provenHistoricalBlock(network, state, slot, proof), under, servers: [server] }
    // The slots in between were missed, and a fork lies among them that has the hash in another place.
    const again = await this.#ask(state, slot, blockSlot)
    return { ...provenHistoricalBlock(network, state, slot, again.proof), under, servers: [server, again.server] }
  }

  /**
   * Right after a fork the latest block may be from before it. Where that has nothing at the place of the hash, nobody can
   * answer, and what is asked for is the place that it has in such a block.
   */
  async #askAcrossFork(state: StateRoot, slot: number): Promise<GivenProof & { readonly askedAs: number }> {
    try {
      return { ...(await this.#ask(state, slot, slot)), askedAs: slot }
    } catch (error) {
      const before = lastBeforeFork(this.#state.network, slot)
      if (!(error instanceof NoHistoricalProofError) || before === undefined) throw error
      return { ...(await this.#ask(state, slot, before)), askedAs: before }
    }
  }

  async #ask(state: StateRoot, slot: number, blockSlot: number): Promise<GivenProof> {
    const format = formatOfGindices(historicalBlockGindices(this.#state.network, state.slot, slot, blockSlot))
    let given: GivenProof | undefined
    let asked: readonly string[] = []
    await this.#requests.ask(
      'stateProof',
      { stateRoot: state.root, format },
      (response, server) => {
        const proof = checkProof(response, state, format)
        if (proof instanceof Error) return proof
        given = { proof, server }
        return undefined
      },
      (names) => (asked = names),
    )
    if (given !== undefined) return given
    const whom = asked.length === 0 ? 'no server offers state proofs' : `asked ${asked.join(', ')}`
    throw new NoHistoricalProofError(
      `no server proves the block of slot ${slot} under the state of slot ${state.slot} (${bytesToHex(state.root)}): ${whom}; add one that serves state proofs with history, such as a gateway`,
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

/** Undefined where the fork came more than an epoch before the slot, is the first that can be proven, or has the hash where it was. */
function lastBeforeFork(network: Network, slot: number): number | undefined {
  const { slotsPerEpoch } = network.preset
  const first = forkAtSlot(network, slot).epoch * slotsPerEpoch
  if (first === 0 || slot - first >= slotsPerEpoch) return undefined
  if (!isAtLeast(forkAtSlot(network, first - 1).name, 'capella')) return undefined
  return sameGindices(network, slot, first - 1) ? undefined : first - 1
}

/** Whether blocks of these slots have the hash in the same place. */
function sameGindices(network: Network, slot: number, otherSlot: number): boolean {
  const other = blockGindices(network, otherSlot)
  return blockGindices(network, slot).every((gindex, i) => gindex === other[i])
}
