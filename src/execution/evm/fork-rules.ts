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
  readonly coldAccountGas: number
  /** EIP-8038: what EXTCODESIZE and EXTCODECOPY pay for the code besides the access to the account. */
  readonly codeReadGas: number
  /** Yellow Paper G_callvalue; EIP-8038. */
  readonly valueTransferGas: number
  /** For an account that CALL or SELFDESTRUCT makes, besides {@link stateGas}. */
  readonly newAccountGas: { readonly call: number; readonly selfDestruct: number }
  readonly storageGas: StorageGas
  readonly expByteGas: number
  /** EIP-3529 lowered and EIP-1283/2200 set it; zero once SELFDESTRUCT refunds nothing. */
  readonly selfDestructRefund: number
  /** EIP-3541: no code that starts with 0xef. */
  readonly rejectsEfCode: boolean
  /** EIP-170, EIP-7954: of code, where it is bounded. */
  readonly maxCodeSize: number
  /** Yellow Paper G_codedeposit; EIP-8037: by word, besides {@link stateGas}. */
  readonly codeDepositGas: { readonly byte: number; readonly word: number }
  /** EIP-3860; undefined where initcode is neither bounded nor charged by size. */
  readonly maxInitCodeSize: number | undefined
  /** EIP-6780: only an account created in the same transaction is destroyed. */
  readonly destroysOnlyCreated: boolean
  /** EIP-8246: an account that names itself as its heir keeps its ether, also where it is destroyed. */
  readonly keepsDestroyedEther: boolean
  /** EIP-7702: an account's code may point at another's. */
  readonly delegations: boolean
  /** EIP-4399. */
  readonly prevRandao: boolean
  /** EIP-7708: ether that moves leaves a log. */
  readonly transferLogs: boolean
  /** EIP-8037: what the state grows by is charged apart; undefined before. */
  readonly stateGas: StateGasPrices | undefined
  /** EIP-2780: a transaction's own call pays for the account it makes and for reaching a delegate. */
  readonly chargesRootCall: boolean
}

export interface StateGasPrices {
  readonly newAccount: number
  readonly newSlot: number
  readonly codeByte: number
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
  /** EIP-8038: access apart from the write, which is paid at the first change and given back when that is undone. */
  | { readonly kind: 'flat'; readonly write: number; readonly clearRefund: number; readonly sentry: number }

/** EIP-2929; EIP-8038 leaves the first and the last as they are. */
export const COLD_SLOAD_GAS = 2100
const COLD_ACCOUNT_GAS = 2600
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
/** EIP-170. */
const MAX_CODE_SIZE = 24576
/** EIP-7954. */
const MAX_LARGE_CODE_SIZE = 65536
/** Yellow Paper G_callvalue, G_newaccount, G_codedeposit. */
const VALUE_TRANSFER_GAS = 9000
const NEW_ACCOUNT_GAS = 25000
const DEPOSIT_BYTE_GAS = 200

export function forkRules(common: Common): ForkRules {
  const spuriousDragon = common.gteHardfork(Hardfork.SpuriousDragon)
  const maxCodeSize = common.isActivatedEIP(7954) ? MAX_LARGE_CODE_SIZE : MAX_CODE_SIZE
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
    maxCodeSize,
    // EIP-3860: twice the limit on code.
    maxInitCodeSize: common.isActivatedEIP(3860) ? 2 * maxCodeSize : undefined,
    destroysOnlyCreated: common.isActivatedEIP(6780),
    keepsDestroyedEther: common.isActivatedEIP(8246),
    delegations: common.isActivatedEIP(7702),
    prevRandao: common.isActivatedEIP(4399),
    transferLogs: common.isActivatedEIP(7708),
    chargesRootCall: common.isActivatedEIP(2780),
    ...accessGas(common),
    ...growthGas(common),
  }
}

type AccessGas = Pick<ForkRules, 'coldAccountGas' | 'codeReadGas' | 'valueTransferGas'>

/** The numbers of EIP-8038 and EIP-8037 still move: they are EthereumJS's, like those of the operations. */
function accessGas(common: Common): AccessGas {
  if (!common.isActivatedEIP(8038))
    return { coldAccountGas: COLD_ACCOUNT_GAS, codeReadGas: 0, valueTransferGas: VALUE_TRANSFER_GAS }
  return {
    coldAccountGas: price(common, 'coldaccountaccessGas'),
    codeReadGas: WARM_ACCESS_GAS,
    valueTransferGas: price(common, 'callValueTransferGas'),
  }
}

type GrowthGas = Pick<ForkRules, 'newAccountGas' | 'codeDepositGas' | 'stateGas'>

function growthGas(common: Common): GrowthGas {
  if (!common.isActivatedEIP(8037)) {
    return {
      newAccountGas: { call: NEW_ACCOUNT_GAS, selfDestruct: NEW_ACCOUNT_GAS },
      codeDepositGas: { byte: DEPOSIT_BYTE_GAS, word: 0 },
      stateGas: undefined,
    }
  }
  const codeByte = price(common, 'costPerStateByte')
  return {
    newAccountGas: { call: 0, selfDestruct: price(common, 'accountWriteGas') },
    codeDepositGas: { byte: 0, word: price(common, 'codeDepositHashWordGas') },
    stateGas: {
      newAccount: codeByte * price(common, 'stateBytesPerNewAccount'),
      newSlot: codeByte * price(common, 'stateBytesPerStorageSet'),
      codeByte,
    },
  }
}

const price = (common: Common, name: string): number => Number(common.param(name))

function storageGas(common: Common): StorageGas {
  if (common.isActivatedEIP(8038)) {
    const clearRefund = price(common, 'refundStorageClearGas')
    return { kind: 'flat', write: price(common, 'storageWriteGas'), clearRefund, sentry: SSTORE_SENTRY_GAS }
  }
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
