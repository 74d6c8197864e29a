/**
 * Fetches whole paths from a state service. A missing node on the way to a key comes with the key's path; one beside it,
 * the sibling that a deletion leaves alone, with the path of any key that begins as the node's own place does: a state
 * service takes keys by their hashes, so that such a key can be made up.
 */
import { bytesToHex } from '@ethereumjs/util'
import { asHash, type Hash, type Keccak } from '../../chain/bytes.ts'
import { RequestError } from '../../network/request-server.ts'
import { MAX_PATH_KEYS } from '../../network/state-service/constants.ts'
import type { HashedPathKeys } from '../../network/state-service/messages.ts'
import type { StateServiceClient } from '../../network/state-service/state-service-client.ts'
import { hashKey } from '../../state/hash-key.ts'
import { hashesOf, type ContentFetcher } from './content-fetcher.ts'
import type { ContentFault, StateFetcher } from '../../network/on-demand/state-fetcher.ts'
import { WitnessError } from '../../network/on-demand/witness-error.ts'

type NodeFault = Extract<ContentFault, { readonly kind: 'node' }>

/** Always: no path is asked for twice. */
export class PathFetcher implements StateFetcher {
  readonly #asked = new Set<string>()

  constructor(
    private readonly stateRoot: Hash,
    private readonly client: StateServiceClient,
    private readonly contents: ContentFetcher,
    private readonly keccak: Keccak,
    private readonly signal: AbortSignal,
  ) {}

  async fetch(faults: readonly ContentFault[]): Promise<readonly Uint8Array[]> {
    const nodeFaults = faults.filter((fault) => fault.kind === 'node')
    const codes = await this.contents.get('codes', hashesOf(faults, 'code'))
    return [...codes, ...(await this.#pathsOrNodes(nodeFaults))]
  }

  /** Where a path as a whole is not to be had, as a made-up one of a recorded block seldom is, the node itself may be. */
  async #pathsOrNodes(faults: readonly NodeFault[]): Promise<readonly Uint8Array[]> {
    try {
      const { nodes, isWhole } = await this.#paths(this.#keysOf(faults))
      if (isWhole) return nodes
      return [...nodes, ...(await this.contents.get('nodes', hashesOf(faults, 'node')))]
    } catch (error) {
      if (!(error instanceof RequestError && error.fault.code === 'absent')) throw error
      return this.contents.get('nodes', hashesOf(faults, 'node'))
    }
  }

  /** Grouped by account; empty where all have been asked for before. */
  #keysOf(faults: readonly NodeFault[]): HashedPathKeys[] {
    const byAccount = new Map<string, { readonly account: Hash; readonly slots: Hash[] }>()
    for (const fault of faults) {
      const { account, slot } = this.#keyOf(fault)
      const name = keyName(account, slot)
      if (this.#asked.has(name)) continue
      this.#asked.add(name)
      const entry = byAccount.get(hashKey(account)) ?? { account, slots: [] }
      byAccount.set(hashKey(account), entry)
      if (slot !== undefined) entry.slots.push(slot)
    }
    return [...byAccount.values()]
  }

  #keyOf({ owner, path, account, slot }: NodeFault): { readonly account: Hash; readonly slot: Hash | undefined } {
    const hashedAccount = owner ?? (account && (this.keccak(account) as Hash))
    const hashedSlot = slot && (this.keccak(slot) as Hash)
    if (hashedAccount !== undefined && !this.#asked.has(keyName(hashedAccount, hashedSlot))) {
      return { account: hashedAccount, slot: hashedSlot }
    }
    return owner === undefined
      ? { account: keyThrough(path), slot: undefined }
      : { account: owner, slot: keyThrough(path) }
  }

  async #paths(keys: readonly HashedPathKeys[]): Promise<{ nodes: readonly Uint8Array[]; isWhole: boolean }> {
    const nodes: Uint8Array[] = []
    let isWhole = true
    for (let left = keys; left.length > 0;) {
      const request = { stateRoot: this.stateRoot, keys: take(left, MAX_PATH_KEYS) }
      const answer = await this.client.ask('paths', request, this.signal)
      for (const node of answer.nodes) nodes.push(node)
      isWhole &&= answer.lacking === undefined
      const after = drop(left, answer.complete)
      if (count(after) >= count(left)) {
        throw new WitnessError(`the server goes on with no path under the state root ${bytesToHex(this.stateRoot)}`)
      }
      left = after
    }
    return { nodes, isWhole }
  }
}

const keyName = (account: Hash, slot: Hash | undefined): string =>
  slot === undefined ? hashKey(account) : hashKey(account) + hashKey(slot)

const count = (keys: readonly HashedPathKeys[]): number => keys.reduce((sum, { slots }) => sum + 1 + slots.length, 0)

/** A hash whose first nibbles are those, with zeros behind. */
function keyThrough(path: Uint8Array): Hash {
  const key = new Uint8Array(32)
  for (const [index, nibble] of path.entries()) key[index >> 1]! |= index % 2 === 0 ? nibble << 4 : nibble
  return asHash(key)
}

/** The first so many accounts and slots. */
function take(keys: readonly HashedPathKeys[], most: number): HashedPathKeys[] {
  const taken: HashedPathKeys[] = []
  let left = most
  for (const { account, slots } of keys) {
    if (left === 0) break
    const part = slots.slice(0, left - 1)
    taken.push({ account, slots: part })
    left -= 1 + part.length
    if (part.length < slots.length) break
  }
  return taken
}

/** What is left after the first so many; an account that is cut in two is asked for again with the rest of its slots. */
function drop(keys: readonly HashedPathKeys[], complete: number): HashedPathKeys[] {
  let left = complete
  return keys.flatMap(({ account, slots }) => {
    const done = Math.min(left, 1 + slots.length)
    left -= done
    if (done === 1 + slots.length) return []
    return [{ account, slots: slots.slice(Math.max(done - 1, 0)) }]
  })
}
