import { describe, expect, test } from 'vitest'
import { errorOf, world } from './provider.fixtures.ts'

const ADDRESS = `0x${'ab'.repeat(20)}`
const CHAIN = { chainId: '0x1', rpcUrls: ['https://rpc.example'] }
const CALLS = { version: '2.0.0', chainId: '0x1', atomicRequired: false, calls: [{ to: ADDRESS }] }

describe('without a wallet', () => {
  test.each<[string, unknown[], unknown]>([
    ['eth_accounts', [], []],
    ['wallet_getPermissions', [], []],
    ['wallet_revokePermissions', [{ eth_accounts: {} }], null],
    ['wallet_switchEthereumChain', [{ chainId: '0x1' }], null],
    ['wallet_addEthereumChain', [CHAIN], null],
  ])('%s %j', async (method, params, expected) => {
    const { provider, session } = world({}, { ready: false })
    expect(await provider.request({ method, params })).toEqual(expected)
    expect(session.calls).toEqual([])
  })

  test.each<[string, unknown[], number]>([
    ['eth_requestAccounts', [], 4100],
    ['eth_sendTransaction', [{ to: ADDRESS }], 4200],
    ['eth_signTransaction', [{ to: ADDRESS }], 4200],
    ['personal_sign', ['0x', ADDRESS], 4200],
    ['eth_signTypedData_v4', [ADDRESS, '{}'], 4200],
    ['wallet_watchAsset', [], 4200],
    ['wallet_switchEthereumChain', [{ chainId: '0x5' }], 4902],
    ['wallet_switchEthereumChain', [{ chainId: 1 }], -32602],
    ['wallet_switchEthereumChain', [{ chainId: '0x01' }], -32602],
    ['wallet_switchEthereumChain', [{ chainId: '1' }], -32602],
    ['wallet_switchEthereumChain', [], -32602],
    ['wallet_addEthereumChain', [{ ...CHAIN, chainId: '0x5' }], 4200],
    ['wallet_addEthereumChain', [{ chainId: '0x1' }], -32602],
    ['wallet_addEthereumChain', [{ ...CHAIN, rpcUrls: ['http://rpc.example'] }], -32602],
    ['wallet_addEthereumChain', [{ ...CHAIN, iconUrls: [7] }], -32602],
    ['wallet_addEthereumChain', [{ ...CHAIN, nativeCurrency: { name: 'Ether' } }], -32602],
    ['wallet_requestPermissions', [{ eth_accounts: {} }], 4100],
    ['wallet_requestPermissions', [{}], -32602],
    ['wallet_getCapabilities', [ADDRESS], 4100],
    ['wallet_getCapabilities', [ADDRESS, ['1']], -32602],
    ['wallet_getCapabilities', [], -32602],
    ['wallet_sendCalls', [CALLS], 4200],
    ['wallet_sendCalls', [{ ...CALLS, chainId: '0x5' }], 5710],
    ['wallet_sendCalls', [{ ...CALLS, calls: [null] }], -32602],
    ['wallet_sendCalls', [{ ...CALLS, capabilities: { paymasterService: {} } }], 5700],
    ['wallet_getCallsStatus', ['0x1'], 5730],
    ['wallet_showCallsStatus', ['0x1'], 5730],
  ])('%s %j is refused with %i', async (method, params, code) => {
    const { provider, session } = world()
    expect((await errorOf(provider.request({ method, params }))).code).toBe(code)
    expect(session.calls).toEqual([])
  })
})
