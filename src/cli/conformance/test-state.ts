/** A test's accounts as a state trie, and as what a state is compared with. */
import { bytesToHex, bytesToUnprefixedHex, unprefixedHexToBytes } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { asHash } from '../../chain/bytes.ts'
import type { AccountValue } from '../../state/flat-reader.ts'
import { StateTrie } from '../../state/state-trie.ts'
import type { AccountWrite, StateWrites } from '../../state/state-writes.ts'
import { EMPTY_ROOT } from '../../state/trie/partial-trie.ts'
import type { TestAccount } from './blockchain-test.ts'
import { GrowingSource } from './growing-source.ts'

/** The accounts in a trie of their own, not committed yet. */
export function stateOf(accounts: readonly TestAccount[], keccak: Keccak): StateTrie {
  const nothing = new GrowingSource()
  const trie = new StateTrie({ root: EMPTY_ROOT, nodes: nothing, codes: nothing, keccak })
  trie.applyWrites(writesOf(accounts, keccak))
  return trie
}

/**
 * What of `state` is not as in `expected`, or undefined. Account by account first, so that a difference has a name; then
 * by root, so that there is no account more.
 */
export function stateDifference(
  state: StateTrie,
  expected: readonly TestAccount[],
  keccak: Keccak,
): string | undefined {
  const wanted = stateOf(expected, keccak)
  for (const account of expected) {
    const difference = accountDifference(state, wanted, account)
    if (difference !== undefined) return `account ${bytesToHex(account.address)}: ${difference}`
  }
  const [root, expectedRoot] = [bytesToHex(state.root()), bytesToHex(wanted.root())]
  if (root === expectedRoot) return undefined
  return `the state has accounts besides the expected ones: its root is ${root}, theirs ${expectedRoot}`
}

function accountDifference(state: StateTrie, wanted: StateTrie, account: TestAccount): string | undefined {
  const { address } = account
  const value = state.account(address)
  if (value === undefined) return 'expected, is not there'
  return (
    different('nonce', account.nonce, value.nonce) ??
    different('balance', account.balance, value.balance) ??
    different('code', bytesToHex(account.code), bytesToHex(state.code(value.codeHash, address))) ??
    slotDifference(state, account) ??
    storageRootDifference(value, wanted.account(address)!)
  )
}

function slotDifference(state: StateTrie, { address, storage }: TestAccount): string | undefined {
  for (const [slot, value] of storage) {
    const found = state.storage(address, unprefixedHexToBytes(slot))
    const difference = different(`slot 0x${slot}`, bytesToHex(value), bytesToHex(found))
    if (difference !== undefined) return difference
  }
  return undefined
}

function storageRootDifference(value: AccountValue, wanted: AccountValue): string | undefined {
  const [root, expected] = [bytesToHex(value.storageRoot), bytesToHex(wanted.storageRoot)]
  if (root === expected) return undefined
  return `has slots besides the expected ones: the storage root is ${root}, theirs ${expected}`
}

function different(what: string, expected: bigint | string, actual: bigint | string): string | undefined {
  return expected === actual ? undefined : `${what}: expected ${expected}, got ${actual}`
}

function writesOf(accounts: readonly TestAccount[], keccak: Keccak): StateWrites {
  const writes: StateWrites = { accounts: new Map(), codes: new Map() }
  for (const account of accounts) {
    const codeHash: Hash = asHash(keccak(account.code))
    const write: AccountWrite = {
      kind: 'updated',
      nonce: account.nonce,
      balance: account.balance,
      codeHash,
      storage: { kind: 'cleared', slots: new Map(account.storage) },
    }
    writes.accounts.set(bytesToUnprefixedHex(account.address), write)
    if (account.code.length > 0) writes.codes.set(bytesToUnprefixedHex(codeHash), account.code)
  }
  return writes
}
