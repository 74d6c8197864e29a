/** Sources that lie about a generated chain, each in one way that clients must see through. */
import { bytesToHex, equalsBytes, hexToBytes } from '@ethereumjs/util'
import { asRoot, type Hex, type Root } from '../../src/chain/bytes.ts'
import { dropOldest } from '../../src/chain/drop-oldest.ts'
import type { LightClientUpdate } from '../../src/consensus/containers/light-client-objects.ts'
import type { BeaconNews, BeaconSource, SourceBlock } from '../beacon-api/beacon-source.ts'
import { forgedUpdate, type Forgery } from './light-client/forged-updates.ts'
import type { SyntheticBlock, SyntheticChain } from './light-client/synthetic-chain.ts'

/** What is asked of the source that lies; the rest is the honest one's. */
interface Lies {
  readonly block: (block: SourceBlock) => SourceBlock
  /** Root of the true block that a false one, by its root, stands for. */
  readonly original: (blockRoot: Root) => Root | undefined
  readonly update: (update: LightClientUpdate, what: 'message' | 'update') => LightClientUpdate
}

/**
 * Its head is another block than the chain's, with the same parent and payload, and signed by the same committee: what a
 * client may well take for the head, until most of its servers name the other.
 */
export function equivocatingSource(honest: BeaconSource, chain: SyntheticChain): BeaconSource {
  const siblings = new Siblings(chain)
  return lyingSource(honest, {
    original: (root) => siblings.original(root),
    block: (block) => {
      const sibling = siblings.of(chain.blockByRoot(block.root))
      return sibling === undefined ? block : { ...block, root: sibling.root, header: sibling.header.beacon }
    },
    update: (update, what) => {
      const signature = what === 'message' ? chain.headAt(update.signatureSlot) : undefined
      const sibling = siblings.of(signature?.parent)
      if (signature === undefined || sibling === undefined) return update
      return chain.updateOf(sibling, chain.aggregate(signature.slot, sibling.root), signature.slot)
    },
  })
}

/** In turn by slot; those that an optimistic update can have, because a swapped committee is in full updates only. */
const MESSAGE_FORGERIES: readonly Forgery[] = ['badSignature', 'moreBits', 'otherSigners', 'otherNetwork', 'laterSlot']

/** Its blocks are true, its updates are not. */
export function forgingSource(honest: BeaconSource, chain: SyntheticChain): BeaconSource {
  const { network, keys, plan } = chain
  const forger = { network, keys, committee: (period: number) => plan.committee(period) }
  return lyingSource(honest, {
    original: () => undefined,
    block: (block) => block,
    update: (update, what) => {
      const forgeries = what === 'update' ? [...MESSAGE_FORGERIES, 'swappedCommittee' as const] : MESSAGE_FORGERIES
      return forgedUpdate(forger, update, forgeries[update.signatureSlot % forgeries.length] ?? 'badSignature')
    },
  })
}

/** Siblings kept, so that a block is the same whenever it is asked for: as far back as anybody looks behind a head. */
const MAX_SIBLINGS = 64

class Siblings {
  /** By the root of the block that they are siblings of. */
  readonly #byRoot = new Map<Hex, SyntheticBlock>()

  constructor(private readonly chain: SyntheticChain) {}

  /** Undefined where there is no block, and of the first one. */
  of(block: SyntheticBlock | undefined): SyntheticBlock | undefined {
    if (block?.parent === undefined) return undefined
    const key = bytesToHex(block.root)
    const known = this.#byRoot.get(key)
    if (known !== undefined) return known
    const made = this.chain.sibling(block)
    this.#byRoot.set(key, made)
    dropOldest(this.#byRoot, MAX_SIBLINGS)
    return made
  }

  /** Of the block that the sibling with this root is one of. */
  original(root: Root): Root | undefined {
    for (const [of, sibling] of this.#byRoot) if (equalsBytes(sibling.root, root)) return asRoot(hexToBytes(of))
    return undefined
  }
}

function lyingSource(honest: BeaconSource, lies: Lies): BeaconSource {
  const message = (update: LightClientUpdate | undefined) => update && lies.update(update, 'message')
  const newsOf = (news: BeaconNews): BeaconNews => {
    switch (news.kind) {
      case 'head':
        return { ...news, block: lies.block(news.block) }
      case 'optimisticUpdate':
      case 'finalityUpdate':
        return { ...news, update: lies.update(news.update, 'message') }
      case 'reorg':
      case 'finalized':
        return news
    }
  }
  return {
    network: honest.network,
    version: honest.version,
    head: async () => {
      const head = await honest.head()
      return { ...head, block: lies.block(head.block) }
    },
    block: async (id) => {
      const original = id.kind === 'root' ? lies.original(id.root) : undefined
      if (original !== undefined) {
        const block = await honest.block({ kind: 'root', root: original })
        return block && lies.block(block)
      }
      const block = await honest.block(id)
      return id.kind === 'head' && block !== undefined ? lies.block(block) : block
    },
    stateBlock: (id) => honest.stateBlock(id),
    finalityCheckpoints: (id) => honest.finalityCheckpoints(id),
    stateProof: (id, format) => honest.stateProof(id, format),
    bootstrap: (root) => honest.bootstrap(root),
    bestUpdate: async (period) => {
      const update = await honest.bestUpdate(period)
      return update && lies.update(update, 'update')
    },
    finalityUpdate: async () => message(await honest.finalityUpdate()),
    optimisticUpdate: async () => message(await honest.optimisticUpdate()),
    listen: (listener) => honest.listen((news) => listener(newsOf(news))),
  }
}
