import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { announceProvider, type ProviderDetail } from './announce-provider.ts'
import { world } from './provider.fixtures.ts'
import { installAsWindowEthereum } from './window-ethereum.ts'

/** As a dapp does it: listens, then asks. */
function dapp(target: EventTarget): { readonly found: ProviderDetail[]; readonly ask: () => void } {
  const found: ProviderDetail[] = []
  target.addEventListener('eip6963:announceProvider', (event) =>
    found.push((event as CustomEvent<ProviderDetail>).detail),
  )
  return { found, ask: () => target.dispatchEvent(new Event('eip6963:requestProvider')) }
}

describe('EIP-6963', () => {
  test('is announced at once, and to whoever asks, until it ends', () => {
    const target = new EventTarget()
    const { provider } = world()
    const early = dapp(target)
    const stop = announceProvider(provider, { target })
    const late = dapp(target)
    expect([early.found.length, late.found.length]).toEqual([1, 0])
    late.ask()
    expect([early.found.length, late.found.length]).toEqual([2, 1])
    expect(late.found[0]!.provider).toBe(provider)
    expect(late.found[0]!.info).toEqual(early.found[0]!.info)
    stop()
    late.ask()
    expect(late.found).toHaveLength(1)
  })

  test('has a frozen detail, a uuid of its own and a square icon of 96 px', () => {
    const target = new EventTarget()
    const { found } = dapp(target)
    const { provider } = world()
    announceProvider(provider, { target })
    announceProvider(provider, { target, name: 'Beamtab (Sepolia)' })
    announceProvider(world().provider, { target })
    const [first, again, other] = found.map(({ info }) => info)
    expect(Object.isFrozen(found[0]) && Object.isFrozen(first)).toBe(true)
    expect(first!.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(again!.uuid).toBe(first!.uuid)
    expect(other!.uuid).not.toBe(first!.uuid)
    expect([first!.name, again!.name, first!.rdns]).toEqual(['Beamtab', 'Beamtab (Sepolia)', 'app.beamtab'])
    const svg = Buffer.from(first!.icon.split(',')[1]!, 'base64').toString()
    expect(svg).toContain('width="96" height="96"')
    const drawn = (text: string): string => text.slice(text.indexOf('>') + 1).trim()
    expect(drawn(svg)).toBe(drawn(readFileSync('public/icon.svg', 'utf8')))
  })
})

describe('window.ethereum', () => {
  const page = (members: object = {}): EventTarget & { ethereum?: unknown } => Object.assign(new EventTarget(), members)

  test('is taken where there is none, told, and given back', () => {
    const target = page()
    const { provider } = world()
    let told = 0
    target.addEventListener('ethereum#initialized', () => (told += 1))
    const installed = installAsWindowEthereum(provider, { target })
    expect([installed.kind, target.ethereum === provider, told]).toEqual(['installed', true, 1])
    if (installed.kind === 'installed') installed.stop()
    expect('ethereum' in target).toBe(false)
  })

  test("another wallet's is left, unless it is to be replaced; then it comes back", () => {
    const wallet = { isWallet: true }
    const target = page({ ethereum: wallet })
    const { provider } = world()
    expect(installAsWindowEthereum(provider, { target }).kind).toBe('left')
    expect(target.ethereum).toBe(wallet)
    const installed = installAsWindowEthereum(provider, { target, when: 'replace' })
    expect(target.ethereum).toBe(provider)
    if (installed.kind === 'installed') installed.stop()
    expect(target.ethereum).toBe(wallet)
  })

  test('one that came after it is not taken away', () => {
    const target = page()
    const installed = installAsWindowEthereum(world().provider, { target })
    const wallet = { isWallet: true }
    target.ethereum = wallet
    if (installed.kind === 'installed') installed.stop()
    expect(target.ethereum).toBe(wallet)
  })

  test('one that nobody may change stays, and nothing is thrown', () => {
    const target = page()
    const wallet = {}
    Object.defineProperty(target, 'ethereum', { value: wallet, configurable: false, writable: false })
    const installed = installAsWindowEthereum(world().provider, { target, when: 'replace' })
    expect(installed).toMatchObject({ kind: 'left', reason: expect.stringContaining('cannot be set') as string })
    expect(target.ethereum).toBe(wallet)
  })
})
