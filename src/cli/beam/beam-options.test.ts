import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { networkFileByName } from '../../chain/network.ts'
import { UsageError } from '../args.ts'
import { beamCommand } from './beam-options.ts'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beamtab-beam-options-'))
  file = join(folder, 'network.json')
  const servers = [
    { kind: 'gateway', url: 'http://127.0.0.1:5' },
    { kind: 'beacon', url: 'http://127.0.0.1:5' },
    { kind: 'execution', url: 'http://127.0.0.1:5/rpc' },
    { kind: 'execution', url: 'http://127.0.0.1:6' },
  ]
  await writeFile(file, JSON.stringify({ ...(networkFileByName('sepolia') as object), servers }))
})
afterAll(() => rm(folder, { recursive: true }))

const MAINNET = ['--network', 'mainnet', '--server', 'http://127.0.0.1:1']

test('the least there is to say', async () => {
  expect(await beamCommand(MAINNET)).toMatchObject({
    network: { name: 'mainnet' },
    networkSource: 'mainnet',
    servers: ['http://127.0.0.1:1'],
    checkpoint: undefined,
    blocks: undefined,
    sources: 'all',
    db: undefined,
  })
})

test('all of it', async () => {
  const root = `0x${'ab'.repeat(32)}`
  const options = [
    '--checkpoint',
    root,
    '--blocks',
    '3',
    '--source',
    'hints,proofs',
    '--db',
    '/x',
    '--server',
    'http://b',
  ]
  expect(await beamCommand([...MAINNET, ...options])).toMatchObject({
    ...{ servers: ['http://127.0.0.1:1', 'http://b'], checkpoint: root, blocks: 3, db: '/x' },
    sources: ['hints', 'proofs'],
  })
  expect((await beamCommand([...MAINNET, '--source', 'all'])).sources).toBe('all')
})

test('the network file names servers, a gateway once', async () => {
  const command = await beamCommand(['--network', file])
  expect(command.servers).toEqual(['http://127.0.0.1:5', 'http://127.0.0.1:6'])
  expect(command.networkSource).toMatchObject({ name: 'sepolia' })
})

test.each([
  [['--server', 'http://127.0.0.1:1'], /--network is missing/],
  [['--network', 'mainnet'], /--server is missing/],
  [['--network', 'mainnet', '--server', 'ftp://x'], /--server: /],
  [[...MAINNET, '--checkpoint', '0x12'], /--checkpoint 0x12: expected 0x and 64/],
  [[...MAINNET, '--blocks', '0'], /--blocks "0"/],
  [[...MAINNET, '--source', 'rumours'], /--source "rumours": expected some of access-list/],
  [[...MAINNET, '--db', ''], /--db is empty/],
  [[...MAINNET, '--backfill'], /--backfill: .* not part of this version/],
  [[...MAINNET, '--spoon'], /spoon/],
])('%j is refused', async (argv, message) => {
  await expect(beamCommand(argv)).rejects.toThrow(UsageError)
  await expect(beamCommand(argv)).rejects.toThrow(message)
})
