/** The result line of one stateless block: whatever is wrong with a file, it has its line and the next one its turn. */
import { readFile } from 'node:fs/promises'
import { bytesToHex } from '@ethereumjs/util'
import type { ExecutionNetwork } from '../chain/network.ts'
import type { Verification } from '../execution/block/verification.ts'
import type { WasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import { readStatelessBlock, StatelessBlockError, type StatelessBlock } from '../execution/stateless-block.ts'
import { blockInput, verifyStatelessBlock } from '../execution/verify-stateless-block.ts'
import type { DataFault } from '../state/data-fault.ts'

export interface VerifyTools {
  readonly crypto: WasmCrypto
  /** Where given, the file has to be of this network. */
  readonly network: ExecutionNetwork | undefined
  /** Gets what stdout has no room for, such as the stack of an unexpected error. */
  log(line: string): void
}

/** Never rejects: an error that nobody foresaw is the line's `internal-error`. */
export async function verifyFile(file: string, tools: VerifyTools) {
  const start = performance.now()
  let block: StatelessBlock | undefined
  try {
    block = await readStatelessBlock(await readBytes(file))
    const decodeMs = performance.now() - start
    const { crypto, network } = tools
    const { verification } = await verifyStatelessBlock(block, { crypto, network, decodeMs })
    return { file, network: networkName(block, network), number: block.number, ...verificationFields(verification) }
  } catch (error) {
    const known = { file, network: block?.network ?? null, number: block?.number ?? null, verified: false } as const
    if (error instanceof UnreadableFileError || error instanceof StatelessBlockError) {
      return { ...known, error: { code: 'unreadable-file', message: error.message } }
    }
    tools.log(`${file}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    return { ...known, error: { code: 'internal-error', message: messageOf(error) } }
  }
}

class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError'
}

/** @throws {UnreadableFileError} where the system gives no bytes: a folder, no permission, gone meanwhile */
async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new UnreadableFileError(`${file} cannot be read: ${messageOf(error)}`)
  }
}

/** The network whose rules applied; only a file refused before any did is named as it names itself. */
function networkName(file: StatelessBlock, asked: ExecutionNetwork | undefined): string {
  const input = blockInput(file, asked)
  return input.kind === 'rejected' ? file.network : input.block.network.name
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

function verificationFields(verification: Verification) {
  switch (verification.kind) {
    case 'verified': {
      const { block, notChecked, stats } = verification
      return {
        fork: stats.fork,
        txs: stats.transactions,
        gasUsed: stats.gasUsed,
        verified: true,
        stateRoot: bytesToHex(block.header.stateRoot),
        nodes: stats.nodes,
        notChecked,
        ms: roundedTimes(stats.ms),
        mgasPerSecond: Number((stats.gasUsed / 1000 / stats.ms.evm).toFixed(2)),
      }
    }
    case 'mismatch':
      return { verified: false, mismatch: verification.mismatch }
    case 'fault':
      return { verified: false, fault: faultFields(verification.fault) }
    case 'rejected':
      return { verified: false, error: { code: verification.code, message: verification.message } }
  }
}

/** Tenths of a millisecond: below that a shared machine says nothing. */
function roundedTimes(times: object) {
  return Object.fromEntries(Object.entries(times).map(([stage, ms]) => [stage, Number((ms as number).toFixed(1))]))
}

/** Every field of the format is there; what a kind of fault does not have is null. */
function faultFields(fault: DataFault) {
  const none = { hash: null, owner: null, path: null, account: null, slot: null }
  switch (fault.kind) {
    case 'node':
      return {
        kind: fault.kind,
        hash: bytesToHex(fault.hash),
        owner: hexOrNull(fault.owner),
        path: [...fault.path].map((nibble) => nibble.toString(16)).join(''),
        account: hexOrNull(fault.account),
        slot: hexOrNull(fault.slot),
      }
    case 'code':
      return { ...none, kind: fault.kind, hash: bytesToHex(fault.hash), account: hexOrNull(fault.account) }
    case 'header':
      return { ...none, kind: fault.kind, number: fault.number }
  }
}

function hexOrNull(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : bytesToHex(bytes)
}
