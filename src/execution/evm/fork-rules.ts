/** The rules of one fork that the interpreter branches on, as plain fields: asking the `Common` each time was 9 % of a block. */
import { Hardfork, type Common } from '@ethereumjs/common'

export interface ForkRules {
  readonly chainId: bigint
  /** EIP-2: creation that cannot pay its deposit fails instead of leaving an account without code. */
  readonly homestead: boolean
  /** EIP-150: 63/64 of the gas at most goes to a call. */
  readonly tangerineWhistle: boolean
  /** EIP-158, 161, 170. */
  readonly spuriousDragon: boolean
  /** EIP-2929: cold and warm access. */
  readonly accessLists: boolean
  readonly storageGas: StorageGas
  readonly expByteGas: number
  /** EIP-3529 lowered and EIP-1283/2200 set it; zero once SELFDESTRUCT refunds nothing. */
  readonly selfDestructRefund: number
  /** EIP-3541: no code that starts with 0xef. */
  readonly rejectsEfCode: boolean
  /** EIP-3860; undefined where initcode is neither bounded nor charged by size. */
  readonly maxInitCodeSize: number | undefined
  /** EIP-6780: only an account created in the same transaction is destroyed. */
  readonly destroysOnlyCreated: boolean
  /** EIP-7702: an account's code may point at another's. */
  readonly delegations: boolean
  /** EIP-4399. */
  readonly prevRandao: boolean
}

export type StorageGas =
  /** Until Byzantium, and Petersburg: by current and new value only. */
  | { readonly kind: 'legacy' }
  /** EIP-1283 (Constantinople) and EIP-2200 (Istanbul) net metering; `sentry` is the latter's stipend guard. */
  | {
      readonly kind: 'net'
      readonly load: number
      readonly reset: number
      readonly clearRefund: number
      readonly sentry: number
    }

/** EIP-2929. */
export const COLD_SLOAD_GAS = 2100
export const COLD_ACCOUNT_GAS = 2600
export const WARM_ACCESS_GAS = 100
/** EIP-2200, EIP-1283: SSTORE_SET and SSTORE_RESET; the legacy prices are the same. */
export const STORAGE_SET_GAS = 20000
export const STORAGE_RESET_GAS = 5000
export const LEGACY_CLEAR_REFUND = 15000
/** EIP-2200: SSTORE fails with this much gas or less, so that a stipend can never write. */
const SSTORE_SENTRY_GAS = 2300
/** EIP-3529. */
const LONDON_CLEAR_REFUND = 4800
/** Yellow Paper R_selfdestruct, removed by EIP-3529. */
const SELF_DESTRUCT_REFUND = 24000
/** EIP-160 raised EXP's price per byte of exponent from 10 to 50. */
const EXP_BYTE_GAS = 50
const FRONTIER_EXP_BYTE_GAS = 10
/** EIP-3860: twice EIP-170's limit on code. */
const MAX_INITCODE_SIZE = 2 * 24576

export function forkRules(common: Common): ForkRules {
  const spuriousDragon = common.gteHardfork(Hardfork.SpuriousDragon)
  return {
    chainId: common.chainId(),
    homestead: common.gteHardfork(Hardfork.Homestead),
    tangerineWhistle: common.gteHardfork(Hardfork.TangerineWhistle),
    spuriousDragon,
    accessLists: common.isActivatedEIP(2929),
    storageGas: storageGas(common),
    expByteGas: spuriousDragon ? EXP_BYTE_GAS : FRONTIER_EXP_BYTE_GAS,
    selfDestructRefund: common.isActivatedEIP(3529) ? 0 : SELF_DESTRUCT_REFUND,
    rejectsEfCode: common.isActivatedEIP(3541),
    maxInitCodeSize: common.isActivatedEIP(3860) ? MAX_INITCODE_SIZE : undefined,
    destroysOnlyCreated: common.isActivatedEIP(6780),
    delegations: common.isActivatedEIP(7702),
    prevRandao: common.isActivatedEIP(4399),
  }
}

function storageGas(common: Common): StorageGas {
  if (common.isActivatedEIP(2929)) {
    const clearRefund = common.isActivatedEIP(3529) ? LONDON_CLEAR_REFUND : LEGACY_CLEAR_REFUND
    const reset = STORAGE_RESET_GAS - COLD_SLOAD_GAS
    return { kind: 'net', load: WARM_ACCESS_GAS, reset, clearRefund, sentry: SSTORE_SENTRY_GAS }
  }
  const net = { kind: 'net', reset: STORAGE_RESET_GAS, clearRefund: LEGACY_CLEAR_REFUND } as const
  if (common.gteHardfork(Hardfork.Istanbul)) return { ...net, load: 800, sentry: SSTORE_SENTRY_GAS }
  if (common.hardfork() === Hardfork.Constantinople) return { ...net, load: 200, sentry: -1 }
  return { kind: 'legacy' }
}
