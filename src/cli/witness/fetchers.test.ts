/**
 * Fetches what deletions need, in the ways that know no hashes: the sibling that is left alone is on no key's path, and
 * only the new root tells whether it was the right one.
 */
import { bytesToHex, bytesToUnprefixedHex, hexToBytes } from '@ethereumjs/util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildState, type BuiltState, type GenesisAccount } from '../../../server/execution/build-state.ts'
import { proveAccount, provePaths } from '../../../server/execution/state-proofs.ts'
import { asAddress, asHash, type Hash, type Hex } from '../../chain/bytes.ts'
import { systemClock } from '../../chain/clock.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { JsonRpc } from '../../network/execution/json-rpc.ts'
import { HttpEndpoint } from '../../network/http/http-endpoint.ts'
import { parseServerUrl } from '../../network/http/server-url.ts'
import { encodeAnswer } from '../../network/state-service/answer-codec.ts'
import { STATE_MEDIA_TYPE } from '../../network/state-service/constants.ts'
import { decodeRequest } from '../../network/state-service/request-codec.ts'
import { StateServiceClient } from '../../network/state-service/state-service-client.ts'
import type { ProvenState } from '../../state/account-proof.ts'
import { EMPTY_CODE_HASH } from '../../state/state-trie.ts'
import type { AccountWrite, StateWrites } from '../../state/state-writes.ts'
import { ContentFetcher } from './content-fetcher.ts'
import { FetchedContent } from '../../network/on-demand/fetched-content.ts'
import { FetchedState } from '../../network/on-demand/fetched-state.ts'
import { PathFetcher } from './path-fetcher.ts'
import { ProofFetcher } from '../../network/on-demand/proof-fetcher.ts'
import { RpcServer } from '../../network/on-demand/rpc-server.ts'
import type { StateFetcher } from '../../network/on-demand/state-fetcher.ts'

const keccak = await loadKeccak()
const { signal } = new AbortController()
const contract = asAddress(new Uint8Array(20).fill(0xcc))
const slotOf = (number: number): Hash => asHash(hexToBytes(`0x${number.toString(16).padStart(64, '0')}`))

interface Change {
  readonly slot: number
  /** 0 deletes. */
  readonly value: number
}

interface Case {
  /** Slots that there are. */
  readonly slots: readonly number[]
  readonly changes: readonly Change[]
}

/** Dense enough that deletions meet siblings of every kind, branches too. */
const cases: fc.Arbitrary<Case> = fc.integer({ min: 2, max: 90 }).chain((most) =>
  fc.record({
    slots: fc.uniqueArray(fc.integer({ min: 1, max: most }), { minLength: 1, maxLength: 80 }),
    changes: fc.uniqueArray(
      fc.record({ slot: fc.integer({ min: 1, max: most }), value: fc.constantFrom(0, 0, 0, 0, 5) }),
      { selector: ({ slot }) => slot, minLength: 1, maxLength: 60 },
    ),
  }),
)

const account = (slots: ReadonlyMap<number, number>): GenesisAccount => ({
  address: contract,
  nonce: 1n,
  balance: 0n,
  storage: Array.from(slots, ([slot, value]) => [slotOf(slot), Uint8Array.of(value)] as const),
})

/** Others beside it, so that the account has a path. */
const others = Array.from({ length: 40 }, (_, at): GenesisAccount => ({
  address: asAddress(new Uint8Array(20).fill(at + 1)),
  nonce: 0n,
  balance: 1n,
}))

function statesOf({ slots, changes }: Case): { readonly before: BuiltState; readonly after: BuiltState } {
  const before = new Map(slots.map((slot) => [slot, 9]))
  const after = new Map(before)
  for (const { slot, value } of changes) {
    if (value === 0) after.delete(slot)
    else after.set(slot, value)
  }
  return {
    before: buildState([...others, account(before)], keccak),
    after: buildState([...others, account(after)], keccak),
  }
}

function writesOf({ changes }: Case): StateWrites {
  const slots = new Map(
    changes.map(({ slot, value }) => [
      bytesToUnprefixedHex(slotOf(slot)),
      value === 0 ? new Uint8Array() : Uint8Array.of(value),
    ]),
  )
  const account: AccountWrite = {
    kind: 'updated',
    nonce: 1n,
    balance: 0n,
    codeHash: EMPTY_CODE_HASH,
    storage: { kind: 'kept', slots },
  }
  return { accounts: new Map([[bytesToUnprefixedHex(contract), account]]), codes: new Map() }
}

const provenOf = (state: BuiltState): ProvenState => ({ root: state.root, nodes: state.nodes, keccak })

/** Answers without a network. */
function endpoint(answer: (url: string, body: Uint8Array) => { readonly type: string; readonly body: BodyInit }) {
  const transport = {
    clock: systemClock,
    origin: undefined,
    fetch: async (url: string, init: RequestInit) => {
      const sent = init.body
      const bytes =
        typeof sent === 'string' ? new TextEncoder().encode(sent) : ((sent ?? new Uint8Array()) as Uint8Array)
      const { type, body } = answer(url, bytes)
      return new Response(body, { headers: { 'content-type': type } })
    },
  }
  return new HttpEndpoint(parseServerUrl('http://127.0.0.1:1'), transport)
}

/** @param most keys that an answer completes */
function pathFetcher(state: BuiltState, most: number): StateFetcher {
  const client = new StateServiceClient(
    endpoint((_, body) => {
      const asked = decodeRequest(body)
      if (asked.kind !== 'paths') throw new Error(`asked for ${asked.kind}`)
      let left = most
      const keys = asked.request.keys.flatMap(({ account, slots }) => {
        if (left === 0) return []
        const part = slots.slice(0, left - 1)
        left -= 1 + part.length
        return [{ account, slots: part }]
      })
      const nodes = provePaths(provenOf(state), keys)
      return { type: STATE_MEDIA_TYPE, body: encodeAnswer('paths', { nodes, complete: most - left }) }
    }),
  )
  return new PathFetcher(state.root, client, new ContentFetcher('test', client, keccak, signal), keccak, signal)
}

/** @param most nodes in an answer */
function contentFetcher(state: BuiltState, most: number): StateFetcher {
  const client = new StateServiceClient(
    endpoint((url, body) => {
      const hashes = body.length === 0 ? hashesIn(url) : nodesIn(body)
      const items = hashes.slice(0, most).map((hash) => state.nodes.node(hash))
      return { type: STATE_MEDIA_TYPE, body: encodeAnswer('nodes', { items }) }
    }),
  )
  return new ContentFetcher('test', client, keccak, signal)
}

const hashesIn = (url: string): Hash[] =>
  new URL(url).searchParams.getAll('hash').map((hash) => asHash(hexToBytes(hash as Hex)))

function nodesIn(body: Uint8Array): readonly Hash[] {
  const asked = decodeRequest(body)
  if (asked.kind !== 'nodes') throw new Error(`asked for ${asked.kind}`)
  return asked.request.hashes
}

interface ProofCall {
  readonly id: number
  readonly method: string
  readonly params: [address: Hex, slots: Hex[], block: Hex]
}

function proofFetcher(before: BuiltState, after: BuiltState): StateFetcher {
  const rpc = new JsonRpc(
    endpoint((_, body) => {
      const { id, method, params } = JSON.parse(new TextDecoder().decode(body)) as ProofCall
      if (method !== 'eth_getProof') throw new Error(`asked for ${method}`)
      const [address, slots, block] = params
      const state = provenOf(block === bytesToHex(before.root) ? before : after)
      const proof = proveAccount(
        state,
        asAddress(hexToBytes(address)),
        slots.map((slot) => asHash(hexToBytes(slot))),
      )
      const result = {
        accountProof: proof.accountProof.map(bytesToHex),
        storageProof: proof.storage.map((one) => ({ proof: one.proof.map(bytesToHex) })),
      }
      return { type: 'application/json', body: JSON.stringify({ jsonrpc: '2.0', id, result }) }
    }),
  )
  return new ProofFetcher(
    new RpcServer(rpc, signal),
    { before: { number: 1, hash: before.root }, after: { number: 2, hash: after.root } },
    keccak,
  )
}

async function rootAfter(one: Case, before: BuiltState, fetcher: StateFetcher): Promise<string> {
  const state = new FetchedState(before.root, new FetchedContent(keccak), fetcher, keccak)
  // As a block does: half is known ahead, all is read before it is written.
  const slots = one.changes.map(({ slot }) => slotOf(slot))
  await state.fetchAhead([{ address: contract, slots: slots.slice(0, slots.length / 2) }])
  const open = state.open()
  for (const slot of slots) await open.reader.storage(contract, slot)
  await open.applyWrites(writesOf(one))
  return bytesToHex(open.root())
}

test('paths bring every sibling that deletions need, however few come at a time', async () => {
  await fc.assert(
    fc.asyncProperty(cases, fc.integer({ min: 2, max: 200 }), async (one, most) => {
      const { before, after } = statesOf(one)
      expect(await rootAfter(one, before, pathFetcher(before, most))).toBe(bytesToHex(after.root))
    }),
    { numRuns: 150 },
  )
})

test('nodes by hash bring all that there is, however few come at a time', async () => {
  await fc.assert(
    fc.asyncProperty(cases, fc.integer({ min: 1, max: 200 }), async (one, most) => {
      const { before, after } = statesOf(one)
      expect(await rootAfter(one, before, contentFetcher(before, most))).toBe(bytesToHex(after.root))
    }),
    { numRuns: 100 },
  )
})

test('proofs before and after a block bring every sibling that deletions need', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      const { before, after } = statesOf(one)
      expect(await rootAfter(one, before, proofFetcher(before, after))).toBe(bytesToHex(after.root))
    }),
    { numRuns: 150 },
  )
})

test('a branch that is left alone is reached by a key that is found by trying', async () => {
  const nibblesOf = (slot: number) => bytesToUnprefixedHex(keccak(slotOf(slot)))
  const slots = (prefix: string) =>
    Array.from({ length: 4_000 }, (_, at) => at + 1).filter((one) => nibblesOf(one).startsWith(prefix))
  const [gone] = slots('12')
  const [left, right] = slots('13')
  const [other] = slots('5')
  const one = { slots: [gone!, left!, right!, other!], changes: [{ slot: gone!, value: 0 }] }
  const { before, after } = statesOf(one)
  expect(await rootAfter(one, before, proofFetcher(before, after))).toBe(bytesToHex(after.root))
})

test('a server that completes no path is given up', async () => {
  const one = { slots: [1, 2], changes: [{ slot: 1, value: 0 }] }
  const { before } = statesOf(one)
  await expect(rootAfter(one, before, pathFetcher(before, 1))).rejects.toThrow('goes on with no path')
})

test('a server that gives something else is given up', async () => {
  const one = { slots: [1, 2, 3], changes: [{ slot: 1, value: 0 }] }
  const { before } = statesOf(one)
  const other = statesOf({ slots: [7, 8, 9], changes: [] }).before
  await expect(rootAfter(one, before, pathFetcher(other, 99))).rejects.toThrow('did not give the missing node')
  await expect(rootAfter(one, before, proofFetcher(other, other))).rejects.toThrow(/no way to|did not give/)
})
