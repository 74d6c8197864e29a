/** How a call names a block: number or tag, and where the method allows it by hash or as an object (EIP-1898). */
import type { Hash } from '../../../chain/bytes.ts'
import { data } from '../hex.ts'
import { readCount, readHash } from './hex.ts'
import type { Param } from './param.ts'
import { flag, optional, ParamError, readMember, readObject } from './param.ts'

export type BlockTag = 'earliest' | 'finalized' | 'safe' | 'latest'

export type NumberSelector =
  { readonly kind: 'number'; readonly number: number } | { readonly kind: 'tag'; readonly tag: BlockTag }

export type BlockSelector =
  NumberSelector | { readonly kind: 'hash'; readonly hash: Hash; readonly chain: 'canonical' | 'any' }

export const blockNumberOrTag: Param<NumberSelector> = { read: readNumberOrTag }
export const blockSelector: Param<BlockSelector> = { read: readSelector }
export const LATEST: NumberSelector = { kind: 'tag', tag: 'latest' }
/** For reads of state: the specification's default. */
export const latestOr: Param<BlockSelector> = optional(blockSelector, LATEST)

/** As a call named it, for people. */
export function selectorText(selector: BlockSelector): string {
  switch (selector.kind) {
    case 'tag':
      return selector.tag
    case 'number':
      return String(selector.number)
    case 'hash':
      return data(selector.hash)
  }
}

const TAGS: Readonly<Record<string, BlockTag>> = {
  earliest: 'earliest',
  finalized: 'finalized',
  safe: 'safe',
  latest: 'latest',
  // The block that is being built is nobody's to prove; what stands is the head.
  pending: 'latest',
}

/** @throws {ParamError} */
export function readNumberOrTag(value: unknown): NumberSelector {
  const tag = typeof value === 'string' && Object.hasOwn(TAGS, value) ? TAGS[value] : undefined
  return tag === undefined ? { kind: 'number', number: readCount(value) } : { kind: 'tag', tag }
}

function readSelector(value: unknown): BlockSelector {
  if (typeof value === 'string') {
    return value.length === HASH_LENGTH ? { kind: 'hash', hash: readHash(value), chain: 'any' } : readNumberOrTag(value)
  }
  const object = readObject(value)
  const number = readMember(object, 'blockNumber', readNumberOrTag)
  const hash = readMember(object, 'blockHash', readHash)
  if (number !== undefined && hash !== undefined) {
    throw new ParamError('cannot specify both BlockHash and BlockNumber, choose one or the other')
  }
  const required = readMember(object, 'requireCanonical', flag.read)
  if (hash !== undefined) return { kind: 'hash', hash, chain: required === true ? 'canonical' : 'any' }
  if (number !== undefined) return number
  throw new ParamError('expected a block number, a tag, a hash, or an object with blockNumber or blockHash')
}

/** `0x` and 64 digits; no quantity has so many, which a block number could be. */
const HASH_LENGTH = 66
