/** A Chromium that nobody asks to end: it is killed with all its processes, as a machine that runs out of memory does. */
import { spawn } from 'node:child_process'
import { launchArguments } from '../launch-arguments.ts'

export interface DoomedBrowser {
  /** Resolves when it ends without being killed, with what it said last. */
  readonly ended: Promise<string>
  /** SIGKILL for all of its processes; resolves when it is gone. */
  kill(): Promise<void>
}

/** Characters of its output that are kept for when it ends by itself. */
const SAID_MAX = 4_000

/** Not by Playwright, which tells nobody the process of a browser with a profile of its own. @param profile its folder */
export function startDoomedBrowser(executable: string, profile: string, url: string): DoomedBrowser {
  const child = spawn(
    executable,
    [...launchArguments, '--headless=new', '--remote-debugging-pipe', `--user-data-dir=${profile}`, url],
    {
      // A process group of its own, so that its children die with it.
      detached: true,
      // The last two are the debugger's, who never says a word: Chromium ends when they close, which they do if this process
      // is killed itself.
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    },
  )
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-SAID_MAX)))
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', (error) => {
      said += error.message
      resolve()
    })
  })
  return {
    ended: gone.then(() => said),
    async kill() {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGKILL')
      await gone
    },
  }
}
