/**
 * Predictions without any list of the block's: the addresses that it names, and, where servers run its transactions for us,
 * the keys that they touched on the parent state (`eth_createAccessList` for all of them in one batch) or in the block
 * itself (prestate trace). Nothing of it is believed: a wrong hint costs a request.
 */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash } from '../../../chain/bytes.ts'
import type { MessageCall } from '../../../network/on-demand/rpc-access-list.ts'
import type { TouchedKeys } from '../../../network/state-service/messages.ts'
import { RequestError } from '../../../network/request-server.ts'
import { CALLS_AT_ONCE, HINTS_LIMIT_MS, MAX_HINTED_KEYS } from '../constants.ts'
import { placeAfter, placeBefore } from '../ways/way.ts'
import { NOTHING_RECEIVED, type Received } from '../trip-counter.ts'
import type { Verdict } from '../work.ts'
import type { BlockFetch } from '../block-fetch.ts'
import { hintsIn } from './block-hints.ts'
import { BROUGHT, codesOf, valuesOf, type Source } from './source.ts'

export const hintsSource: Source = async ({ fetch, block, network, crypto }) => {
  const { keys, called, calls } = hintsIn(block, network, crypto)
  // What the block names is fetched while servers think about the rest.
  const named = [...valuesOf(merged(keys)), ...codesOf(called.map((address) => ({ address, slots: [] })))]
  const [, hinted] = await Promise.all([fetch.advance(named), hintedKeys(fetch, calls)])
  const all = merged([...keys, ...hinted])
  // Codes in the same trip as the accounts, though some of these will have none: waiting to know takes longer than asking.
  const values = [...valuesOf(all), ...codesOf(all)]
  await fetch.prefetch(values)
  return { ...BROUGHT, values }
}

/** The trace says what the block really touched, the calls what it would have alone: the first that there is. */
async function hintedKeys(fetch: BlockFetch, calls: readonly MessageCall[]): Promise<readonly TouchedKeys[]> {
  const { context, signal } = fetch
  const { clock } = fetch
  const limit = new AbortController()
  const cancel = clock.after(HINTS_LIMIT_MS, () => limit.abort())
  const until = AbortSignal.any([signal, limit.signal])
  try {
    if (context.selector.offers('tracedKeys', placeAfter(context))) {
      const traced = await tracedKeys(fetch, until)
      if (traced.length > 0) return traced
    }
    return await callKeys(fetch, calls, until)
  } finally {
    cancel()
  }
}

async function tracedKeys({ context }: BlockFetch, signal: AbortSignal): Promise<readonly TouchedKeys[]> {
  const { selector, counter, after } = context
  const found: TouchedKeys[] = []
  await selector.fetch({
    ...{ kind: 'tracedKeys', items: [after], most: 1, urgency: 'sync-ahead', counter, signal },
    place: placeAfter(context),
    request: () => ({ block: after }),
    accept: (keys): Verdict<typeof after> => {
      found.push(...keys)
      return { lacking: [], left: [], received: keysReceived(keys) }
    },
  })
  return found
}

/** On the parent's state, all in one batch. */
async function callKeys(
  { context }: BlockFetch,
  calls: readonly MessageCall[],
  signal: AbortSignal,
): Promise<readonly TouchedKeys[]> {
  const { selector, counter, before } = context
  const found: TouchedKeys[] = []
  await selector.fetch({
    ...{ kind: 'callKeys', items: calls, most: CALLS_AT_ONCE, urgency: 'sync-ahead', counter, signal },
    place: placeBefore(context),
    request: (asked) => ({ at: before, calls: asked }),
    accept: (lists, asked): Verdict<MessageCall> => {
      const given = lists.flatMap((keys) => (keys instanceof RequestError ? [] : keys))
      for (const keys of given) found.push(keys)
      // A call that cannot be run here is no less strange elsewhere.
      return { lacking: given.length === 0 ? asked : [], left: [], received: keysReceived(given) }
    },
  })
  return found
}

/** Each account once, with all slots; as many keys as one block may be said to have. */
function merged(keys: readonly TouchedKeys[]): TouchedKeys[] {
  const byAddress = new Map<string, { readonly address: AddressBytes; readonly slots: Map<string, Hash> }>()
  let count = 0
  for (const { address, slots } of keys) {
    const name = bytesToHex(address)
    const entry = byAddress.get(name) ?? { address, slots: new Map<string, Hash>() }
    byAddress.set(name, entry)
    for (const slot of slots) entry.slots.set(bytesToHex(slot), slot)
    count += 1 + slots.length
    if (count > MAX_HINTED_KEYS) break
  }
  return Array.from(byAddress.values(), ({ address, slots }) => ({ address, slots: [...slots.values()] }))
}

const keysReceived = (keys: readonly TouchedKeys[]): Received => ({
  ...NOTHING_RECEIVED,
  bytes: keys.reduce((sum, { slots }) => sum + 20 + 32 * slots.length, 0),
})
