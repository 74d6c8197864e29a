/** What is said of an answer: the weakest of what went into it, and the head that it rests on. */
import { bytesToHex } from '@ethereumjs/util'
import type { ChainView } from '../sync/chain-view/chain-view.ts'
import type { AnsweredBlock, Evidence } from '../sync/chain-view/evidence.ts'
import type { Verification, VerificationFacts } from './session-messages.ts'

export function verificationOf(evidence: Evidence, view: ChainView): Verification {
  const { level, anchor, block, bytes, notes } = evidence
  const source = level === 'executed' && evidence.sources.length === 0 ? ['own execution'] : evidence.sources
  const facts: VerificationFacts = {
    source,
    ...(block && { block: { hash: bytesToHex(block.hash), number: block.number } }),
    ...(block && finalityOf(block, view)),
    ...(bytes > 0 && { proofBytes: bytes }),
    ...(notes.length > 0 && { notes }),
  }
  if (level !== 'executed') return { level, ...facts }
  return anchor === undefined
    ? { level: 'proven', ...facts }
    : { level: 'executed', anchor: bytesToHex(anchor.hash), ...facts }
}

/** Nothing of a block that the chain of the signed head does not hold: those signatures say nothing of it. */
function finalityOf(block: AnsweredBlock, view: ChainView): Partial<VerificationFacts> {
  const { heads } = view
  if (heads.reason() !== undefined || !view.isCanonical(block)) return {}
  const head = heads.head()
  // The chain may be followed further than the head that is answered at just now.
  if (block.number > head.header.number || !view.isCanonical(head.header)) return {}
  const finalized = heads.finalized()
  return {
    finality: finalized !== undefined && block.number <= finalized.header.number ? 'finalized' : 'signed',
    signers: head.signers,
    committeeSize: head.committeeSize,
    headAgeSeconds: Math.floor(heads.ageSeconds(head)),
  }
}
