/** A short name of the rules that blocks were executed by, for what is kept from one run to the next. */
import { bytesToHex, bytesToUnprefixedHex } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import type { ExecutionNetwork } from '../../../../src/chain/network.ts'

/** 64 bits: a folder has a few sets of rules, and nobody gains by making two that meet. */
const DIGEST_BYTES = 8

/** Lower-case hex. Equal for equal schedules, whatever the network is called. */
export function rulesDigest({ execution }: Pick<ExecutionNetwork, 'execution'>): string {
  const text = JSON.stringify(execution, (_, value: unknown) =>
    value instanceof Uint8Array ? bytesToHex(value) : typeof value === 'bigint' ? `${value}n` : value,
  )
  return bytesToUnprefixedHex(sha256(new TextEncoder().encode(text)).subarray(0, DIGEST_BYTES))
}
