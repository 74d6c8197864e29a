/** Nodes and codes by their hashes: one layer in a trip, from servers that may hold a part. */
import type { Hash } from '../../../chain/bytes.ts'
import { checkHeld } from '../../../network/state-service/check-held.ts'
import { MAX_NODES } from '../../../network/state-service/constants.ts'
import type { HeldItems } from '../../../network/state-service/messages.ts'
import { CODES_AT_ONCE } from '../constants.ts'
import type { Verdict } from '../work.ts'
import { ownKey } from './decoys.ts'
import { codesReceived, nodesReceived, type CodeFault, type NodeFault, type Way, type WayContext } from './way.ts'

export const nodesByHash: Way<NodeFault> = async (faults, context, { urgency, signal }) => {
  const { selector, counter } = context
  const { reasons } = await selector.fetch({
    ...{ kind: 'nodes', items: faults.map(({ hash }) => hash), most: MAX_NODES, urgency, signal, counter },
    place: undefined,
    own: ownersOf(faults, context),
    request: (hashes) => ({ hashes }),
    accept: (answer, hashes) => judge(hashes, answer, context, nodesReceived),
  })
  return reasons
}

export const codesByHash: Way<CodeFault> = async (faults, context, { urgency, signal }) => {
  const { selector, counter } = context
  const { reasons } = await selector.fetch({
    ...{ kind: 'codes', items: faults.map(({ hash }) => hash), most: CODES_AT_ONCE, urgency, signal, counter },
    place: undefined,
    own: ownersOf(faults, context),
    request: (hashes) => ({ hashes }),
    accept: (answer, hashes) => judge(hashes, answer, context, codesReceived),
  })
  return reasons
}

/** The account of the visit's own that a hash, one of these faults', tells of. */
function ownersOf(faults: readonly (NodeFault | CodeFault)[], context: WayContext): (hash: Hash) => string | undefined {
  const accounts = new Map(faults.map(({ hash, account }) => [hash, account]))
  return (hash) => {
    const account = accounts.get(hash)
    return account && ownKey(account, context)
  }
}

function judge(
  hashes: readonly Hash[],
  answer: HeldItems,
  { keccak, admit }: WayContext,
  received: typeof nodesReceived,
): Verdict<Hash> {
  const { held, absent, wrong, unanswered } = checkHeld(hashes, answer, keccak)
  admit(held)
  const falsehood = wrong.length === 0 ? undefined : `${wrong.length} of ${hashes.length} came with other hashes`
  return {
    lacking: [...absent, ...wrong],
    left: unanswered,
    received: received(held),
    falsehood,
  }
}
