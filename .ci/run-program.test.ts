import { expect, test } from 'vitest'
import { runProgram } from './run-program.ts'

const options = { cwd: '.', environment: process.env, timeLimit: 20_000 }
const node = (script: string, timeLimit = options.timeLimit) =>
  runProgram(process.execPath, ['-e', script], { ...options, timeLimit })

test('gives exit code and output, and an empty stdin', async () => {
  const script = "process.stdin.on('data', () => {}).on('end', () => { console.log('{}'); process.exitCode = 3 })"
  expect(await node(script)).toEqual({ code: 3, stdout: '{}\n' })
})

test('ends a program that hangs, with the children it started', async () => {
  // Were the grandchild left alive, it would hold the pipe open, and this would never resolve.
  const script = `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'],
    { stdio: 'inherit' }); setInterval(() => {}, 1000)`
  expect((await node(script, 500)).code).toBeUndefined()
})

test('a program that is not there has no exit code', async () => {
  expect(await runProgram('/nowhere/tool', [], options)).toEqual({ code: undefined, stdout: '' })
})
