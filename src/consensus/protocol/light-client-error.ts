/** Why a bootstrap or an update is refused. */

export type BranchName =
  'execution of the attested header' | 'execution of the finalized header' | 'finality' | 'next sync committee'

export type UpdateFault =
  | { readonly code: 'tooFewSigners'; readonly signers: number; readonly needed: number; readonly size: number }
  | { readonly code: 'badBranch'; readonly branch: BranchName }
  | { readonly code: 'futureSlot'; readonly signatureSlot: number; readonly currentSlot: number }
  | {
      readonly code: 'slotOrder'
      readonly signatureSlot: number
      readonly attestedSlot: number
      readonly finalizedSlot: number
    }
  /** The network as it was given says nothing of that time. */
  | { readonly code: 'beforeFirstFork'; readonly slot: number }
  | { readonly code: 'wrongPeriod'; readonly period: number; readonly expected: readonly number[] }
  | { readonly code: 'nothingNew'; readonly attestedSlot: number; readonly finalizedSlot: number }
  | { readonly code: 'missingPart'; readonly part: 'next sync committee' | 'finalized header' | 'execution header' }
  | { readonly code: 'genesisNotDefault' }
  | { readonly code: 'otherCommittee'; readonly period: number }
  | { readonly code: 'badSignature'; readonly why: string; readonly signers: number; readonly signatureSlot: number }
  | { readonly code: 'wrongAggregateKey'; readonly period: number }

/** A refused update. `fault` is the reason to act on, the message the one to read. */
export class InvalidUpdateError extends Error {
  override name = 'InvalidUpdateError'
  constructor(readonly fault: UpdateFault) {
    super(describeUpdateFault(fault))
  }
}

export type BootstrapFault =
  | { readonly code: 'otherRoot'; readonly trusted: string; readonly came: string; readonly slot: number }
  | { readonly code: 'badBranch'; readonly branch: 'execution' | 'current sync committee'; readonly slot: number }

export class InvalidBootstrapError extends Error {
  override name = 'InvalidBootstrapError'
  constructor(readonly fault: BootstrapFault) {
    super(describeBootstrapFault(fault))
  }
}

function describeUpdateFault(fault: UpdateFault): string {
  switch (fault.code) {
    case 'tooFewSigners':
      return `${fault.signers} of ${fault.size} members signed, at least ${fault.needed} needed`
    case 'badBranch':
      return `the Merkle branch of the ${fault.branch} does not lead to the root it should`
    case 'futureSlot':
      return `signed in slot ${fault.signatureSlot}, but the current slot is ${fault.currentSlot}`
    case 'slotOrder':
      return `slots out of order: signature ${fault.signatureSlot} > attested ${fault.attestedSlot} >= finalized ${fault.finalizedSlot} expected`
    case 'beforeFirstFork':
      return `attests a header of slot ${fault.slot}, before the first fork that the network was given with`
    case 'wrongPeriod':
      return `signed by the committee of period ${fault.period}, expected one of period ${fault.expected.join(' or ')}`
    case 'nothingNew':
      return `attested slot ${fault.attestedSlot} is not above the finalized slot ${fault.finalizedSlot} and no committee is learned`
    case 'missingPart':
      return `has no ${fault.part}`
    case 'genesisNotDefault':
      return 'claims the genesis as finalized, but the header is not the default header'
    case 'otherCommittee':
      return `proves another committee for period ${fault.period} than the one known`
    case 'badSignature':
      return `${fault.why} (${fault.signers} signers, signature slot ${fault.signatureSlot})`
    case 'wrongAggregateKey':
      return `the aggregate key of the committee of period ${fault.period} is not the sum of its members`
  }
}

function describeBootstrapFault(fault: BootstrapFault): string {
  switch (fault.code) {
    case 'otherRoot':
      return `bootstrap of slot ${fault.slot} is for block ${fault.came}, expected the trusted block ${fault.trusted}`
    case 'badBranch':
      return `bootstrap of slot ${fault.slot}: the Merkle branch of the ${fault.branch} does not lead to the root it should`
  }
}
