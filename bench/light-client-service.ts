/** The sides of the `light-client` benchmark. Each run works on bytes, as they came from a server or lie in the store. */
import { bytesToHex } from '@ethereumjs/util'
import { asRoot, type Root } from '../src/chain/bytes.ts'
import { loadKeccak } from '../src/chain/keccak.ts'
import { networkByName, type Network } from '../src/chain/network.ts'
import { loadHerumi, loadSyncCommitteeVerifier, parsePublicKey, parseSignature } from '../src/consensus/bls.ts'
import { checkpointData } from '../src/consensus/checkpoint-data.ts'
import { CommitteeChain, type CommitteeChainOptions } from '../src/consensus/committee-chain.ts'
import { NO_STORAGE, type CommitteeChainStorage } from '../src/consensus/committee-chain-storage.ts'
import {
  decodeBootstrap,
  decodeUpdate,
  decodeUpdateStream,
  forkOfBareSsz,
  forkOfDigest,
} from '../src/consensus/containers/decode.ts'
import type { LightClientBootstrap, LightClientUpdate } from '../src/consensus/containers/light-client-objects.ts'
import { encodeUpdate } from '../src/consensus/containers/encode.ts'
import { BeaconBlockHeaderType } from '../src/consensus/containers/ssz-types.ts'
import { HeadValidator } from '../src/consensus/head-validator.ts'
import { loadCommitteeChain } from '../src/consensus/load-committee-chain.ts'
import type { SyncCommitteeVerifier } from '../src/consensus/sync-committee-verifier.ts'
import { openIndexedDbStore } from '../src/state/store/indexeddb-store.ts'
import { createMemoryStore } from '../src/state/store/memory-store.ts'
import { readKeptHeads } from '../src/state/store/read-kept-heads.ts'
import type { Store } from '../src/state/store/store.ts'
import { LightClientKeeper } from '../src/sync/light-client/light-client-keeper.ts'
import { StoredLightClient } from '../src/sync/light-client/stored-light-client.ts'
import type { BenchService } from './bench-service.ts'

/**
 * - `sync`: from the bootstrap through all updates, signatures against the committees' aggregate keys.
 * - `parsing`: the same, each signature against the sum of its signers' keys, parsed and validated each time.
 * - `reload`: the same chain from the store (IndexedDB where there is one), proven again.
 * - `finality`: a finality update from its bytes, by a committee that has signed before.
 * - `resume`: what the page shows of the kept heads before anything is proven; browsers only.
 */
export type LightClientVariant = 'sync' | 'parsing' | 'reload' | 'finality' | 'resume'

type Run = () => Promise<void>

/** Recorded long ago; age is not what is measured. */
const CURRENT_SLOT = 2 ** 40

/** The files: a bootstrap, then streams of updates. `run` answers with milliseconds. */
export function createLightClientService(): BenchService<number> {
  let work: Run | undefined
  return {
    async load(files, variant) {
      work = await PREPARE[variant as LightClientVariant](await readInput(files))
    },
    async run() {
      if (work === undefined) throw new Error('nothing has been loaded')
      const begin = performance.now()
      await work()
      return performance.now() - begin
    },
  }
}

interface Input {
  readonly network: Network
  readonly verifier: SyncCommitteeVerifier
  readonly bootstrapBytes: Uint8Array
  readonly updateStreams: readonly Uint8Array[]
}

const PREPARE: Readonly<Record<LightClientVariant, (input: Input) => Promise<Run>>> = {
  sync: async (input) => async () => void syncedChain(input),
  parsing: async (input) => {
    const verifier = await parsingVerifier()
    return async () => void syncedChain({ ...input, verifier })
  },
  reload: async (input) => {
    const store = await openStore('bench-reload')
    const root = await keepChain(input, store)
    return async () => {
      const loaded = await loadCommitteeChain(optionsOf(input, storageOf(store)), root)
      if (loaded.kind !== 'loaded' || loaded.dropped !== undefined) throw new Error(`the kept chain is ${loaded.kind}`)
    }
  },
  finality: async (input) => {
    const { network } = input
    const chain = syncedChain(input)
    // One that has not proven the same signature already.
    const verifier = await loadSyncCommitteeVerifier()
    const validator = new HeadValidator(chain, () => ({ network, verifier, currentSlot: CURRENT_SLOT }))
    const { forkDigest, ssz } = encodeUpdate(network, updatesOf(input).at(-1)!, 'finalityUpdate')
    return async () => {
      const update = decodeUpdate(network, 'finalityUpdate', forkOfDigest(network, forkDigest, 'the update'), ssz)
      const verdict = validator.validate(update)
      if (verdict.kind !== 'valid' || verdict.head.finalizedHeader === undefined) throw new Error(verdict.kind)
    }
  },
  resume: async (input) => {
    const store = await openStore('bench-resume')
    await keepChain(input, store)
    await store.close()
    return async () => {
      if ((await readKeptHeads('bench-resume')) === undefined) throw new Error('nothing is kept')
    }
  },
}

async function readInput([bootstrapBytes, ...updateStreams]: readonly Uint8Array[]): Promise<Input> {
  if (bootstrapBytes === undefined) throw new Error('a bootstrap is needed')
  const network = networkByName('mainnet')
  return { network, verifier: await loadSyncCommitteeVerifier(), bootstrapBytes, updateStreams }
}

/** @throws when an update does not make the chain longer */
function syncedChain(input: Input, storage: CommitteeChainStorage = NO_STORAGE): CommitteeChain {
  const bootstrap = bootstrapOf(input)
  const checkpoint = checkpointData(input.network, rootOf(bootstrap), bootstrap)
  const chain = new CommitteeChain(optionsOf(input, storage), checkpoint)
  const updates = updatesOf(input)
  chain.anticipate(updates)
  for (const update of updates) {
    const outcome = chain.insert(update)
    if (outcome.kind !== 'extended') throw new Error(`an update was ${outcome.kind}`)
  }
  return chain
}

async function keepChain(input: Input, store: Store): Promise<Root> {
  const storage = storageOf(store)
  syncedChain(input, storage)
  const update = updatesOf(input).at(-1)!
  const [finality, optimistic] = (['finalityUpdate', 'optimisticUpdate'] as const).map((kind) =>
    encodeUpdate(input.network, update, kind),
  )
  const root = rootOf(bootstrapOf(input))
  const { slot } = update.attestedHeader.beacon
  const summary = { optimisticSlot: slot, blockRoot: root, finalizedSlot: slot, execution: undefined }
  storage.putHeads({ summary, finality, optimistic: optimistic! })
  await storage.settled()
  return root
}

function storageOf(store: Store): StoredLightClient {
  const keeper = new LightClientKeeper(() => store)
  const shelf = {
    writeLightClient: keeper.write.bind(keeper),
    keptLightClient: () => keeper.kept(),
    keptHeads: () => keeper.heads(),
  }
  return new StoredLightClient(shelf, (problem) => {
    throw new Error(problem)
  })
}

async function openStore(network: string): Promise<Store> {
  const options = { network, keccak: await loadKeccak() }
  return 'indexedDB' in globalThis ? openIndexedDbStore(options) : createMemoryStore(options)
}

const optionsOf = ({ network, verifier }: Input, storage: CommitteeChainStorage): CommitteeChainOptions => ({
  network,
  verifier,
  storage,
  currentSlot: () => CURRENT_SLOT,
})

const bootstrapOf = ({ network, bootstrapBytes }: Input): LightClientBootstrap =>
  decodeBootstrap(network, forkOfBareSsz(network, 'bootstrap', bootstrapBytes), bootstrapBytes)

function updatesOf({ network, updateStreams }: Input): LightClientUpdate[] {
  const decoded = updateStreams.flatMap((stream) => [...decodeUpdateStream(network, stream)])
  return decoded.map((one) => {
    if (one.kind === 'malformed') throw one.error
    return one.update
  })
}

const rootOf = ({ header }: LightClientBootstrap): Root => asRoot(BeaconBlockHeaderType.hashTreeRoot(header.beacon))

/** What a client does that does not use the committee's aggregate key: all signers' keys from their bytes, each time. */
async function parsingVerifier(): Promise<SyncCommitteeVerifier> {
  const herumi = await loadHerumi()
  return {
    verify(committee, bits, message, signatureBytes) {
      const sum = new herumi.PublicKey()
      for (const position of bits.getTrueBitIndexes()) sum.add(parsePublicKey(herumi, committee.pubkeys[position]!))
      const signature = parseSignature(herumi, signatureBytes)
      return signature !== undefined && sum.verify(signature, message)
        ? { kind: 'valid' }
        : { kind: 'invalid', why: `not signed so: ${bytesToHex(signatureBytes)}` }
    },
    anticipate: () => undefined,
    isAggregateSound: () => true,
  }
}
