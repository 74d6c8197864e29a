/** What the state service answers, whatever carries its messages. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../../src/chain/bytes.ts'
import { encodeAnswer, MAX_ANSWER_BYTES } from '../../../src/network/state-service/answer-codec.ts'
import { MAX_CODES_BYTES, MAX_NODES_BYTES } from '../../../src/network/state-service/constants.ts'
import type {
  HeldItems,
  StateAnswerOf,
  StateKind,
  StateRequest,
  StateRequestOf,
} from '../../../src/network/state-service/messages.ts'
import type { ServedKinds } from '../../execution/execution-source.ts'
import { answerHeaders } from './answer-headers.ts'
import { answerPaths } from './answer-paths.ts'
import { answerRange } from './answer-range.ts'
import { answerMetadata, answerWitness } from './answer-witness.ts'
import { answerStatus } from './answer-status.ts'
import { roomFor, type Answered, type ServiceParts } from './service-parts.ts'
import { StateServiceError, unknown } from './state-service-error.ts'

export interface AnsweredMessage extends Pick<Answered<unknown>, 'holds'> {
  readonly message: Uint8Array<ArrayBuffer>
}

/** @throws {StateServiceError} @throws {UnavailableError} and whatever else the source throws */
export async function answerRequest(parts: ServiceParts, { kind, request }: StateRequest): Promise<AnsweredMessage> {
  return answerKind(parts, kind, request)
}

async function answerKind<K extends StateKind>(
  parts: ServiceParts,
  kind: K,
  request: StateRequestOf<K>,
): Promise<AnsweredMessage> {
  await requireServed(parts, kind)
  const { answer, holds } = await ANSWERS[kind](parts, request)
  const message = encodeAnswer(kind, answer)
  const most = Math.min(parts.maxAnswerBytes, MAX_ANSWER_BYTES[kind])
  if (message.length > most) {
    throw new StateServiceError('limit', `the answer would have ${message.length} bytes, at most ${most} are sent`)
  }
  return { message, holds }
}

/**
 * What the source must serve for each kind; headers and blocks go without saying for what is not named here. Nodes and
 * codes are given as far as they are at hand, also by a source that cannot promise any: a gap says nothing.
 */
const NEEDS: { readonly [K in StateKind]?: keyof ServedKinds } = {
  headers: 'headers',
  block: 'blocks',
  receipts: 'receipts',
  accessList: 'accessLists',
  witness: 'witness',
  witnessMetadata: 'witness',
  paths: 'paths',
  range: 'ranges',
}

async function requireServed({ source }: ServiceParts, kind: StateKind): Promise<void> {
  const name = NEEDS[kind]
  if (name === undefined) return
  const { serves } = await source.status()
  if (serves[name] === undefined) throw new StateServiceError('unsupported', `this server does not serve ${name}`)
}

type AnswerTo<K extends StateKind> = (
  parts: ServiceParts,
  request: StateRequestOf<K>,
) => Promise<Answered<StateAnswerOf<K>>>

const ANSWERS: { readonly [K in StateKind]: AnswerTo<K> } = {
  status: answerStatus,
  headers: answerHeaders,
  block: async ({ source }, { blockHash }) => {
    const block = await source.blockByHash(blockHash)
    if (block === undefined) throw unknownBlock(blockHash)
    return forever({ block: block.rlp })
  },
  receipts: async ({ source }, { blockHash }) => {
    const receipts = await source.receipts(blockHash)
    if (receipts === undefined) throw unknownBlock(blockHash)
    return forever({ receipts })
  },
  accessList: async ({ source }, { blockHash }) => {
    const accessList = await source.blockAccessList(blockHash)
    if (accessList !== undefined) return forever({ accessList })
    const block = await source.blockByHash(blockHash)
    if (block === undefined) throw unknownBlock(blockHash)
    throw unknown(`block ${block.number} ${bytesToHex(blockHash)} is of a fork without access lists`)
  },
  witness: answerWitness,
  witnessMetadata: answerMetadata,
  nodes: async (parts, { hashes }) => held(await parts.source.nodes(hashes), roomFor(parts, MAX_NODES_BYTES)),
  codes: async (parts, { hashes }) => held(await parts.source.codes(hashes), roomFor(parts, MAX_CODES_BYTES)),
  paths: answerPaths,
  range: answerRange,
  transaction: async ({ source }, { hash }) => {
    const place = await source.locateTransaction(hash)
    if (place === undefined) throw unknown(`no canonical block holds the transaction ${bytesToHex(hash)}`)
    return { answer: place, holds: 'now' }
  },
}

const forever = <T>(answer: T): Answered<T> => ({ answer, holds: 'forever' })

const unknownBlock = (hash: Hash): StateServiceError => unknown(`no block ${bytesToHex(hash)}`)

/** As much as fits, in order. An item that fits in no answer is a gap, so that what comes behind it can be had. */
function held(found: readonly (Uint8Array | undefined)[], maxBytes: number): Answered<HeldItems> {
  const items: (Uint8Array | undefined)[] = []
  let size = 0
  for (const item of found) {
    const served = item !== undefined && item.length <= maxBytes ? item : undefined
    size += served?.length ?? 0
    if (size > maxBytes) break
    items.push(served)
  }
  const isWhole = items.length === found.length && !items.includes(undefined)
  return { answer: { items }, holds: isWhole ? 'forever' : 'now' }
}
