/** A node on a generated chain that has more than light-client data: payloads, proofs of states, execution headers. */
import { bytesToHex } from '@ethereumjs/util'
import type { Network } from '../chain/network.ts'
import { executionKindAtSlot } from '../consensus/containers/light-client-objects.ts'
import { writeMultiproof } from '../consensus/multiproof/multiproof.ts'
import type { SyntheticBlock, SyntheticChain } from '../../server/devnet/light-client/synthetic-chain.ts'
import { chainSource } from './chain-source.ts'
import { overriding, type BeaconSource } from './simulated-beacon-source.ts'

/** Truthful. It has a slot's block, its payload and its state from the moment it has seen the slot. */
export function wholeChainSource(network: Network, chain: SyntheticChain): BeaconSource {
  const byRoot = new Map(chain.blocks.map((block) => [bytesToHex(block.root), block]))
  const byState = new Map(chain.blocks.map((block) => [bytesToHex(block.state.root), block]))
  const byHash = new Map(chain.blocks.map((block) => [hashOf(block), block]))
  const seenIn = (blocks: ReadonlyMap<string, SyntheticBlock>, key: Uint8Array, seen: number) => {
    const block = blocks.get(bytesToHex(key))
    return block !== undefined && block.slot <= seen ? block : undefined
  }
  const hasEnvelope = ({ slot }: SyntheticBlock) => executionKindAtSlot(network, slot) === 'blockHash'
  return overriding(chainSource(network, chain), {
    blockPayload: ({ blockRoot }, seen) => {
      const block = seenIn(byRoot, blockRoot, seen)
      return block === undefined || hasEnvelope(block) ? undefined : block.execution.payload?.carried
    },
    payloadEnvelope: ({ blockRoot }, seen) => {
      const block = seenIn(byRoot, blockRoot, seen)
      return block !== undefined && hasEnvelope(block) && block.execution.isRevealed
        ? block.execution.payload?.carried
        : undefined
    },
    stateProof: ({ stateRoot, format }, seen) => {
      const block = seenIn(byState, stateRoot, seen)
      return block && writeMultiproof(block.state.tree, format)
    },
    executionHeader: ({ blockHash }, seen) => seenIn(byHash, blockHash, seen)?.execution.payload?.headerRlp,
  })
}

const hashOf = ({ execution }: SyntheticBlock): string =>
  bytesToHex(execution.payload?.carried.payload.blockHash ?? new Uint8Array(32))
