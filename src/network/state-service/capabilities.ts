/** What a status says of its server, in the words that servers are chosen by. */
import type { Capabilities, Capability, CapabilityWindow } from '../request-server.ts'
import type { ServedName, ServedWindow, ServiceStatus } from './messages.ts'

/** Not `blocks`: as a capability that means blocks of the beacon chain, by slots. */
const CAPABILITIES: { readonly [N in Exclude<ServedName, 'blocks'>]: Capability } = {
  headers: 'execution-headers',
  receipts: 'receipts',
  proofs: 'account-proofs',
  witness: 'witness',
  accessLists: 'access-lists',
  nodes: 'node-data',
  paths: 'paths',
  codes: 'code',
  ranges: 'ranges',
  submit: 'submit',
}

/** States are dropped behind the head as it goes on; what else has a beginning has it at a fixed place. */
const SLIDING: ReadonlySet<ServedName> = new Set(['proofs', 'witness', 'nodes', 'paths', 'ranges'])

export function capabilitiesOf({ head, serves }: Pick<ServiceStatus, 'head' | 'serves'>): Capabilities {
  const windows = Object.entries(CAPABILITIES).flatMap(([name, capability]) => {
    const window = serves[name as ServedName]
    return window === undefined ? [] : [[capability, capabilityWindow(name as ServedName, window, head.number)]]
  })
  return Object.fromEntries(windows) as Capabilities
}

function capabilityWindow(name: ServedName, { from, to }: ServedWindow, head: number): CapabilityWindow {
  if (from === 0) return { kind: 'all' }
  const slides = SLIDING.has(name) && to === undefined && from <= head
  return slides ? { kind: 'latest', count: head - from + 1 } : { kind: 'since', first: from }
}
