/** A devnet behind a gateway, with contracts and accounts that have money: what libraries are tried on. */
import { pino } from 'pino'
import { bytesToHex, hexToBytes, keccak256, parseEther, parseGwei, toHex, type Address } from 'viem'
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts'
import { DevnetAccounts } from '../../server/devnet/execution/accounts.ts'
import { loadSigner } from '../../server/devnet/execution/signer.ts'
import { startDevnet, type Devnet } from '../../server/devnet/start-devnet.ts'
import { startGateway, type Gateway } from '../../server/gateway/start-gateway.ts'
import { asAddress } from '../../src/chain/bytes.ts'
import { loadKeccak } from '../../src/chain/keccak.ts'
import { deployment, type Step } from './contracts/deploy.ts'
import type { Contracts } from './contracts/well-known.ts'
import { keyedAccount, type KeyedAccount } from './keyed-account.ts'

const SEED = 'libraries'
/** Transactions of others in each block, so that none is a test's alone. */
const WORKLOAD_GAS = 300_000
/** The workload sends with the same keys, and where both do in one block, what was sent here is dropped: others stand by. */
const FUNDERS = 3
const GAS_LIMIT = 2_000_000n

export interface LibraryChain {
  readonly devnet: Devnet
  readonly gateway: Gateway
  readonly contracts: Contracts
  /** At least 100 ether each, and no transaction yet; nobody else has their keys. */
  readonly accounts: readonly KeyedAccount[]
  readonly close: () => Promise<void>
}

export async function startLibraryChain(accountCount: number): Promise<LibraryChain> {
  const devnet = await startDevnet({
    ...{ seed: SEED, preset: 'minimal', accounts: 50, gas: WORKLOAD_GAS },
    ...{ agePeriods: 1, slotSeconds: 2 },
  })
  const gateway = await startGateway({ chain: devnet, log: pino({ level: 'silent' }) })
  const [deployer, ...accounts] = Array.from({ length: 1 + accountCount }, (_, index) => freshAccount(index))
  await fund(devnet, [deployer!, ...accounts])
  const { contracts, steps } = deployment(deployer!.address)
  await send(devnet, deployer!, steps)
  await reached(devnet, () => devnet.execution.codeOf(devnet.execution.head, bytesOf(contracts.token)).length > 0)
  const close = async (): Promise<void> => {
    await gateway.close()
    await devnet.close()
  }
  return { devnet, gateway, contracts, accounts, close }
}

const freshAccount = (index: number): KeyedAccount => keyedAccount(keccak256(toHex(`${SEED}, account ${index}`)))

async function fund(devnet: Devnet, accounts: readonly PrivateKeyAccount[]): Promise<void> {
  const { senders } = new DevnetAccounts(SEED, 0, await loadKeccak(), await loadSigner())
  const steps = accounts.map(({ address }) => ({ to: address, data: '0x', value: parseEther('100') }) as const)
  for (const { secret } of senders.slice(0, FUNDERS)) await send(devnet, privateKeyToAccount(bytesToHex(secret)), steps)
  const { execution } = devnet
  const isFunded = ({ address }: PrivateKeyAccount): boolean =>
    execution.accountProof(execution.head, bytesOf(address), []).balance > 0n
  await reached(devnet, () => accounts.every(isFunded))
}

/** Into the chain's pool, with nonces that follow. */
async function send(devnet: Devnet, from: PrivateKeyAccount, steps: readonly Step[]): Promise<void> {
  const { execution, network } = devnet
  const first = Number(execution.pendingNonce(bytesOf(from.address)))
  for (const [index, step] of steps.entries()) {
    const signed = await from.signTransaction({
      ...step,
      ...{ chainId: network.chainId, nonce: first + index, gas: GAS_LIMIT },
      ...{ maxFeePerGas: parseGwei('100'), maxPriorityFeePerGas: parseGwei('2') },
    })
    await execution.submit(hexToBytes(signed))
  }
}

/** Resolves when it holds at a head. */
function reached({ execution }: Devnet, holds: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = execution.listen(() => {
      try {
        if (!holds()) return
        stop()
        resolve()
      } catch (error) {
        stop()
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
  })
}

const bytesOf = (address: Address) => asAddress(hexToBytes(address))
