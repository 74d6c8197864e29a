/** `npm start`'s server as a process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from '@playwright/test'

test('picks a port, says where it is in one line, and ends with 0 on SIGTERM', async () => {
  const server = spawn(process.execPath, ['--import', 'tsx', 'server/start.ts', '--port', '0'])
  try {
    server.stdout.setEncoding('utf8')
    const [line] = (await once(server.stdout, 'data')) as [string]
    const url = /^Beamtab is at (http:\/\/127\.0\.0\.1:\d+\/)\n$/.exec(line)?.[1]
    expect(url, line).toBeDefined()
    expect((await fetch(String(url))).status).toBe(200)

    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  } finally {
    server.kill('SIGKILL')
  }
})

test('refuses a port that is none, with exit code 2', async () => {
  const server = spawn(process.execPath, ['--import', 'tsx', 'server/start.ts', '--port', '70000'], { stdio: 'ignore' })
  expect(await once(server, 'exit')).toEqual([2, null])
})
