/** The machine the browser tests run on, as {@link findChromium} needs it. */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { chromium } from '@playwright/test'
import type { CommandResult, Machine } from './find-chromium.ts'

/** More output than any of the commands has; past it the command is ended. In bytes. */
const MAX_OUTPUT = 16 * 1024 * 1024

export const thisMachine: Machine = {
  environment: process.env,
  isRoot: process.getuid?.() === 0,
  playwrightChromium: chromium.executablePath(),
  playwrightCli: join(dirname(createRequire(import.meta.url).resolve('@playwright/test/package.json')), 'cli.js'),
  exists: isExecutable,
  run,
  log: (line) => void process.stderr.write(`${line}\n`),
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function run(program: string, args: readonly string[], timeLimit: number): Promise<CommandResult> {
  // apt-get must not ask: nobody is there to answer.
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { timeout: timeLimit, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT, env: environment } as const
  return new Promise((resolve) => {
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr })
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr })
      else {
        const problem = error.killed === true ? `not done after ${timeLimit / 1000} s` : error.message
        resolve({ code: undefined, stdout, stderr, problem })
      }
    })
    child.stdin?.end()
  })
}
