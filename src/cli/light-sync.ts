/** `light-sync`: verifies recorded light-client objects offline, from a bootstrap on. */
import { LIGHT_SYNC_USAGE, lightSyncCommand } from './light-sync-options.ts'
import { runCommand } from './run-command.ts'

await runCommand(LIGHT_SYNC_USAGE, async (argv, environment) => {
  const command = await lightSyncCommand(argv)
  // What verifies is loaded once there is something to verify: bad usage is told at once.
  const { runLightSync } = await import('./light-sync-run.ts')
  return runLightSync(command, environment)
})
