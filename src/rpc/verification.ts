/** What is said of an answer: the weakest of what went into it, and the head that it rests on. */
import { bytesToHex } from '@ethereumjs/util'
import type { ChainView } from '../sync/chain-view/chain-view.ts'
import type { Evidence } from '../sync/chain-view/evidence.ts'
import type { Verification, VerificationFacts } from './session-messages.ts'

export function verificationOf(evidence: Evidence, view: ChainView): Verification {
  const { level, block, bytes, notes } = evidence
  const source = level === 'executed' && evidence.sources.length === 0 ? ['own execution'] : evidence.sources
  const facts: VerificationFacts = {
    source,
    ...(block && { block: { hash: bytesToHex(block.hash), number: block.number } }),
    ...(block && finalityOf(block.number, view)),
    ...(bytes > 0 && { proofBytes: bytes }),
    ...(notes.length > 0 && { notes }),
  }
  if (level !== 'executed') return { level, ...facts }
  const anchor = view.executedSince()
  return anchor === undefined
    ? { level: 'proven', ...facts }
    : { level: 'executed', anchor: bytesToHex(anchor.hash), ...facts }
}

function finalityOf(number: number, { heads }: ChainView): Partial<VerificationFacts> {
  if (heads.reason() !== undefined) return {}
  const head = heads.head()
  const finalized = heads.finalized()
  return {
    finality: finalized !== undefined && number <= finalized.header.number ? 'finalized' : 'signed',
    signers: head.signers,
    committeeSize: head.committeeSize,
    headAgeSeconds: Math.floor(heads.ageSeconds(head)),
  }
}
