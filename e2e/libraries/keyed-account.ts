/** An account whose key a test has. */
import type { Hex } from 'viem'
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts'

export interface KeyedAccount extends PrivateKeyAccount {
  readonly privateKey: Hex
}

export const keyedAccount = (privateKey: Hex): KeyedAccount => ({ ...privateKeyToAccount(privateKey), privateKey })
