/** Witnesses of blocks of every fork, fetched in each form from real servers, and verified. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ServedChain } from '../../../server/gateway/served-chain.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { describeWithData } from '../../testing/data.ts'
import { UsageError } from '../args.ts'
import { verifyFile } from '../verify-file.ts'
import { fetchWitness } from './fetch-witness.ts'
import {
  chainGateway,
  fileJson,
  importedChain,
  networkFileOf,
  plainClient,
  type Served,
} from './imported-gateway.fixtures.ts'
import { WITNESS_FORMS, witnessCommand, type WitnessForm } from './witness-options.ts'

const crypto = await loadWasmCrypto()

interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function command(...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', 'src/cli/witness.ts', ...args], (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr })
    })
  })
}

/** Every other fork, the last block, and among them blocks with uncles, system calls, and all types of transactions. */
const BLOCKS = [1, 6, 16, 22, 29, 35, 38, 41, 44, 47, 50, 54]

describeWithData('witness', (data) => {
  let folder: string
  let chain: ServedChain
  let gateway: Served
  let plain: Served

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'beamtab-witness-'))
    chain = await importedChain(data)
    gateway = await chainGateway(chain)
    plain = await plainClient(chain)
    await writeFile(join(folder, 'network.json'), await networkFileOf(gateway))
  })
  afterAll(async () => {
    await plain.close()
    await gateway.close()
    await chain.close()
    await rm(folder, { recursive: true })
  })

  const out = (name: string) => join(folder, name)
  const fetched = async (url: string, block: string, form: WitnessForm, file: string, ...more: readonly string[]) =>
    fetchWitness(
      await witnessCommand(['--server', url, '--block', block, '--form', form, '--out', file, ...more]),
      crypto,
    )
  const verified = (file: string) =>
    verifyFile(file, { crypto, network: undefined, log: (text) => process.stderr.write(`${text}\n`) })

  test.each(WITNESS_FORMS)('form %s gives what is verified, and nothing that is not needed', async (form) => {
    for (const block of BLOCKS) {
      const file = out(`${block}-${form}.json.gz`)
      const line = await fetched(gateway.url, `${block}`, form, file)
      expect(line).toMatchObject({ block, form, file })
      const result = await verified(file)
      expect(result).toMatchObject({ number: block, verified: true, nodes: line.nodes })
      // The format has no room for the uncles of blocks before, and proof of work is nowhere checked.
      const { notChecked } = result as { readonly notChecked: string[] }
      expect(notChecked.filter((check) => check !== 'uncleHeaders' && check !== 'proofOfWork')).toEqual([])
    }
  })

  test('a block by its hash is the same as by its number', async () => {
    const byNumber = await fetched(gateway.url, '54', 'witness', out('number.json'))
    const byHash = await fetched(gateway.url, byNumber.hash, 'witness', out('hash.json'))
    expect(await readFile(out('hash.json'), 'utf8')).toBe(await readFile(out('number.json'), 'utf8'))
    // Network file, block and witness; by number its hash too.
    expect([byHash.requests, byNumber.requests]).toEqual([3, 4])
  })

  test.each(['proofs', 'rpc'] as const)(
    'form %s takes any execution client, with headers as objects, lists in any order, no raw blocks, states by number',
    async (form) => {
      for (const block of ['17', '41', '54']) {
        const file = out(`plain-${block}-${form}.json`)
        await fetched(plain.url, block, form, file, '--network', out('network.json'))
        expect(await verified(file)).toMatchObject({ number: Number(block), verified: true })
      }
    },
  )

  test('keys are written where the server says them', async () => {
    await fetched(gateway.url, '54', 'witness', out('keys.json'))
    const { accounts } = await fileJson(out('keys.json'))
    expect(accounts).not.toHaveLength(0)
  })

  describe('as a process', () => {
    test('prints its line, and exits with 0', async () => {
      const file = out('process.json.gz')
      const { code, stdout } = await command('--server', gateway.url, '--block', '7', '--form', 'paths', '--out', file)
      expect(code).toBe(0)
      const line = JSON.parse(stdout) as Record<string, unknown>
      expect(line).toMatchObject({ block: 7, form: 'paths', file })
      for (const name of ['requests', 'bytes', 'nodes', 'codes']) expect(line[name]).toEqual(expect.any(Number))
    })

    test.each<[what: string, args: (served: Served) => string[], said: RegExp]>([
      ['an unknown block', ({ url }) => ['--server', url, '--block', '99'], /GET .*headers\/99.*no block 99/],
      ['the genesis block', ({ url }) => ['--server', url, '--block', '0'], /block 0 is the genesis/],
      ['nobody there', () => ['--server', 'http://127.0.0.1:1', '--block', '1'], /127\.0\.0\.1:1: GET .*no connection/],
      ['a path that is none', ({ url }) => ['--server', `${url}/x`, '--block', '1'], /so it is no gateway/],
    ])('%s: says what was asked of whom, and exits with 1', async (_, args, said) => {
      const file = out('none.json')
      const { code, stdout, stderr } = await command(...args(gateway), '--form', 'witness', '--out', file)
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(said)
      expect((await readdir(folder)).filter((name) => name.startsWith('none'))).toEqual([])
    })

    test('a file that cannot be written is named', async () => {
      const file = out('no/such/folder.json')
      const { code, stderr } = await command('--server', gateway.url, '--block', '7', '--form', 'rpc', '--out', file)
      expect(code).toBe(1)
      expect(stderr).toContain(`--out ${file} cannot be written`)
    })

    test('called wrongly, it prints its usage and exits with 2', async () => {
      const { code, stdout, stderr } = await command()
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain('usage: npm run -s witness')
    })
  })
})

test.each([
  [['--server', 'ftp://x', '--block', '1', '--form', 'rpc', '--out', 'x'], '--server: '],
  [['--server', 'http://x', '--block', '0x12', '--form', 'rpc', '--out', 'x'], '--block "0x12"'],
  [['--server', 'http://x', '--block', '1', '--form', 'spoons', '--out', 'x'], '--form "spoons"'],
  [['--server', 'http://x', '--block', '1', '--out', 'x'], '--form is missing'],
  [['--server', 'http://x', '--block', '1', '--form', 'rpc'], '--out is missing'],
  [['--server', 'http://x', '--block', '1', '--form', 'rpc', '--out', 'x', 'y'], 'y belongs to no option'],
  [
    ['--server', 'http://x', '--block', '1', '--form', 'rpc', '--out', 'x', '--network', 'nowhere'],
    '--network nowhere',
  ],
])('%j is refused: %s', async (args, said) => {
  const refusal = witnessCommand(args)
  await expect(refusal).rejects.toThrow(UsageError)
  await expect(refusal).rejects.toThrow(said)
})
