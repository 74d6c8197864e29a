/** Builds the page when the built one is missing or older than what it is made from. */
import { spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { listFiles } from './files.ts'

/** What `vite build` reads, relative to the project's root. The lock file stands for every dependency. */
const SOURCES = {
  folders: ['src', 'workers', 'public'],
  files: ['index.html', 'vite.config.ts', 'tsconfig.json', 'package.json', 'package-lock.json'],
}

/** A build takes seconds; one that takes minutes hangs. In ms. */
const BUILD_TIME_LIMIT = 300_000

/** True when the page has to be built: `dist/index.html` is missing, or a source is newer. */
export async function isBuildStale(root: string): Promise<boolean> {
  const built = await modified(join(root, 'dist/index.html'))
  if (built === undefined) return true
  const paths = SOURCES.files.map((file) => join(root, file))
  for (const folder of SOURCES.folders) {
    for (const { file } of (await listFiles(join(root, folder))).values()) paths.push(file)
  }
  const times = await Promise.all(paths.map(modified))
  return times.some((time) => time !== undefined && time > built)
}

/**
 * Runs `vite build` in `root`; its output goes to stderr.
 * @throws when the build fails or takes more than five minutes.
 */
export async function buildPage(root: string): Promise<void> {
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [vite, 'build'], {
      cwd: root,
      stdio: ['ignore', process.stderr, process.stderr],
      timeout: BUILD_TIME_LIMIT,
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`vite build failed (${signal ?? `exit code ${code}`}); its messages are above`))
    })
  })
}

/** Modification time in ms, undefined for a file that is missing. */
async function modified(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  )
}
