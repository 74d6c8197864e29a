/** The chain of the last visit: what the storage claims of it, and what of it proves true. */
import type { Network } from '../../chain/network.ts'
import type { Root } from '../../chain/bytes.ts'
import type { Clock } from '../../chain/clock.ts'
import type { CommitteeChain, CommitteeChainOptions } from '../../consensus/committee-chain.ts'
import { updateOfRecord } from '../../consensus/committee-link.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { decodeBootstrap, decodeUpdate, forkOfDigest } from '../../consensus/containers/decode.ts'
import type { EncodedObject } from '../../consensus/containers/encode.ts'
import type { LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import { HeadValidator } from '../../consensus/head-validator.ts'
import { loadCommitteeChain } from '../../consensus/load-committee-chain.ts'
import type { KeptChain } from '../checkpoint/decide.ts'
import type { LightClientStorage } from './light-client-storage.ts'

/** A storage that does not answer in time: a blocked database must not keep the client from starting without it. */
export class StorageTimeoutError extends Error {
  override name = 'StorageTimeoutError'
  constructor() {
    super(`the storage has not answered within ${STORAGE_TIMEOUT_MS / 1000} s; starting without what is kept`)
  }
}

/** ms for one answer of the storage: reading a whole chain (27 MB at most) takes a phone a second or two. */
const STORAGE_TIMEOUT_MS = 10_000

export interface ProvenKeptChain {
  readonly chain: CommitteeChain
  /** Of the newest header that a supermajority of the chain's committees called finalized; at least the checkpoint's. */
  readonly finalizedSlot: number
  /** Valid heads of the last visit, to be taken as if they had come from a server. */
  readonly heads: readonly LightClientUpdate[]
}

export type LoadedKeptChain =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unusable'; readonly error: Error }
  | ({ readonly kind: 'loaded' } & ProvenKeptChain)

/**
 * What the storage says of the chain in it: good for choosing a root, which is then proven with everything above it.
 * @throws {StorageTimeoutError} @throws {DecodeError} where not even the checkpoint can be read
 */
export async function claimedChain(
  network: Network,
  storage: LightClientStorage,
  clock: Clock,
): Promise<KeptChain | undefined> {
  const stored = await inTime(storage.load(), clock)
  if (stored === undefined) return undefined
  const { checkpoint, updates } = stored
  const bootstrap = decodeBootstrap(
    network,
    forkOfDigest(network, checkpoint.forkDigest, 'kept bootstrap'),
    checkpoint.ssz,
  )
  const heads = await inTime(storage.loadHeads(), clock)
  const newest = updates.reduce<(typeof updates)[number] | undefined>(
    (best, record) => (best === undefined || record.period > best.period ? record : best),
    undefined,
  )
  const claims = [
    bootstrap.header.beacon.slot,
    ...readable(() => newest && updateOfRecord(network, newest)).map(finalizedSlotOf),
    ...readable(() => keptHead(network, 'finalityUpdate', heads?.finality)).map(finalizedSlotOf),
  ]
  return { root: checkpoint.trustedRoot, finalizedSlot: Math.max(...claims) }
}

/**
 * Proves the kept chain link by link, and the heads that were kept with it.
 * @param onLink after each link that verifies
 * @throws {StorageTimeoutError} before anything of the storage was changed
 */
export async function loadKeptChain(
  options: CommitteeChainOptions & { readonly storage: LightClientStorage },
  clock: Clock,
  trustedRoot: Root,
  onLink: () => void,
): Promise<LoadedKeptChain> {
  const { network, storage, verifier, currentSlot } = options
  const heads = await inTime(storage.loadHeads(), clock)
  const loaded = await loadCommitteeChain(
    { ...options, storage: withTimeout(storage, clock) },
    trustedRoot,
    onLink,
    () => new Promise((resolve) => void clock.after(0, resolve)),
  )
  if (loaded.kind === 'nothingKept') return { kind: 'nothing' }
  if (loaded.kind === 'unusable') return loaded
  const { chain } = loaded
  const validator = new HeadValidator(chain, () => ({ network, verifier, currentSlot: currentSlot() }))
  const finalized = [chain.checkpoint.header.beacon.slot, ...finalizedByLink(chain)]
  const valid: LightClientUpdate[] = []
  for (const kind of ['finalityUpdate', 'optimisticUpdate'] as const) {
    const record = kind === 'finalityUpdate' ? heads?.finality : heads?.optimistic
    for (const update of readable(() => keptHead(network, kind, record))) {
      const verdict = validator.validate(update)
      if (verdict.kind !== 'valid') continue
      valid.push(update)
      if (verdict.head.trust === 'used') finalized.push(finalizedSlotOf(update))
    }
  }
  return { kind: 'loaded', chain, finalizedSlot: Math.max(...finalized), heads: valid }
}

/** By its newest link, which is proven with the chain. */
function finalizedByLink(chain: CommitteeChain): readonly number[] {
  const record = chain.update(chain.period - 1)
  if (record === undefined || chain.committee(chain.period)?.standing !== 'proven') return []
  return [finalizedSlotOf(updateOfRecord(chain.network, record))]
}

const finalizedSlotOf = ({ finality }: LightClientUpdate): number => finality?.header.beacon.slot ?? 0

function keptHead(
  network: Network,
  kind: 'finalityUpdate' | 'optimisticUpdate',
  record: EncodedObject | undefined,
): LightClientUpdate | undefined {
  const what = `kept ${kind}`
  return record && decodeUpdate(network, kind, forkOfDigest(network, record.forkDigest, what), record.ssz, what)
}

/** Nothing for what cannot be decoded: it is one claim less. */
function readable<T>(read: () => T | undefined): readonly T[] {
  try {
    const value = read()
    return value === undefined ? [] : [value]
  } catch (error) {
    if (error instanceof DecodeError) return []
    throw error
  }
}

/** Only the load waits; the chain goes on to write to the storage itself. */
const withTimeout = (storage: LightClientStorage, clock: Clock): LightClientStorage => ({
  load: () => inTime(storage.load(), clock),
  loadHeads: () => inTime(storage.loadHeads(), clock),
  putHeads: (records) => storage.putHeads(records),
  putCheckpoint: (record) => storage.putCheckpoint(record),
  putUpdate: (record) => storage.putUpdate(record),
  deleteUpdatesFrom: (period) => storage.deleteUpdatesFrom(period),
  putConflict: (record) => storage.putConflict(record),
})

async function inTime<T>(answer: Promise<T>, clock: Clock): Promise<T> {
  let cancel: () => void = () => undefined
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(STORAGE_TIMEOUT_MS, () => reject(new StorageTimeoutError()))
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    cancel()
  }
}
