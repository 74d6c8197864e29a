/** `beam`: executes every new block of a chain on state that is fetched just in time, and prints what became of each. */
import { BEAM_USAGE, beamCommand } from './beam/beam-options.ts'
import { runBeam } from './beam/run-beam.ts'
import { runCommand } from './run-command.ts'

await runCommand(BEAM_USAGE, async (argv, environment) => {
  const command = await beamCommand(argv)
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort())
  return runBeam(command, environment, stopped.signal)
})
