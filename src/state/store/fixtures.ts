/** Made-up but well-formed contents and blocks for the store's tests. */
import { RLP } from '@ethereumjs/rlp'
import { equalsBytes } from '@ethereumjs/util'
import { asHash, asRoot, type Hash, type Keccak } from '../../chain/bytes.ts'
import type {
  BlockContents,
  BlockRecord,
  Content,
  Store,
  UnverifiedBootstrap,
  UnverifiedConflict,
  UnverifiedHeads,
  UnverifiedObject,
  UnverifiedUpdate,
} from './store.ts'

/** Bytes that differ for every seed. */
export function someBytes(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = (seed + 1) * 0x9e3779b1
  for (let at = 0; at < length; at++) {
    state = Math.imul(state ^ (state >>> 15), 0x85ebca6b) + 0x6d2b79f5
    bytes[at] = state >>> 24
  }
  return bytes
}

export function content(keccak: Keccak, bytes: Uint8Array): Content {
  return { hash: asHash(keccak(bytes)), bytes }
}

export function someContents(keccak: Keccak, { from = 0, count = 10, length = 335 }): Content[] {
  return Array.from({ length: count }, (_, at) => content(keccak, someBytes(from + at, length + (at % 7))))
}

export function someHeader(number: number, parentHash: Uint8Array): Uint8Array {
  const empty = new Uint8Array()
  return RLP.encode([
    parentHash,
    someBytes(number, 32),
    someBytes(number, 20),
    ...[1, 2, 3].map((at) => someBytes(number * 4 + at, 32)),
    new Uint8Array(256),
    empty,
    number,
    30_000_000,
    21_000,
    1_700_000_000 + number,
    empty,
  ])
}

/** A block with its parent's header, one transaction, and a witness of `nodes` nodes and one code. */
export function someBlock(
  keccak: Keccak,
  {
    number = 7,
    nodes = 5,
    network = 'testnet',
    seed = number,
  }: { number?: number; nodes?: number; network?: string; seed?: number } = {},
): { record: BlockRecord; contents: BlockContents; header: Uint8Array } {
  const parentHeader = someHeader(number - 1, someBytes(number - 2, 32))
  const header = someHeader(number, keccak(parentHeader))
  const block = RLP.encode([RLP.decode(header), [someBytes(number, 120)], []])
  const contents = {
    nodes: someContents(keccak, { from: seed * 1000, count: nodes }),
    codes: [content(keccak, someBytes(seed * 1000 + 999, 2_000))],
  }
  const record = {
    hash: asHash(keccak(header)),
    network,
    block,
    parentHeader,
    ancestors: [{ number: number - 2, hash: asHash(someBytes(number - 2, 32)) }],
    witness: { nodes: contents.nodes.map(({ hash }) => hash), codes: contents.codes.map(({ hash }) => hash) },
  }
  return { record, contents, header }
}

export function someUpdate(period: number): UnverifiedUpdate {
  return { period, forkDigest: someBytes(period, 4), ssz: someBytes(period, 1_000) }
}

export function someBootstrap(seed: number): UnverifiedBootstrap {
  return { forkDigest: someBytes(seed, 4), trustedRoot: asRoot(someBytes(seed, 32)), ssz: someBytes(seed, 900) }
}

const someObject = (seed: number): UnverifiedObject => ({ forkDigest: someBytes(seed, 4), ssz: someBytes(seed, 700) })

export function someHeads(slot: number): UnverifiedHeads {
  return {
    summary: {
      optimisticSlot: slot,
      blockRoot: asRoot(someBytes(slot, 32)),
      finalizedSlot: Math.max(0, slot - 64),
      execution: { hash: asHash(someBytes(slot + 1, 32)), number: slot + 1_000 },
    },
    finality: someObject(slot),
    optimistic: someObject(slot + 1),
  }
}

export function someConflict(period: number): UnverifiedConflict {
  return { known: someUpdate(period), other: { ...someUpdate(period), ssz: someBytes(period + 1, 900) } }
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

export function hashesOf(contents: readonly Content[]): Hash[] {
  return contents.map(({ hash }) => hash)
}

/** Positions of the contents that the store does not give back. @throws when it gives back other bytes */
export async function missing(store: Store, contents: readonly Content[]): Promise<number[]> {
  const found = await store.getNodes(hashesOf(contents))
  return contents.flatMap(({ bytes }, at) => {
    const stored = found[at]
    if (stored === undefined) return [at]
    if (!equalsBytes(stored, bytes)) throw new Error(`content ${at} came back as other bytes`)
    return []
  })
}
