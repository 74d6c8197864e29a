/** EIP-7702: accounts that a message makes run another's code, before it runs itself. */
import { eoaCode7702RecoverAuthority, SECP256K1_ORDER_DIV_2 } from '@ethereumjs/util'
import { asHash, type Keccak } from '../../chain/bytes.ts'
import type { AccountEntry } from '../state/account-entry.ts'
import type { FlatState } from '../state/flat-state.ts'
import { delegate } from '../evm/delegation.ts'
import { bytesToWord, wordToTrimmedBytes } from '../words.ts'
import type { CallBlock } from './call-block.ts'
import type { MessageGas } from './message-gas.ts'
import type { Authorization, Message } from './transaction-call.ts'

/** EIP-7702: a nonce that cannot be raised any more. */
const MAX_NONCE = 2n ** 64n - 1n
const NO_CODE = new Uint8Array(0)
/** EIP-7702: the bytes before the address that an account points at. */
const DELEGATION_PREFIX = Uint8Array.of(0xef, 0x01, 0x00)

/** Whose signature it is; undefined where it is nobody's, or of another chain, and the authorization does nothing. */
export function authorityOf(authorization: Authorization, chainId: bigint): bigint | undefined {
  const { nonce, s, yParity } = authorization
  if (authorization.chainId !== 0n && authorization.chainId !== chainId) return undefined
  if (nonce >= MAX_NONCE || s > SECP256K1_ORDER_DIV_2 || yParity > 1n) return undefined
  try {
    return bytesToWord(eoaCode7702RecoverAuthority(signedBytes(authorization)).bytes)
  } catch {
    // A signature that recovers no key: the authorization is skipped (EIP-7702, step 3).
    return undefined
  }
}

function signedBytes({ chainId, address, nonce, yParity, r, s }: Authorization) {
  const number = wordToTrimmedBytes
  return [number(chainId), address, number(nonce), number(yParity), number(r), number(s)] as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
}

/**
 * Each that is valid delegates, in order. What it costs beyond the intrinsic gas, and what of that comes back, is counted
 * in `gas`. False where that cannot be paid (EIP-8037): nothing of the message runs then.
 */
export async function applyAuthorizations(
  block: CallBlock,
  state: FlatState,
  message: Message,
  gas: MessageGas,
): Promise<boolean> {
  if (message.authorizations === undefined || !block.rules.delegations) return true
  const costs = block.rules.stateGas === undefined ? refundOfKnown(block, gas) : new GrowthCosts(block, message, gas)
  for (const authorization of message.authorizations) {
    const authority = authorityOf(authorization, block.rules.chainId)
    if (authority === undefined) continue
    const entry = state.entry(authority)
    await state.load(entry)
    state.warm(entry)
    const code = await state.code(entry)
    const isDelegated = delegate(state, code) !== undefined
    if (code.length > 0 && !isDelegated) continue
    if ((entry.current?.nonce ?? 0n) !== authorization.nonce) continue
    const target = bytesToWord(authorization.address)
    if (!costs.pay(entry, { isDelegated, clears: target === 0n })) return false
    state.touch(entry)
    state.setNonce(entry, authorization.nonce + 1n)
    setDelegation(state, entry, target === 0n ? NO_CODE : pointerTo(authorization.address), block.keccak)
  }
  return true
}

function pointerTo(address: Uint8Array): Uint8Array {
  const code = new Uint8Array(DELEGATION_PREFIX.length + address.length)
  code.set(DELEGATION_PREFIX)
  code.set(address, DELEGATION_PREFIX.length)
  return code
}

function setDelegation(state: FlatState, entry: AccountEntry, code: Uint8Array, keccak: Keccak): void {
  state.setCode(entry, code, asHash(keccak(code)))
}

interface Change {
  readonly isDelegated: boolean
  readonly clears: boolean
}

interface AuthorizationCosts {
  pay(authority: AccountEntry, change: Change): boolean
}

/** Until Osaka each has paid for a new account beforehand; the difference comes back for one that is there. */
function refundOfKnown({ common }: CallBlock, gas: MessageGas): AuthorizationCosts {
  const refund = Number(common.param('perEmptyAccountCost') - common.param('perAuthBaseGas'))
  return {
    pay: ({ current }) => {
      if (current !== undefined) gas.refund += refund
      return true
    },
  }
}

/** EIP-8037: the write, the account and the pointer are each paid when they are made, once per authority. */
class GrowthCosts implements AuthorizationCosts {
  private readonly written = new Set<bigint>()
  private readonly pointedBefore = new Map<bigint, boolean>()
  private readonly made = new Set<bigint>()
  private readonly pointed = new Set<bigint>()

  constructor(
    private readonly block: CallBlock,
    { from, to, value }: Message,
    private readonly gas: MessageGas,
  ) {
    this.written.add(from)
    if (to !== undefined && value > 0n) this.written.add(to)
  }

  pay({ key, current }: AccountEntry, { isDelegated, clears }: Change): boolean {
    const price = (name: string): number => Number(this.block.common.param(name))
    if (!this.pointedBefore.has(key)) this.pointedBefore.set(key, isDelegated)
    if (!this.written.has(key)) {
      if (!this.gas.pay(price('accountWriteGas'))) return false
      this.written.add(key)
    }
    let bytes = 0
    if (current === undefined && !this.made.has(key)) {
      bytes += price('stateBytesPerNewAccount')
      this.made.add(key)
    }
    if (!clears && !isDelegated && this.pointedBefore.get(key) === false && !this.pointed.has(key)) {
      bytes += price('stateBytesPerAuthBase')
      this.pointed.add(key)
    }
    return this.gas.payForState(bytes * this.block.rules.stateGas!.codeByte)
  }
}
