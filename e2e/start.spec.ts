/** `npm start`'s server as a process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from '@playwright/test'

/** A devnet that starts within a second or two. */
const SMALL = ['--preset', 'minimal', '--age', '1', '--accounts', '200']

const start = (...options: readonly string[]) =>
  spawn(process.execPath, ['--import', 'tsx', 'server/start.ts', ...options])

test('picks a port, says where it is in one line, serves page and devnet there, and ends with 0 on SIGTERM', async () => {
  const server = start('--port', '0', ...SMALL)
  try {
    server.stdout.setEncoding('utf8')
    const [line] = (await once(server.stdout, 'data')) as [string]
    const url = String(/^Beamtab is at (http:\/\/127\.0\.0\.1:\d+\/)\n$/.exec(line)?.[1])
    expect((await fetch(url)).headers.get('content-type'), line).toContain('text/html')
    const network = (await (await fetch(`${url}beamtab/network.json`)).json()) as { servers: { url: string }[] }
    expect(network.servers.map((one) => `${one.url}/`)).toContain(url)
    expect((await fetch(`${url}eth/v1/beacon/light_client/finality_update`)).status).toBe(200)

    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  } finally {
    server.kill('SIGKILL')
  }
})

for (const options of [['--port', '70000'], ['--forks', 'never'], ['--fault', 'none'], ['--unknown']]) {
  test(`refuses ${options.join(' ')}, with exit code 2`, async () => {
    const server = start(...options)
    expect(await once(server, 'exit')).toEqual([2, null])
  })
}
