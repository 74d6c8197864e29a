/** Blocks fetched from a server in every form, each verified; and whether a witness has anything that it need not have. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex } from '@ethereumjs/util'
import { messageOf } from '../../chain/thrown.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { readStatelessBlock, type StatelessBlock } from '../../execution/stateless-block.ts'
import { verifyStatelessBlock } from '../../execution/verify-stateless-block.ts'
import { RequestError } from '../../network/request-server.ts'
import { WitnessError } from '../../network/on-demand/witness-error.ts'
import { verifyFile } from '../verify-file.ts'
import { fetchWitness } from './fetch-witness.ts'
import { witnessCommand, type WitnessForm } from './witness-options.ts'

export interface FormsOptions {
  /** Of the server. */
  readonly url: string
  /** Numbers, or hashes as 0x-hex. */
  readonly blocks: readonly (number | string)[]
  readonly forms: readonly WitnessForm[]
  /** Where files are written; each stays until the next of its block and form. */
  readonly folder: string
  readonly crypto: WasmCrypto
}

export type Outcome =
  | { readonly kind: 'verified'; readonly nodes: number; readonly fork: string }
  /** The server does not give it, and says why. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It is not what it should be: the line of `verify`. */
  | { readonly kind: 'wrong'; readonly line: object }

export interface BlockForm {
  readonly block: number | string
  readonly form: WitnessForm
  readonly file: string
  readonly outcome: Outcome
}

/** One after the other, each as `witness` and `verify` do it. */
export async function everyForm(options: FormsOptions): Promise<BlockForm[]> {
  const { blocks, forms, folder } = options
  const results: BlockForm[] = []
  for (const block of blocks) {
    for (const form of forms) {
      const file = join(folder, `${block}-${form}.json`)
      results.push({ block, form, file, outcome: await outcomeOf(options, block, form, file) })
    }
  }
  return results
}

async function outcomeOf(
  { url, crypto }: FormsOptions,
  block: number | string,
  form: WitnessForm,
  file: string,
): Promise<Outcome> {
  try {
    const args = ['--server', url, '--block', `${block}`, '--form', form, '--out', file]
    await fetchWitness(await witnessCommand(args), crypto)
  } catch (error) {
    if (error instanceof WitnessError || error instanceof RequestError)
      return { kind: 'refused', why: messageOf(error) }
    throw error
  }
  const log = (text: string): void => void process.stderr.write(`${text}\n`)
  const line = await verifyFile(file, { crypto, network: undefined, log })
  if (!line.verified) return { kind: 'wrong', line }
  const { nodes, fork } = line as { readonly nodes: number; readonly fork: string }
  return { kind: 'verified', nodes, fork }
}

/**
 * Parts of a stateless block without which it is verified all the same, or that are not what is missed when they are
 * left out: each node and code, and the oldest of several headers, left out alone.
 */
export async function needlessParts(file: string, crypto: WasmCrypto): Promise<string[]> {
  const block = await readStatelessBlock(await readFile(file))
  const needless: string[] = []
  for (const kind of ['node', 'code'] as const) {
    const field = `${kind}s` as const
    for (const part of block[field]) {
      const hash = bytesToHex(crypto.keccak(part))
      const missed = await missedIn({ ...block, [field]: block[field].filter((other) => other !== part) }, crypto)
      if (missed !== `${kind} ${hash}`) needless.push(`${kind} ${hash}: ${missed}`)
    }
  }
  const { headers } = block
  if (headers.length > 1) {
    const missed = await missedIn({ ...block, headers: headers.slice(1) }, crypto)
    if (missed !== `header ${block.number - headers.length}`) needless.push(`the oldest of its headers: ${missed}`)
  }
  return needless
}

/** Nodes, codes and headers of a stateless block, in an order of their own. */
export async function partsOf(file: string): Promise<string[]> {
  const { nodes, codes, headers } = await readStatelessBlock(await readFile(file))
  return [nodes, codes, headers].map((parts) => parts.map(bytesToHex).sort().join())
}

/** What execution or root lack, or what else came of it. */
async function missedIn(block: StatelessBlock, crypto: WasmCrypto): Promise<string> {
  const { verification } = await verifyStatelessBlock(block, { crypto })
  if (verification.kind !== 'fault') return verification.kind
  const { fault } = verification
  return fault.kind === 'header' ? `header ${fault.number}` : `${fault.kind} ${bytesToHex(fault.hash)}`
}
