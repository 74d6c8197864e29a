/** `eth_simulateV1` in an EVM worker: the state is gathered as for a call, the roots are counted where the trie is. */
import { asHash } from '../../chain/bytes.ts'
import type { FlatReader } from '../../state/flat-reader.ts'
import type { StateWrites } from '../../state/state-writes.ts'
import type { CallContext } from '../call/call-block.ts'
import type { RunState } from '../call/gathering.ts'
import { simulate } from '../call/simulate/simulate.ts'
import { simulationJson, type SimulationRequest } from '../call/simulate/simulate-json.ts'
import type { Json } from '../call/tracers/tracer.ts'
import { EMPTY_CODE_HASH } from '../state/account-entry.ts'
import type { BoundedJob } from './answer-call-limits.ts'
import type { CallHome } from './call-messages.ts'

export interface SimulationTools {
  /** Gathers what the run lacks, and repeats it until it lacks nothing. */
  readonly run: <T>(of: (context: CallContext, standing: RunState) => Promise<T>) => Promise<T>
  readonly home: Pick<CallHome, 'stateRoot'>
  readonly job: BoundedJob
}

/** Stands for the root of a run that guesses, which no answer shows. */
const NO_ROOT = asHash(new Uint8Array(32))

export async function answerSimulation(
  { simulation, transactions }: SimulationRequest,
  { run, home, job }: SimulationTools,
): Promise<Json> {
  const calls = simulation.blocks.flatMap((block) => block.calls)
  // A call that a guess makes impossible ends its run there: without this, each of them could take a trip of its own.
  await run(({ reader }) => readNamed(calls, reader))
  const blocks = await run((context, { isGuessing }) => {
    let applied = 0
    const stateRoot = (writes: StateWrites) => {
      if (isGuessing()) return NO_ROOT
      return job.away(() => home.stateRoot(writes, applied++))
    }
    return simulate(simulation, { ...context, stateRoot })
  })
  return simulationJson(blocks, transactions)
}

async function readNamed(
  calls: SimulationRequest['simulation']['blocks'][number]['calls'],
  reader: FlatReader,
): Promise<void> {
  for (const { from, to, accessList = [] } of calls) {
    if (from !== undefined) await reader.account(from)
    if (to !== undefined) await reader.code(EMPTY_CODE_HASH, to)
    for (const { address, slots } of accessList) for (const slot of slots) await reader.storage(address, slot)
  }
}
