/**
 * Access lists that calls came to (`eth_createAccessList`). A client asks for those of a block's transactions in one batch,
 * and so does the next one; making them takes the interpreter that tells each step 60 ms a call, or ten seconds a block.
 */
import { asHash, type Keccak } from '../../../src/chain/bytes.ts'
import { callJson, type MessageCall } from '../../../src/network/on-demand/rpc-access-list.ts'
import { hashKey } from '../../../src/state/hash-key.ts'
import type { AccessListResult, ExecutionHeader } from '../../execution/execution-source.ts'
import { KeptAnswers } from '../../execution/kept-answers.ts'

/** Of some ten blocks. A list of an ordinary transaction has thirteen keys, 1 kB; the longest that gas allows has 400 kB. */
const MAX_KEYS = 65_536
/** Each counts as this many keys more: its call, and its place here. */
const OWN_KEYS = 8
/** Made at a time, whoever asks: as many as the calls of one batch that are under way, twice. */
const MAX_MAKING = 16

/** Always: each list is made once at a time, and those kept have {@link MAX_KEYS} keys at most; the least recently asked for go first. */
export class AccessLists {
  readonly #lists = new KeptAnswers<AccessListResult>({
    sizeOf,
    mostKept: MAX_KEYS,
    mostMaking: MAX_MAKING,
    refusal: `${MAX_MAKING} calls are being executed; ask again`,
  })

  constructor(private readonly keccak: Keccak) {}

  /** @throws {UnavailableError} where too many are being made; and what `make` throws, which is not kept */
  async get(
    block: ExecutionHeader,
    call: MessageCall,
    make: () => Promise<AccessListResult>,
  ): Promise<AccessListResult> {
    // Hashed, because a call's data may have megabytes.
    const text = JSON.stringify([hashKey(block.hash), callJson(call)])
    const name = hashKey(asHash(this.keccak(new TextEncoder().encode(text))))
    return this.#lists.get(name, make)
  }
}

function sizeOf({ accessList }: AccessListResult): number {
  return accessList.reduce((sum, { slots }) => sum + 1 + slots.length, OWN_KEYS)
}
