import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { networkByName } from '../../chain/network.ts'
import { describeWithData } from '../../testing/data.ts'
import { recognizeFile } from './recognize-file.ts'

const network = networkByName('mainnet')
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

test('what is none of the objects is said to be none', () => {
  for (const bytes of [new Uint8Array(), new Uint8Array(100), json({}), json([1]), new TextEncoder().encode('{')]) {
    expect(recognizeFile(network, bytes).kind).toBe('unknown')
  }
})

describeWithData('recorded light-client files', (data) => {
  const folder = (name: string) => join(data, 'lightclient', name)

  test('each is recognized by its content', async () => {
    const kinds: Record<string, string> = {
      bootstrap: 'bootstrap',
      update: 'updates',
      fin: 'finalityUpdate',
      opt: 'optimisticUpdate',
    }
    for (const name of ['mainnet-capella-862-867-helios', 'mainnet-fulu-1711-nimbus', 'mainnet-deneb-1347-1406']) {
      for (const file of (await readdir(folder(name))).filter((entry) => /\.(json|ssz)$/.test(entry))) {
        const [, expected] = Object.entries(kinds).find(([part]) => file.includes(part))!
        expect([file, recognizeFile(network, await readFile(join(folder(name), file))).kind]).toEqual([file, expected])
      }
    }
  })

  test('a single update is no finality update, bare or with its version', async () => {
    const text = await readFile(join(folder('mainnet-capella-862-867-helios'), 'updates.json'), 'utf8')
    const [first] = JSON.parse(text) as { data: unknown }[]
    for (const value of [first, first?.data, [first]]) {
      expect(recognizeFile(network, json(value)).kind).toBe('updates')
    }
  })
})
