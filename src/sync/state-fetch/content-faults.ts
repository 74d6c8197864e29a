/** Data faults as things to fetch. */
import type { Hash } from '../../chain/bytes.ts'
import type { ContentFault } from '../../network/on-demand/state-fetcher.ts'
import type { DataFault, DataFaultError } from '../../state/data-fault.ts'
import { hashKey } from '../../state/hash-key.ts'

/** Those of nodes and codes: headers are not fetched here. */
export const contentFaults = ({ fault, others }: DataFaultError): ContentFault[] => [fault, ...others].filter(isContent)

const isContent = (fault: DataFault): fault is ContentFault => fault.kind !== 'header'

/** With the slot that an account's path is wanted for, so that both paths can be had in one trip. */
export const withSlot = (fault: ContentFault, slot: Uint8Array): ContentFault =>
  fault.kind === 'node' ? { ...fault, slot } : fault

/** Of faults about one node all are kept: each is for another key, whose path may be fetched by it. */
export function distinctFaults(faults: readonly ContentFault[]): ContentFault[] {
  const seen = new Set<string>()
  return faults.filter((fault) => {
    const slot = fault.kind === 'node' && fault.slot !== undefined ? hashKey(fault.slot as Hash) : ''
    const account = fault.account === undefined ? '' : String.fromCharCode(...fault.account)
    const key = `${hashKey(fault.hash)} ${account} ${slot}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
