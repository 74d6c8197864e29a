/** Questions about a network's beacon chain that need its fork schedule: versions, digests, domains, the clock. Pure. */
import { sha256 } from '@noble/hashes/sha2.js'
import { epochAtSlot } from './beacon-preset.ts'
import type { Root } from './bytes.ts'
import type { BeaconFork, BlobLimit, ForkName, Network } from './network.ts'
import { FORK_NAMES } from './network.ts'

/** DomainType of sync-committee signatures (consensus-specs, Altair). */
const DOMAIN_SYNC_COMMITTEE = Uint8Array.of(0x07, 0, 0, 0)

/** MAX_BLOBS_PER_BLOCK_ELECTRA: what holds from Fulu on until the first entry of the blob schedule (EIP-7892). */
const ELECTRA_MAX_BLOBS = 9

export class ForkScheduleError extends Error {
  override name = 'ForkScheduleError'
}

/** Whether `fork` is `other` or a later one. */
export function isAtLeast(fork: ForkName, other: ForkName): boolean {
  return FORK_NAMES.indexOf(fork) >= FORK_NAMES.indexOf(other)
}

/** The fork whose rules hold in that slot; undefined before the first one that the network file gives. */
export function findForkAtSlot(network: Network, slot: number): BeaconFork | undefined {
  const epoch = epochAtSlot(network.preset, slot)
  return network.forks.findLast((fork) => fork.epoch <= epoch)
}

/** The fork whose rules hold in that epoch. @throws {ForkScheduleError} for an epoch before the first fork given */
export function forkAtEpoch(network: Network, epoch: number): BeaconFork {
  const fork = network.forks.findLast((candidate) => candidate.epoch <= epoch)
  if (fork === undefined) {
    throw new ForkScheduleError(
      `${network.name} has no fork at epoch ${epoch}; its schedule starts at ${network.forks[0]?.epoch}`,
    )
  }
  return fork
}

/** @throws {ForkScheduleError} for a slot before the first fork given */
export const forkAtSlot = (network: Network, slot: number): BeaconFork =>
  forkAtEpoch(network, epochAtSlot(network.preset, slot))

/**
 * compute_fork_digest (Fulu): names a fork on the wire. From Fulu on the blob limits in force are mixed in, so the
 * digest also changes where only they do.
 */
export function forkDigestAtEpoch(network: Network, epoch: number): Uint8Array {
  const fork = forkAtEpoch(network, epoch)
  const base = forkDataRoot(fork.version, network.genesisValidatorsRoot)
  if (!isAtLeast(fork.name, 'fulu')) return base.slice(0, 4)
  const blobs = blobLimitAtEpoch(network, epoch)
  const mask = sha256(concat(uint64(blobs.epoch), uint64(blobs.maxBlobs)))
  return base.slice(0, 4).map((byte, i) => byte ^ (mask[i] ?? 0))
}

/** The fork that a digest stands for on this network, BPO digests included; undefined for a foreign or unknown one. */
export function forkByDigest(network: Network, digest: Uint8Array): ForkName | undefined {
  const epochs = [...network.forks, ...network.blobSchedule].map(({ epoch }) => epoch)
  const match = epochs.find(
    (epoch) => epoch >= (network.forks[0]?.epoch ?? 0) && equal(forkDigestAtEpoch(network, epoch), digest),
  )
  return match === undefined ? undefined : forkAtEpoch(network, match).name
}

/**
 * The domain under which the committee of `signatureSlot` signs. The version is that of the slot before, because a
 * committee signs the head it has seen when its own slot begins.
 */
export function syncCommitteeDomain(network: Network, signatureSlot: number): Uint8Array {
  const { version } = forkAtSlot(network, Math.max(signatureSlot, 1) - 1)
  return concat(DOMAIN_SYNC_COMMITTEE, forkDataRoot(version, network.genesisValidatorsRoot).subarray(0, 28))
}

/** Slot of a moment in seconds since 1970; negative before genesis. */
export const slotAtTime = (network: Network, seconds: number): number =>
  Math.floor((seconds - network.genesisTime) / network.slotSeconds)

/** Seconds since 1970 at which a slot begins. */
export const timeOfSlot = (network: Network, slot: number): number => network.genesisTime + slot * network.slotSeconds

/**
 * get_sync_message_due_ms: ms into a slot at which its committee signs, so before which no honest light-client update of
 * that slot exists (SYNC_MESSAGE_DUE_BPS 3333, from Gloas on 2500).
 */
export function syncMessageDueMs(network: Network, slot: number): number {
  const fork = findForkAtSlot(network, slot)
  const basisPoints = fork !== undefined && isAtLeast(fork.name, 'gloas') ? 2_500 : 3_333
  return Math.floor((basisPoints * network.slotSeconds * 1_000) / 10_000)
}

/** hash_tree_root(ForkData): two chunks, so one hash. */
function forkDataRoot(version: Uint8Array, genesisValidatorsRoot: Root): Uint8Array {
  const chunks = new Uint8Array(64)
  chunks.set(version)
  chunks.set(genesisValidatorsRoot, 32)
  return sha256(chunks)
}

/** get_blob_parameters */
function blobLimitAtEpoch(network: Network, epoch: number): BlobLimit {
  const electra = network.forks.findLast((fork) => !isAtLeast(fork.name, 'fulu'))
  return (
    network.blobSchedule.findLast((entry) => entry.epoch <= epoch) ?? {
      epoch: electra?.name === 'electra' ? electra.epoch : 0,
      maxBlobs: ELECTRA_MAX_BLOBS,
    }
  )
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true)
  return bytes
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])
