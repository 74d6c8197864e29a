import { expect, test } from 'vitest'
import { describeWithData } from '../testing/data.ts'
import { loadWasmCrypto } from './crypto/wasm-crypto.ts'
import { parseStatelessBlock } from './stateless-block.ts'
import { MissingParentError, writeStatelessBlock } from './stateless-block-file.ts'
import { verifyStatelessBlock } from './verify-stateless-block.ts'
import { witnessBlock, witnessJson } from './witness-blocks.fixtures.ts'

const crypto = await loadWasmCrypto()
const { keccak } = crypto

describeWithData('the file of a stateless block', (data) => {
  test.each(['mainnet-46147', 'mainnet-1149999', 'mainnet-1920000'])('holds what was written: %s', async (name) => {
    const file = await witnessBlock(data, name)
    const original = await witnessJson(data, name)
    const json = writeStatelessBlock({ ...file, config: undefined }, keccak)
    for (const field of ['format', 'network', 'chainId', 'number', 'blockHash', 'parentHash', 'preStateRoot']) {
      expect(json[field]).toEqual(original[field])
    }
    for (const field of ['postStateRoot', 'block', 'parentHeader', 'headers', 'blockHashes', 'codes']) {
      expect(json[field]).toEqual(original[field])
    }
    const proofs = (original['postStateProofNodes'] ?? []) as string[]
    expect(json['state']).toEqual([...(original['state'] as string[]), ...proofs])
    const read = parseStatelessBlock(JSON.parse(JSON.stringify(json)))
    expect(writeStatelessBlock({ ...read, config: undefined }, keccak)).toEqual(json)
  })

  test('is verified like the one it was made from', async () => {
    const file = await witnessBlock(data, 'mainnet-1920000')
    const json = writeStatelessBlock({ ...file, config: undefined }, keccak)
    const { verification } = await verifyStatelessBlock(parseStatelessBlock(json), { crypto })
    expect(verification.kind).toBe('verified')
  })

  test('takes rules along where the network has no name, and only there', async () => {
    const file = await witnessBlock(data, 'mainnet-1920000')
    const config = { chainId: 3503995874084926 }
    expect(writeStatelessBlock({ ...file, config }, keccak)).not.toHaveProperty('config')
    expect(writeStatelessBlock({ ...file, network: 'devnet', config }, keccak)).toMatchObject({ config })
  })

  test('is not written without the header of the parent', async () => {
    const file = await witnessBlock(data, 'mainnet-1920000')
    expect(() => writeStatelessBlock({ ...file, headers: [], config: undefined }, keccak)).toThrow(MissingParentError)
  })
})
