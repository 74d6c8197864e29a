/**
 * The block access list (EIP-7928), which the header binds: every account and slot that the block reads or writes, fetched
 * by whole paths or proofs, and the codes of those accounts.
 */
import { RLP } from '@ethereumjs/rlp'
import type { Hash } from '../../../chain/bytes.ts'
import { equalBytes } from '../../../execution/words.ts'
import { storageWritesOfAccessList } from '../../../network/on-demand/access-list-writes.ts'
import { keysOfAccessList } from '../../../network/on-demand/likely-keys.ts'
import { WitnessError } from '../../../network/on-demand/witness-error.ts'
import type { TouchedKeys } from '../../../network/state-service/messages.ts'
import type { StateWrites } from '../../../state/state-writes.ts'
import { NOTHING_RECEIVED } from '../trip-counter.ts'
import type { Verdict } from '../work.ts'
import { BROUGHT, codesOf, valuesOf, type Source } from './source.ts'

export const accessListSource: Source = async ({ fetch, block, crypto }) => {
  const bound = accessListHash(block.header.rlp)
  if (bound === undefined) return { kind: 'unavailable', reasons: ['the block is of a fork without access lists'] }
  const { context, signal } = fetch
  const { selector, counter } = context
  const { header } = block
  let keys: readonly TouchedKeys[] | undefined
  let accessList: Uint8Array | undefined
  let writes: StateWrites = NO_WRITES
  const { reasons } = await selector.fetch({
    ...{ kind: 'accessList', items: [header], most: 1, urgency: 'sync', counter, signal },
    place: { number: header.number, newest: context.newest },
    request: () => ({ block: header }),
    accept: (rlp, items): Verdict<typeof header> => {
      const costs = { left: [], received: { ...NOTHING_RECEIVED, bytes: rlp.length } }
      if (!equalBytes(crypto.keccak(rlp), bound)) {
        return { ...costs, lacking: items, falsehood: 'the access list is not the one that the header commits to' }
      }
      keys = read(rlp, keysOfAccessList, [])
      // A copy: what came is a view into a whole answer.
      accessList = rlp.slice()
      writes = read(rlp, storageWritesOfAccessList, NO_WRITES)
      return { ...costs, lacking: [] }
    },
  })
  if (keys === undefined) return { kind: 'unavailable', reasons }
  await fetch.prefetch(valuesOf(keys))
  // Most accounts have no code: once they are known, only codes that there are have to be asked for; and what slots that
  // are emptied leave alone in their tries.
  await Promise.all([fetch.prefetch(codesOf(keys)), fetch.prefetchWrites(writes)])
  return { ...BROUGHT, accessList }
}

const NO_WRITES: StateWrites = { accounts: new Map(), codes: new Map() }

/** Of Amsterdam's header, where the list's hash stands before the slot number. */
const HASH_AT = 21

/** Undefined before Amsterdam. @param header RLP */
export function accessListHash(header: Uint8Array): Hash | undefined {
  const fields = RLP.decode(header)
  const hash = Array.isArray(fields) ? fields[HASH_AT] : undefined
  return hash instanceof Uint8Array && hash.length === 32 ? (hash as Hash) : undefined
}

/** A list that the header binds and that is none makes the block invalid, which execution finds out: here it is no help. */
function read<T>(rlp: Uint8Array, reading: (rlp: Uint8Array) => T, instead: T): T {
  try {
    return reading(rlp)
  } catch (error) {
    if (error instanceof WitnessError) return instead
    throw error
  }
}
