/**
 * Fetches paths as eth_getProof gives them (EIP-1186), and codes with eth_getCode, from the block before.
 *
 * JSON-RPC takes keys, not their hashes, and so has no way to ask for a node beside a path. The sibling that a deletion
 * leaves alone is found in the proof of the same key *after* the block: there it has moved up in place of its parent, a
 * leaf or an extension whose path begins with what was above it, and taking that off again gives the node as it was. A
 * branch leaves only its hash there; a key that leads into it has to be found by trying, which is possible where the
 * branch is not too deep.
 */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash, Keccak } from '../../chain/bytes.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { Nibbles } from '../../state/trie/nibbles.ts'
import { keyBelow } from './key-below.ts'
import { raisedNodes } from './raised-nodes.ts'
import { askCode, askProof, MAX_PROOF_KEYS, type ProofKeys } from './rpc-proofs.ts'
import type { NamedBlock, RpcServer } from './rpc-server.ts'
import type { ContentFault, StateFetcher } from './state-fetcher.ts'
import { WitnessError } from './witness-error.ts'

type NodeFault = Extract<ContentFault, { readonly kind: 'node' }>

/** Calls at a time: as many as a browser opens connections to a server. */
const PARALLEL = 6
/** A deletion seldom leaves more than two branches on its way with one child each; each try goes one nibble deeper. */
const MAX_TRIES = 3

export class ProofFetcher implements StateFetcher {
  /** How often each missing node has been looked for, by its hash. */
  readonly #tries = new Map<string, number>()
  readonly #asked = new Set<string>()

  constructor(
    private readonly rpc: RpcServer,
    /** The block before, and the block itself. */
    private readonly at: { readonly before: NamedBlock; readonly after: NamedBlock },
    private readonly keccak: Keccak,
  ) {}

  async fetch(faults: readonly ContentFault[]): Promise<readonly Uint8Array[]> {
    const nodeFaults = faults.filter((fault) => fault.kind === 'node')
    const codeFaults = faults.filter((fault) => fault.kind === 'code')
    const onPath = nodeFaults.filter((fault) => !this.#asked.has(nameOf(fault)))
    const beside = nodeFaults.filter((fault) => this.#asked.has(nameOf(fault)))
    const proofs = await inParallel(grouped(onPath), (keys) => askProof(this.rpc, this.at.before, keys))
    for (const fault of onPath) this.#asked.add(nameOf(fault))
    const found = [
      proofs,
      await inParallel(beside, (fault) => this.#sibling(fault)),
      await inParallel(codeFaults, async ({ account }) => [await this.#code(account)]),
    ]
    return found.flat(2)
  }

  async #sibling(fault: NodeFault): Promise<readonly Uint8Array[]> {
    const key = hashKey(fault.hash)
    const tries = (this.#tries.get(key) ?? 0) + 1
    this.#tries.set(key, tries)
    if (tries > MAX_TRIES)
      throw new WitnessError(`${this.rpc.name}: eth_getProof gives no way to ${bytesToHex(fault.hash)}`)
    const after = raisedNodes(await askProof(this.rpc, this.at.after, keysOf(fault)))
    if (after.some((node) => hashKey(this.keccak(node) as Hash) === key)) return after
    return askProof(this.rpc, this.at.before, await this.#keysThrough(fault))
  }

  /** For a key whose path leads through the missing node. */
  async #keysThrough({ owner, path, account }: NodeFault): Promise<ProofKeys> {
    if (owner === undefined) return { address: (await this.#keyThrough(path, 20)) as AddressBytes, slots: [] }
    if (account === undefined) throw new WitnessError(`nobody said whose storage ${bytesToHex(owner)} is`)
    return { address: account, slots: [await this.#keyThrough(path, 32)] }
  }

  async #keyThrough(path: Nibbles, length: number): Promise<Uint8Array> {
    const key = await keyBelow(path, length, this.keccak, this.rpc.signal)
    if (key !== undefined) return key
    throw new WitnessError(
      `${this.rpc.name}: eth_getProof: a deletion needs the branch below ${path.length} nibbles, and no key that leads there was found; use another form`,
    )
  }

  async #code(account: AddressBytes | undefined): Promise<Uint8Array> {
    if (account === undefined) throw new WitnessError('a code is missing, and nobody said whose it is')
    return askCode(this.rpc, this.at.before, account)
  }
}

/** The key that was read when the node was missed. */
function nameOf({ account, slot, owner }: NodeFault): string {
  return [account ?? owner, slot].map((part) => (part === undefined ? '' : bytesToHex(part))).join(' ')
}

function keysOf({ account, slot, hash }: NodeFault): ProofKeys {
  if (account === undefined) throw new WitnessError(`nobody said what the node ${bytesToHex(hash)} is for`)
  return { address: account, slots: slot === undefined ? [] : [slot] }
}

/** One request per account, as long as it does not have too many slots. */
function grouped(faults: readonly NodeFault[]): ProofKeys[] {
  const byAccount = new Map<string, { readonly address: AddressBytes; readonly slots: Uint8Array[] }>()
  for (const fault of faults) {
    const { address, slots } = keysOf(fault)
    const entry = byAccount.get(bytesToHex(address)) ?? { address, slots: [] }
    byAccount.set(bytesToHex(address), entry)
    entry.slots.push(...slots)
  }
  return [...byAccount.values()].flatMap(({ address, slots }) =>
    Array.from({ length: Math.max(1, Math.ceil(slots.length / MAX_PROOF_KEYS)) }, (_, portion) => ({
      address,
      slots: slots.slice(portion * MAX_PROOF_KEYS, (portion + 1) * MAX_PROOF_KEYS),
    })),
  )
}

/** In the order of the items. The first failure is that of the whole, once those under way are over. */
async function inParallel<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += PARALLEL) {
    results.push(...(await Promise.all(items.slice(at, at + PARALLEL).map(run))))
  }
  return results
}
