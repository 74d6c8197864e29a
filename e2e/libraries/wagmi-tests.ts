/** wagmi 3: reads by a transport, accounts by a connector; and that it finds the provider by EIP-6963. */
import {
  connect,
  createConfig,
  disconnect,
  getBalance,
  getBlockNumber,
  getChainId,
  getConnection,
  getEnsAddress,
  injected,
  readContract,
  readContracts,
  signMessage,
  switchChain,
  waitForTransactionReceipt,
  watchBlockNumber,
  watchContractEvent,
  writeContract,
  type Config,
} from '@wagmi/core'
import { custom, http, parseEther, verifyMessage } from 'viem'
import { mainnet } from 'viem/chains'
import { expect } from 'vitest'
import { announceProvider } from '../../src/provider/announce-provider.ts'
import type { BeamtabProvider, BeamtabWarning } from '../../src/provider/public-types.ts'
import { NAME, NAMED, tokenAbi } from './contracts/well-known.ts'
import { TOKEN_SYMBOL } from './contracts/token.ts'
import { chainOf } from './viem-tests.ts'
import { walletOf } from './wallet.ts'
import type { LibraryTests } from './suite.ts'
import type { World } from './world.ts'

export const wagmiTests: LibraryTests = (given, { beforeAll, test }) => {
  let world: World
  let config: Config
  beforeAll(() => {
    world = given()
    config = configOf(world, world.provider)
  })

  test('reads without an account', async () => {
    const token = { address: world.contracts.token, abi: tokenAbi }
    expect(getChainId(config)).toBe(world.chainId)
    const number = await getBlockNumber(config)
    expect(number).toBeGreaterThan(0n)
    expect(await readContract(config, { ...token, functionName: 'symbol' })).toBe(TOKEN_SYMBOL)
    const results = await readContracts(config, {
      contracts: [
        { ...token, functionName: 'symbol' },
        { ...token, functionName: 'balanceOf', args: [NAMED] },
        { ...token, functionName: 'transfer', args: [NAMED, 1n] } as never,
      ],
    })
    expect(results.map(({ status }) => status)).toEqual(['success', 'success', 'failure'])
    const { value } = await getBalance(config, { address: world.account('wagmi').address })
    expect(value).toBeGreaterThanOrEqual(parseEther('100'))
    expect(await getEnsAddress(config, { name: NAME })).toBe(NAMED)
  })

  test('tells new blocks', async () => {
    const seen: bigint[] = []
    await new Promise<void>((resolve) => {
      const stop = watchBlockNumber(config, {
        onBlockNumber: (number) => {
          if (seen.push(number) < 2) return
          stop()
          resolve()
        },
      })
    })
    expect(seen[1]).toBeGreaterThan(seen[0]!)
  })

  test('is refused an account where there is no wallet', async () => {
    const connector = config.connectors[0]!
    await expect(connect(config, { connector })).rejects.toMatchObject({ code: 4100 })
    expect(getConnection(config).status).toBe('disconnected')
  })

  test('finds the provider among those that are announced', () => {
    const stop = announceProvider(world.provider, { target: window })
    const found = createConfig({ chains: [chainOf(world)], transports: {}, storage: null } as never).connectors
    stop()
    expect(found.map(({ id, name, icon }) => [id, name, icon?.slice(0, 10)])).toEqual([
      ['app.beamtab', 'Beamtab', 'data:image'],
    ])
  })

  test('a wallet behind the provider connects, signs, sends, and stays on its chain', async () => {
    const account = world.account('wagmi')
    const beamtab = await world.start({ provider: { signer: walletOf(account, world) } })
    const warnings: BeamtabWarning[] = []
    beamtab.provider.on('message', (message) => {
      if (message.type === 'beamtab_warning') warnings.push(message.data)
    })
    const own = configOf(world, beamtab.provider)
    const connected = await connect(own, { connector: own.connectors[0]! })
    expect(connected).toEqual({ accounts: [account.address], chainId: world.chainId })
    expect(getConnection(own)).toMatchObject({ status: 'connected', address: account.address })

    const signature = await signMessage(own, { message: 'a tab' })
    expect(await verifyMessage({ address: account.address, message: 'a tab', signature })).toBe(true)

    const token = { address: world.contracts.token, abi: tokenAbi }
    const amounts = new Promise<unknown>((resolve) => {
      const stop = watchContractEvent(own, {
        ...{ ...token, eventName: 'Transfer', args: { to: account.address } },
        onLogs: (logs) => {
          stop()
          resolve(logs.map(({ args }) => args.amount))
        },
      })
    })
    const hash = await writeContract(own, { ...token, functionName: 'mint', args: [account.address, 7n] })
    const receipt = await waitForTransactionReceipt(own, { hash })
    expect(receipt).toMatchObject({ status: 'success', from: account.address.toLowerCase() })
    expect(await amounts).toEqual([7n])
    expect(warnings).toEqual([])

    await expect(switchChain(own, { chainId: mainnet.id })).rejects.toThrow(/rejected|create a client/)
    expect(getConnection(own).chainId).toBe(world.chainId)
    await disconnect(own)
    expect(getConnection(own).status).toBe('disconnected')
    await beamtab.close()
  })
}

/** ms; a slot is two seconds. */
const POLLING_MS = 500

/** Mainnet too, as a dapp of several chains has it; this provider is not of it. */
function configOf(world: World, provider: BeamtabProvider): Config {
  const chain = chainOf(world)
  return createConfig({
    chains: [chain, mainnet],
    connectors: [injected({ target: { id: 'beamtab', name: 'Beamtab', provider: provider as never } })],
    transports: { [chain.id]: custom(provider, { retryCount: 0 }), [mainnet.id]: http('http://127.0.0.1:1') },
    ...{ pollingInterval: POLLING_MS, storage: null },
  })
}
