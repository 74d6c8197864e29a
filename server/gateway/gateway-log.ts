/** Where a gateway, and what it serves, say what goes on. */
import { pino } from 'pino'

/** Logs go to stderr: stdout is for results. */
export const gatewayLog = () =>
  pino(
    { name: 'gateway', level: process.env['BEAMTAB_LOG'] ?? 'info', base: null },
    pino.destination({ fd: 2, sync: true }),
  )
