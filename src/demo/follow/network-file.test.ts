import { describe, expect, test } from 'vitest'
import { mainnet } from '../../chain/networks/mainnet.ts'
import { fetchNetworkFile, parseNetworkText, readNetworkFile } from './network-file.ts'

const FILE = { ...mainnet, name: 'devnet-7', servers: [{ kind: 'beacon', url: 'http://127.0.0.1:5052' }] }
const TEXT = JSON.stringify(FILE)
const URL_OF_FILE = 'https://x.example/network.json'
const never = new AbortController().signal
const answering = (body: BodyInit, init?: ResponseInit): typeof fetch => {
  return () => Promise.resolve(new Response(body, init))
}

test('a network file has a name, and may name servers', () => {
  const file = parseNetworkText(TEXT, { kind: 'picked', name: 'network.json' })
  expect(file).toMatchObject({ name: 'devnet-7', content: FILE, namesServers: true })
  const bare = parseNetworkText(
    JSON.stringify({ ...FILE, servers: [{ kind: 'execution', url: 'https://e' }] }),
    file.from,
  )
  expect(bare.namesServers).toBe(false)
})

test('it is picked or fetched', async () => {
  expect(await readNetworkFile(new File([TEXT], 'network.json'))).toMatchObject({
    name: 'devnet-7',
    from: { kind: 'picked', name: 'network.json' },
  })
  expect(await fetchNetworkFile(URL_OF_FILE, never, answering(TEXT))).toMatchObject({
    name: 'devnet-7',
    from: { kind: 'url', url: URL_OF_FILE },
  })
})

describe('what is none is refused, with its place', () => {
  const from = { kind: 'url', url: URL_OF_FILE } as const

  test.each([
    ['<html>', /^https:\/\/x\.example\/network\.json is no network file: SyntaxError/],
    ['null', /no network file: NetworkConfigError/],
    [JSON.stringify({ ...FILE, genesisTime: 'soon' }), /network\.genesisTime: expected a whole number/],
  ])('%s', (text, message) => {
    expect(() => parseNetworkText(text, from)).toThrow(message)
  })

  test('another network under the name of a built-in one', () => {
    const borrowed = { ...mainnet, genesisValidatorsRoot: `0x${'11'.repeat(32)}` }
    expect(() => parseNetworkText(JSON.stringify(borrowed), from)).toThrow('calls its network mainnet')
    expect(parseNetworkText(JSON.stringify({ ...mainnet, servers: FILE.servers }), from).name).toBe('mainnet')
  })
})

describe('fetching ends with a reason', () => {
  test('a status that is no success', async () => {
    await expect(fetchNetworkFile(URL_OF_FILE, never, answering('', { status: 404 }))).rejects.toThrow('answered 404')
  })

  test('an address that is none, of which nobody is asked', async () => {
    await expect(fetchNetworkFile('x.example/n.json', never)).rejects.toThrow('no URL that begins with https://')
    await expect(fetchNetworkFile('ftp://x.example', never)).rejects.toThrow('no URL that begins with https://')
  })

  test('a body without end', async () => {
    let chunks = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        chunks++
        controller.enqueue(new TextEncoder().encode(' '.repeat(65_536)))
      },
    })
    await expect(fetchNetworkFile(URL_OF_FILE, never, answering(endless))).rejects.toThrow('larger than 256 KiB')
    expect(chunks).toBeLessThan(8)
  })

  test('a server that cannot be reached, or lets no other site ask', async () => {
    const refusing: typeof fetch = () => Promise.reject(new TypeError('Failed to fetch'))
    await expect(fetchNetworkFile(URL_OF_FILE, never, refusing)).rejects.toThrow(/Failed to fetch.*CORS/)
  })

  test('a visitor who changed their mind', async () => {
    const abort = new AbortController()
    const hanging: typeof fetch = (_url, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error))
      })
    const fetching = fetchNetworkFile(URL_OF_FILE, abort.signal, hanging)
    abort.abort(new Error('another was chosen'))
    await expect(fetching).rejects.toThrow('another was chosen')
  })
})
