import { type AddressInfo, createServer } from 'node:net'
import { defineConfig, devices } from '@playwright/test'
import { findChromium } from './e2e/find-chromium.ts'
import { launchArguments } from './e2e/launch-arguments.ts'
import { thisMachine } from './e2e/machine.ts'

// Every worker process loads this file again and inherits the environment: port and browser are chosen once.
const port = (process.env['BEAMTAB_TEST_PORT'] ??= String(await freePort()))
const executablePath = (process.env['CHROMIUM_PATH'] = await findChromium(thisMachine))

// Small and quick: the page that most tests use stays on mainnet and does not see it.
const devnet = '--preset minimal --slot 2 --age 1 --accounts 1000 --gas 0.3 --forks deneb:0,electra:9,fulu:10,gloas:12'

const launchOptions = { executablePath, args: launchArguments }

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results/e2e',
  reporter: [['line'], ['json', { outputFile: 'test-results/e2e.json' }]],
  forbidOnly: process.env['CI'] !== undefined,
  retries: 0,
  // Two cores: the page's own workers need them.
  workers: 1,
  // A whole mainnet block with its witness takes seconds in a tab on a busy machine.
  timeout: 120_000,
  // Ends a run that hangs: two idle cores take half of it.
  globalTimeout: 12 * 60_000,
  use: { baseURL: `http://127.0.0.1:${port}/`, trace: 'off', screenshot: 'off', video: 'off', launchOptions },
  projects: [
    { name: 'desktop', use: { ...devices['Desktop Chrome'] }, testIgnore: '**/*.phone.spec.ts' },
    { name: 'phone', use: { ...devices['Pixel 7'] }, testMatch: ['**/smoke.spec.ts', '**/*.phone.spec.ts'] },
  ],
  webServer: {
    command: `node --import tsx server/start.ts --port ${port} ${devnet}`,
    url: `http://127.0.0.1:${port}/`,
    // A server left over from elsewhere might serve another build.
    reuseExistingServer: false,
    timeout: 120_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
    stdout: 'ignore',
    stderr: 'pipe',
  },
})

/** A port nobody uses now, so that runs beside each other, and a page somebody looks at, do not meet. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
