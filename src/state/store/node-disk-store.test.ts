/** What only a store on disk can meet with: processes that die, other processes, other networks, bad bytes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadKeccak } from '../../chain/keccak.ts'
import { missing, someBlock, someBytes, someContents } from './fixtures.ts'
import { openDiskStore } from './node-disk-store.ts'
import type { StoreEvent } from './store.ts'

const keccak = await loadKeccak()
const NETWORK = 'testnet'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'beamtab-disk-'))))
afterAll(() => rm(folder, { recursive: true }))

async function open(directory: string, network = NETWORK) {
  const events: StoreEvent[] = []
  const store = await openDiskStore(directory, { network, keccak, onEvent: (event) => events.push(event) })
  return { store, events }
}

/** Puts nodes for ever, and prints how many have landed after each put. */
const WRITER = `
  const { loadKeccak } = await import('./src/chain/keccak.ts')
  const { someContents } = await import('./src/state/store/fixtures.ts')
  const { openDiskStore } = await import('./src/state/store/node-disk-store.ts')
  const keccak = await loadKeccak()
  const store = await openDiskStore(process.argv[1], { network: '${NETWORK}', keccak })
  // The lengths of contents repeat after seven.
  for (let from = 0; ; from += 49) {
    await store.putNodes(someContents(keccak, { from, count: 49 }))
    process.stdout.write(from + 49 + '\\n')
  }
`

test('what was put is there after the process was killed while it wrote', async () => {
  const directory = join(folder, 'killed')
  const args = ['--import', 'tsx', '--input-type=module', '-e', WRITER, directory]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let landed = 0
  for await (const line of createInterface(child.stdout)) {
    landed = Number(line)
    if (landed >= 2_000 && child.signalCode === null) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(landed).toBeGreaterThanOrEqual(2_000)
  const { store, events } = await open(directory)
  expect(await missing(store, someContents(keccak, { count: landed }))).toEqual([])
  expect(store.stats()).toMatchObject({ damagedPages: 0, damagedContents: 0, damagedRecords: 0 })
  expect(events).toEqual([])
  await store.close()
})

test('a directory that is open says who is to end, and is free when the store has closed', async () => {
  const directory = join(folder, 'locked')
  const { store } = await open(directory)
  await expect(open(directory)).rejects.toMatchObject({
    kind: 'blocked',
    message: expect.stringMatching(/another process has the database .*locked.beamtab-testnet open/) as string,
  })
  await store.close()
  await (await open(directory)).store.close()
})

test('one directory serves several networks, and what is put under the name of another is emptied', async () => {
  const directory = join(folder, 'networks')
  const nodes = someContents(keccak, { count: 5 })
  for (const network of ['one', 'two']) {
    const { store } = await open(directory, network)
    expect(store.stats().nodes).toBe(0)
    await store.putNodes(nodes)
    await store.close()
  }
  await rename(join(directory, 'beamtab-one'), join(directory, 'beamtab-three'))
  const { store, events } = await open(directory, 'three')
  expect(store.stats().nodes).toBe(0)
  expect(events).toMatchObject([
    { kind: 'started-empty', reason: expect.stringContaining('another network') as string },
  ])
  await store.close()
  const { store: two } = await open(directory, 'two')
  expect(await missing(two, nodes)).toEqual([])
  await two.close()
})

test('a directory that cannot be one is named', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  await expect(open(file)).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining(file) as string,
  })
})

/** A store with a block and some pages, reopened once so that all of it is in a table of LevelDB. */
async function filled(directory: string) {
  const { record, contents } = someBlock(keccak, { network: NETWORK })
  const nodes = someContents(keccak, { from: 1_000, count: 600, length: 1_500 })
  const { store } = await open(directory)
  await store.putBlock(record, contents)
  for (let from = 0; from < nodes.length; from += 100) await store.putNodes(nodes.slice(from, from + 100))
  await store.close()
  await (await open(directory)).store.close()
  return nodes
}

const DAMAGES: readonly [what: string, damage: (path: string, files: readonly string[]) => Promise<void>][] = [
  [
    'its manifest is gone',
    (path, files) =>
      rm(
        join(
          path,
          files.find((name) => name.startsWith('MANIFEST'))!,
        ),
      ),
  ],
  [
    'its manifest is not one',
    (path, files) =>
      spoil(
        join(
          path,
          files.find((name) => name.startsWith('MANIFEST'))!,
        ),
      ),
  ],
  ['it names no manifest', (path) => writeFile(join(path, 'CURRENT'), someBytes(1, 16))],
  [
    'a table is gone',
    (path, files) =>
      rm(
        join(
          path,
          files.find((name) => name.endsWith('.ldb'))!,
        ),
      ),
  ],
  [
    'a table is cut',
    (path, files) =>
      cut(
        join(
          path,
          files.find((name) => name.endsWith('.ldb'))!,
        ),
      ),
  ],
  [
    'a table is spoilt',
    (path, files) =>
      spoil(
        join(
          path,
          files.find((name) => name.endsWith('.ldb'))!,
        ),
      ),
  ],
]

async function spoil(file: string): Promise<void> {
  const bytes = await readFile(file)
  for (let at = 0; at < bytes.length; at += 97) bytes[at]! ^= 0xff
  await writeFile(file, bytes)
}

async function cut(file: string): Promise<void> {
  const bytes = await readFile(file)
  await writeFile(file, bytes.subarray(0, bytes.length / 2))
}

test.each(DAMAGES)('a database is opened and used though %s, and gives no false bytes', async (what, damage) => {
  const directory = join(folder, what.replaceAll(' ', '-'))
  const path = join(directory, `beamtab-${NETWORK}`)
  await mkdir(path, { recursive: true })
  const nodes = await filled(directory)
  await damage(path, await readdir(path))
  const { store } = await open(directory)
  const found = await store.getNodes(nodes.map(({ hash }) => hash))
  for (const [index, bytes] of found.entries()) if (bytes !== undefined) expect(bytes).toEqual(nodes[index]!.bytes)
  // What was lost is fetched again, and stays.
  await store.putNodes(nodes)
  await store.close()
  const { store: again } = await open(directory)
  expect(await missing(again, nodes)).toEqual([])
  await again.close()
})
