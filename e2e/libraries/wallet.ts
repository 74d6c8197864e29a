/** A wallet with one account, as an EIP-1193 provider: what a dapp finds by EIP-6963, and Beamtab takes as `signer`. */
import { createWalletClient, custom, type Hex } from 'viem'
import type { Signer } from '../../src/provider/public-types.ts'
import type { KeyedAccount } from './keyed-account.ts'
import { chainOf } from './viem-tests.ts'
import type { World } from './world.ts'

interface Asked {
  readonly from: Hex
  readonly to?: Hex
  readonly data?: Hex
  readonly value?: Hex
}

export function walletOf(account: KeyedAccount, world: World): Signer {
  const wallet = createWalletClient({ account, chain: chainOf(world), transport: custom(world.provider) })
  return {
    request: async ({ method, params }) => {
      const [first] = (params ?? []) as readonly unknown[]
      switch (method) {
        case 'eth_chainId':
          return `0x${world.chainId.toString(16)}`
        case 'eth_accounts':
        case 'eth_requestAccounts':
          return [account.address]
        case 'wallet_requestPermissions':
          return [
            {
              parentCapability: 'eth_accounts',
              caveats: [{ type: 'restrictReturnedAccounts', value: [account.address] }],
            },
          ]
        case 'personal_sign':
          return account.signMessage({ message: { raw: first as Hex } })
        case 'eth_sendTransaction':
          return wallet.sendTransaction(transactionOf(first as Asked))
        default:
          throw Object.assign(new Error(`this wallet has no ${method}`), { code: 4200 })
      }
    },
  }
}

const transactionOf = ({ to, data, value }: Asked) => ({
  ...(to !== undefined && { to }),
  ...(data !== undefined && { data }),
  ...(value !== undefined && { value: BigInt(value) }),
})
