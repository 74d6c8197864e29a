/** How every Chromium of tests and benchmarks is started. */
import { thisMachine } from './machine.ts'

export const launchArguments: string[] = [
  // Chromium's sandbox refuses to run as root, which is who runs a container.
  ...(thisMachine.isRoot ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
