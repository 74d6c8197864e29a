/** Codes from `eth_getCode`, for servers that know no hashes: many accounts in one batch. */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash } from '../../../chain/bytes.ts'
import { RequestError } from '../../../network/request-server.ts'
import { hashKey } from '../../../state/hash-key.ts'
import { ACCOUNT_CODES_AT_ONCE } from '../constants.ts'
import type { Verdict } from '../work.ts'
import { byBytes, decoysFor, onceFor, ownKey } from './decoys.ts'
import { hashed, placeBefore, codesReceived, type CodeFault, type Way, type WayCall, type WayContext } from './way.ts'

/** Faults of which nobody said whose code they want cannot be had this way. */
export const codesOfAccounts: Way<CodeFault> = (faults, context, call) =>
  fetchCodes(
    faults.flatMap(({ account, hash }) => (account === undefined ? [] : [{ address: account, hash }])),
    context,
    call,
  )

/** The codes of accounts of which nothing is known yet, for the same trip as their proofs. What comes is content like any. */
export const codesAhead = (addresses: readonly AddressBytes[], context: WayContext, call: WayCall) =>
  fetchCodes(
    // Many transactions call the same contract.
    [...new Map(addresses.map((address) => [bytesToHex(address), { address, hash: undefined }])).values()],
    context,
    call,
  )

interface AccountCode {
  readonly address: AddressBytes
  readonly hash: Hash | undefined
}

/** With the accounts that they are asked about with, where there are any: in an order that tells nothing then. */
function mixed(asked: readonly AccountCode[], context: WayContext): readonly AccountCode[] {
  const own = asked.flatMap(({ address }) => ownKey(address, context) ?? [])
  const decoys = own.length === 0 ? [] : decoysFor(own, context)
  if (decoys.length === 0) return asked
  const others = decoys.map((address): AccountCode => ({ address, hash: undefined }))
  return [...asked, ...others].sort((a, b) => byBytes(a.address, b.address))
}

async function fetchCodes(
  items: readonly AccountCode[],
  context: WayContext,
  { urgency, signal }: WayCall,
): Promise<readonly string[]> {
  const { selector, counter, before, keccak, admit } = context
  const listOf = onceFor((asked: readonly AccountCode[]) => mixed(asked, context))
  const { reasons } = await selector.fetch({
    ...{ kind: 'accountCodes', items, most: ACCOUNT_CODES_AT_ONCE, urgency, signal, counter },
    place: placeBefore(context),
    own: ({ address }) => ownKey(address, context),
    request: (asked) => ({ at: before, addresses: listOf(asked).map(({ address }) => address) }),
    accept: (answer, wanted): Verdict<AccountCode> => {
      const asked = listOf(wanted)
      const isWanted = new Set(wanted)
      const codes = answer.flatMap((code) => (code instanceof RequestError ? [] : [code]))
      const contents = hashed(codes, keccak)
      admit(contents)
      const came = new Set(contents.map(({ hash }) => hashKey(hash)))
      const isRefused = (index: number): boolean => answer[index] === undefined || answer[index] instanceof RequestError
      const lacking = asked.filter((_, index) => isRefused(index))
      const wrong = asked.filter(
        ({ hash }, index) => !isRefused(index) && hash !== undefined && !came.has(hashKey(hash)),
      )
      const falsehood = wrong.length === 0 ? undefined : `${wrong.length} of ${asked.length} codes have other hashes`
      return {
        lacking: [...lacking, ...wrong].filter((item) => isWanted.has(item)),
        left: [],
        received: codesReceived(contents),
        falsehood,
      }
    },
  })
  return reasons
}
