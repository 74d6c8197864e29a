/** What headers come to for calls, remembered: a page asks many calls at one head, and opening it took a third of each. */
import { bytesToUnprefixedHex } from '@ethereumjs/util'
import type { WasmCrypto } from '../crypto/wasm-crypto.ts'
import { readHeader, valuesOf, type BlockValues, type HeaderOnNetwork } from './block-values.ts'
import { forkSettingAt, type ForkSetting } from './fork-setting.ts'

export interface OpenedHeader {
  readonly values: BlockValues
  readonly setting: ForkSetting
}

/** The head, what pages still ask of the one before, and a few of which somebody asks history. */
const MAX_REMEMBERED = 8

/** Crypto is one per thread; the oldest entry first. */
const remembered = new WeakMap<WasmCrypto, Map<string, OpenedHeader>>()

/** @throws {UnsupportedForkError} {ImpossiblePositionError} */
export function openedHeader(of: HeaderOnNetwork): OpenedHeader {
  const opened = remembered.get(of.crypto) ?? new Map<string, OpenedHeader>()
  remembered.set(of.crypto, opened)
  const key = keyOf(of)
  const known = opened.get(key)
  if (known !== undefined) return known
  const header = readHeader(of)
  const values = valuesOf(header)
  const fresh = { values, setting: forkSettingAt(of.network, header, of.crypto) }
  if (opened.size >= MAX_REMEMBERED) opened.delete(opened.keys().next().value!)
  opened.set(key, fresh)
  return fresh
}

/** The network comes anew with each job, and another may have a block with the same header. */
function keyOf({ network, header, crypto }: HeaderOnNetwork): string {
  return `${bytesToUnprefixedHex(crypto.keccak(header))} ${network.name} ${network.chainId} ${JSON.stringify(network.execution)}`
}
