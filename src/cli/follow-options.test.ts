import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UsageError } from './args.ts'
import { followCommand } from './follow-options.ts'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'beamtab-follow-'))))
afterAll(() => rm(folder, { recursive: true }))

const MAINNET = ['--network', 'mainnet', '--beacon', 'http://127.0.0.1:1']

test('the least there is to say', async () => {
  expect(await followCommand(MAINNET)).toMatchObject({
    network: { name: 'mainnet' },
    beacon: ['http://127.0.0.1:1'],
    checkpoint: undefined,
    checkpointSources: ['http://127.0.0.1:1'],
    allowOldCheckpoint: false,
    usedSigners: 342,
    end: { once: false, slots: undefined },
    engine: undefined,
  })
})

test.each([
  ['0.667', 342],
  ['2', undefined],
  ['0.66', undefined],
  ['0.6667', 342],
  ['.9', 461],
  ['1', 512],
  ['-1', undefined],
  ['two thirds', undefined],
])('a threshold of %s is %s signers', async (text, signers) => {
  const command = followCommand([...MAINNET, '--threshold', text])
  if (signers === undefined) await expect(command).rejects.toThrow(UsageError)
  else expect((await command).usedSigners).toBe(signers)
})

test.each([
  [['--network', 'mainnet'], /--beacon is missing/],
  [['--beacon', 'http://127.0.0.1:1'], /--network is missing/],
  [[...MAINNET, '--checkpoint', '0x12'], /--checkpoint 0x12: expected 0x and 64/],
  [[...MAINNET, '--slots', '0'], /--slots "0"/],
  [[...MAINNET, '--engine', 'http://127.0.0.1:2'], /belong together/],
  [[...MAINNET, '--engine', 'http://127.0.0.1:2', '--jwt', '/nowhere/jwt.hex'], /--jwt \/nowhere\/jwt.hex: ENOENT/],
])('%j is refused', async (argv, message) => {
  await expect(followCommand(argv)).rejects.toThrow(UsageError)
  await expect(followCommand(argv)).rejects.toThrow(message)
})

test('the shared secret, with or without 0x, and nothing else', async () => {
  const file = join(folder, 'jwt.hex')
  const engine = ['--engine', 'http://127.0.0.1:2', '--jwt', file]
  for (const text of [`0x${'ab'.repeat(32)}\n`, 'ab'.repeat(32)]) {
    await writeFile(file, text)
    expect((await followCommand([...MAINNET, ...engine])).engine?.secret).toEqual(new Uint8Array(32).fill(0xab))
  }
  await writeFile(file, 'ab'.repeat(31))
  await expect(followCommand([...MAINNET, ...engine])).rejects.toThrow(/expected 32 bytes/)
})
