import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { loadWasmCrypto, type WasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import { networkByName } from '../chain/network.ts'
import { describeWithData } from '../testing/data.ts'
import { verifyFile } from './verify-file.ts'

let folder: string
let crypto: WasmCrypto
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beamtab-verify-file-'))
  crypto = await loadWasmCrypto()
})
afterAll(() => rm(folder, { recursive: true }))

const silent = () => undefined

test.each([
  ['a folder', '.'],
  ['a file that is gone', 'gone.json'],
])('%s is an unreadable file', async (_, name) => {
  const path = join(folder, name)
  expect(await verifyFile(path, { crypto, network: undefined, log: silent })).toEqual({
    file: path,
    network: null,
    number: null,
    verified: false,
    error: { code: 'unreadable-file', message: expect.stringContaining(`${path} cannot be read`) as string },
  })
})

describeWithData('the line of a real block', (data) => {
  const path = join(data, 'witness-blocks', 'mainnet-97.json.gz')
  const read = async () => JSON.parse(gunzipSync(await readFile(path)).toString()) as Record<string, unknown>
  const write = async (name: string, content: object) => {
    await writeFile(join(folder, name), JSON.stringify(content))
    return join(folder, name)
  }

  test('an unexpected error has its line, and its stack goes to the log', async () => {
    const broken: WasmCrypto = {
      ...crypto,
      keccak: () => {
        throw new RangeError('the wasm ran out of memory')
      },
    }
    const log = vi.fn()
    expect(await verifyFile(path, { crypto: broken, network: undefined, log })).toEqual({
      file: path,
      network: 'mainnet',
      number: 97,
      verified: false,
      error: { code: 'internal-error', message: 'RangeError: the wasm ran out of memory' },
    })
    expect(log).toHaveBeenCalledWith(expect.stringContaining('verify-file.test.ts'))
  })

  test('names the network executed: one asked for, built in, or of the file itself', async () => {
    const block = await read()
    const renamed = await write('renamed.json', { ...block, network: 'mine' })
    const asked = await verifyFile(renamed, { crypto, network: networkByName('mainnet'), log: silent })
    expect(asked).toMatchObject({ verified: true, network: 'mainnet' })
    // Frontier's rules for ever, and no name that anybody vouches for.
    const own = await write('own.json', { ...block, network: 'mine', chainId: 99, config: { chainId: 99 } })
    expect(await verifyFile(own, { crypto, network: undefined, log: silent })).toMatchObject({
      verified: true,
      network: 'custom',
    })
    expect(await verifyFile(path, { crypto, network: undefined, log: silent })).toMatchObject({ network: 'mainnet' })
  })
})
