/** A source of objects that were recorded somewhere: files, a list in a test. It stands still and has nothing else. */
import { bytesToHex } from '@ethereumjs/util'
import { periodAtSlot } from '../../src/chain/beacon-preset.ts'
import type { Root } from '../../src/chain/bytes.ts'
import { asRoot } from '../../src/chain/bytes.ts'
import type { Network } from '../../src/chain/network.ts'
import type {
  LightClientBootstrap,
  LightClientHeader,
  LightClientUpdate,
} from '../../src/consensus/containers/light-client-objects.ts'
import { BeaconBlockHeaderType } from '../../src/consensus/containers/ssz-types.ts'
import type { BeaconSource, ItemId, SourceBlock } from './beacon-source.ts'

export interface RecordedObjects {
  readonly bootstraps?: readonly LightClientBootstrap[]
  /** One of a period is served: the last that is given. */
  readonly updates?: readonly LightClientUpdate[]
  readonly finalityUpdate?: LightClientUpdate
  readonly optimisticUpdate?: LightClientUpdate
}

/**
 * Headers are those of the objects; `finalized` is what the objects say of them.
 * @throws {RangeError} where there is no object at all: then there is no head
 */
export function recordedSource(network: Network, objects: RecordedObjects): BeaconSource {
  const { bootstraps = [], updates = [], finalityUpdate, optimisticUpdate } = objects
  const attested = [...updates, finalityUpdate, optimisticUpdate].filter((update) => update !== undefined)
  const finalized = [
    ...bootstraps.map(({ header }) => header),
    ...attested.flatMap(({ finality }) => (finality === undefined ? [] : [finality.header])),
  ]
  const blocks = [
    ...attested.map(({ attestedHeader }) => sourceBlock(attestedHeader, 'attested')),
    ...finalized.map((header) => sourceBlock(header, 'finalized')),
  ].sort((a, b) => a.header.slot - b.header.slot)
  const head = blocks.at(-1)
  if (head === undefined) throw new RangeError('nothing was recorded: no object to serve')
  const find = (wanted: (block: SourceBlock) => boolean) => blocks.findLast(wanted)
  const item = (id: ItemId, root: (block: SourceBlock) => Uint8Array): SourceBlock | undefined => {
    switch (id.kind) {
      case 'head':
        return head
      case 'genesis':
        return find(({ header }) => header.slot === 0)
      case 'finalized':
      case 'justified':
        return find(({ isFinalized }) => isFinalized)
      case 'slot':
        return find(({ header }) => header.slot === id.slot)
      case 'root':
        return find((block) => isSame(root(block), id.root))
    }
  }
  const byPeriod = new Map(
    updates.map((update) => [periodAtSlot(network.preset, update.attestedHeader.beacon.slot), update]),
  )
  return {
    network,
    version: 'beamtab-recorded',
    head: () => ({ block: head, clockSlot: head.header.slot }),
    block: (id) => item(id, ({ root }) => root),
    stateBlock: (id) => item(id, ({ header }) => header.stateRoot),
    finalityCheckpoints: () => undefined,
    stateProof: () => undefined,
    bootstrap: (root) => bootstraps.find(({ header }) => isSame(rootOf(header), root)),
    bestUpdate: (period) => byPeriod.get(period),
    finalityUpdate: () => finalityUpdate,
    optimisticUpdate: () => optimisticUpdate ?? finalityUpdate,
    listen: () => () => undefined,
  }
}

const rootOf = ({ beacon }: LightClientHeader): Root => asRoot(BeaconBlockHeaderType.hashTreeRoot(beacon))

const sourceBlock = (header: LightClientHeader, as: 'attested' | 'finalized'): SourceBlock => ({
  root: rootOf(header),
  header: header.beacon,
  isCanonical: true,
  isFinalized: as === 'finalized',
  payload: { kind: 'none' },
})

const isSame = (a: Uint8Array, b: Uint8Array): boolean => bytesToHex(a) === bytesToHex(b)
