import { spawn } from 'node:child_process'
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

test('what is passed on later is given as well', async () => {
  const script = "console.log('one'); console.log('two')"
  const { stdout } = await runProgram(process.execPath, ['-e', script], { ...options, print: 'later' })
  expect(stdout).toBe('one\ntwo\n')
})

test('whoever is interrupted leaves none of the programs behind that it runs', async () => {
  // Were one left alive, it would hold the pipe open.
  const hang = "setInterval(() => {}, 1000); console.log('begun')"
  const script = `import { runProgram } from './.ci/run-program.ts'
    const options = { cwd: '.', environment: process.env, timeLimit: 60_000 }
    for (let i = 0; i < 2; i++) void runProgram(process.execPath, ['-e', ${JSON.stringify(hang)}], options)`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
  let begun = 0
  child.stdout.on('data', (text: Buffer) => {
    begun += text.toString().split('begun').length - 1
    if (begun === 2) child.kill('SIGTERM')
  })
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(143)
})

test('a program that is not there has no exit code', async () => {
  expect(await runProgram('/nowhere/tool', [], options)).toEqual({ code: undefined, stdout: '' })
})
