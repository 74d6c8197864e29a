/**
 * Access lists that calls came to (`eth_createAccessList`). A client asks for those of a block's transactions in one batch,
 * and so does the next one; making them takes the interpreter that tells each step 60 ms a call, or ten seconds a block.
 */
import { asHash, type Keccak } from '../../../src/chain/bytes.ts'
import { callJson, type MessageCall } from '../../../src/network/on-demand/rpc-access-list.ts'
import { hashKey } from '../../../src/state/hash-key.ts'
import { UnavailableError, type AccessListResult, type ExecutionHeader } from '../../execution/execution-source.ts'

/** Of some ten blocks. A list of an ordinary transaction has thirteen keys, 1 kB; the longest that gas allows has 400 kB. */
const MAX_KEYS = 65_536
/** Each counts as this many keys more: its call, and its place here. */
const OWN_KEYS = 8
/** Made at a time, whoever asks: as many as the calls of one batch that are under way, twice. */
const MAX_MAKING = 16

/** Always: each list is made once at a time, and those kept have {@link MAX_KEYS} keys at most; the least recently asked for go first. */
export class AccessLists {
  readonly #kept = new Map<string, AccessListResult>()
  readonly #making = new Map<string, Promise<AccessListResult>>()
  #keys = 0

  constructor(private readonly keccak: Keccak) {}

  /** @throws {UnavailableError} where too many are being made; and what `make` throws, which is not kept */
  get(block: ExecutionHeader, call: MessageCall, make: () => Promise<AccessListResult>): Promise<AccessListResult> {
    // Hashed, because a call's data may have megabytes.
    const text = JSON.stringify([hashKey(block.hash), callJson(call)])
    const name = hashKey(asHash(this.keccak(new TextEncoder().encode(text))))
    const kept = this.#kept.get(name)
    if (kept !== undefined) {
      this.#kept.delete(name)
      this.#kept.set(name, kept)
      return Promise.resolve(kept)
    }
    return this.#making.get(name) ?? this.#make(name, make)
  }

  #make(name: string, make: () => Promise<AccessListResult>): Promise<AccessListResult> {
    if (this.#making.size >= MAX_MAKING)
      return Promise.reject(new UnavailableError(`${MAX_MAKING} calls are being executed; ask again`))
    const making = make()
      .then((list) => this.#keep(name, list))
      .finally(() => this.#making.delete(name))
    this.#making.set(name, making)
    return making
  }

  #keep(name: string, list: AccessListResult): AccessListResult {
    this.#kept.set(name, list)
    this.#keys += sizeOf(list)
    for (const [oldest, old] of this.#kept) {
      if (this.#keys <= MAX_KEYS) break
      this.#kept.delete(oldest)
      this.#keys -= sizeOf(old)
    }
    return list
  }
}

const sizeOf = ({ accessList }: AccessListResult): number =>
  accessList.reduce((sum, { slots }) => sum + 1 + slots.length, OWN_KEYS)
