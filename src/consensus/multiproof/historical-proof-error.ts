/** Why a state cannot prove a block, or a proof of one is refused. */

export type HistoricalProofFault =
  | { readonly code: 'notBefore'; readonly slot: number; readonly stateSlot: number }
  | { readonly code: 'beforeCapella'; readonly slot: number }
  | { readonly code: 'unknownCapella'; readonly network: string }
  | { readonly code: 'badSlot'; readonly slot: number }
  | { readonly code: 'malformedSlot'; readonly chunk: string }
  | { readonly code: 'laterBlock'; readonly slot: number; readonly blockSlot: number }
  | { readonly code: 'noBlockHash'; readonly blockSlot: number }

/** `fault` is the reason to act on, the message the one to read. */
export class HistoricalProofError extends Error {
  override name = 'HistoricalProofError'
  constructor(readonly fault: HistoricalProofFault) {
    super(describe(fault))
  }
}

function describe(fault: HistoricalProofFault): string {
  switch (fault.code) {
    case 'notBefore':
      return `the state of slot ${fault.stateSlot} knows blocks before its own slot only, asked for slot ${fault.slot}; use a later state`
    case 'beforeCapella':
      return `the block of slot ${fault.slot} is older than Capella: no historical summary proves it, and its own execution block hash is not read`
    case 'unknownCapella':
      return `the schedule of ${fault.network} starts after its Capella fork, so that its historical summaries cannot be numbered; add the earlier forks`
    case 'badSlot':
      return `${fault.slot} is no slot`
    case 'malformedSlot':
      return `the header's slot is proven as ${fault.chunk}, which is no slot`
    case 'laterBlock':
      return `the block root of slot ${fault.slot} is proven to be of a block of slot ${fault.blockSlot}, which is later`
    case 'noBlockHash':
      return `the block of slot ${fault.blockSlot} proves an execution block hash of zeros: it has no payload`
  }
}
