/** Seeds a small project with forbidden and allowed imports, and asserts that the import rules tell them apart. */
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Importing file, imported file or package, the rule that must object. */
const forbidden: readonly (readonly [from: string, to: string, rule: string])[] = [
  ['src/chain/bad.ts', 'src/state/a.ts', 'room-chain'],
  ['src/consensus/bad.ts', 'src/state/a.ts', 'room-consensus'],
  ['src/consensus/bad.ts', 'src/execution/a.ts', 'room-consensus'],
  ['src/state/bad.ts', 'src/execution/a.ts', 'room-state'],
  ['src/execution/bad.ts', 'src/consensus/a.ts', 'room-execution'],
  ['src/execution/bad.ts', 'src/network/a.ts', 'room-execution'],
  ['src/network/bad.ts', 'src/sync/a.ts', 'room-network'],
  ['src/sync/bad.ts', 'src/rpc/a.ts', 'room-sync'],
  ['src/rpc/bad.ts', 'src/provider/a.ts', 'room-rpc'],
  ['src/provider/bad.ts', 'src/client/a.ts', 'room-provider'],
  ['src/client/bad.tsx', 'src/demo/a.ts', 'room-client'],
  ['src/client/bad.tsx', 'src/cli/a.ts', 'room-client'],
  ['src/client/bad.tsx', 'server/a.ts', 'room-client'],
  ['src/demo/bad.tsx', 'src/cli/a.ts', 'room-demo-extension'],
  ['src/demo/bad.tsx', 'extension/a.ts', 'room-extension-page'],
  ['extension/bad.ts', 'src/demo/a.ts', 'room-extension-page'],
  ['extension/bad.ts', 'server/a.ts', 'room-demo-extension'],
  ['src/cli/bad.ts', 'src/demo/a.ts', 'room-cli'],
  ['workers/bad.worker.ts', 'src/client/a.ts', 'room-workers'],
  ['workers/bad.worker.ts', 'src/demo/a.ts', 'room-workers'],
  ['workers/bad.worker.ts', 'src/cli/a.ts', 'room-workers'],
  ['server/bad.ts', 'src/sync/a.ts', 'room-server'],
  ['server/bad.ts', 'src/client/a.ts', 'room-server'],
  ['src/client/starts.ts', 'workers/a.worker.ts', 'workers-by-url-only'],
  ['src/client/starts.ts', 'workers/shared.ts', 'workers-by-url-only'],
  ['bench/bad.ts', 'workers/a.worker.ts', 'workers-by-url-only'],
  ['src/chain/bad.ts', 'src/testing/a.ts', 'testing-from-tests-only'],
  ['src/chain/bad.ts', 'src/chain/a.fixtures.ts', 'testing-from-tests-only'],
  ['src/chain/bad.test.ts', 'src/chain/other.test.ts', 'tests-are-leaves'],
  ['src/chain/bad.ts', 'bench/a.ts', 'product-without-tools'],
  ['src/chain/bad.ts', 'dev-tool', 'dependencies-only'],
  ['src/cli/bad.ts', 'dev-tool', 'dependencies-only'],
  ['workers/bad.worker.ts', 'not-installed-by-us', 'dependencies-only'],
  ['src/chain/bad.ts', './nowhere.ts', 'resolvable'],
  ['src/execution/bad.ts', 'node:fs', 'no-node-in-rooms'],
]

const allowed: readonly (readonly [from: string, to: string])[] = [
  ['src/consensus/good.ts', 'src/chain/a.ts'],
  ['src/state/good.ts', 'src/chain/a.ts'],
  ['src/execution/good.ts', 'src/state/a.ts'],
  ['src/network/good.ts', 'src/consensus/a.ts'],
  ['src/sync/good.ts', 'src/network/a.ts'],
  ['src/rpc/good.ts', 'src/sync/a.ts'],
  ['src/provider/good.ts', 'src/rpc/a.ts'],
  ['src/client/good.ts', 'src/provider/a.ts'],
  ['src/client/node-good.ts', 'node:worker_threads'],
  ['src/demo/good.tsx', 'src/client/a.ts'],
  ['src/cli/good.ts', 'src/client/a.ts'],
  ['src/cli/good.ts', 'server/a.ts'],
  ['src/cli/good.ts', 'node:fs'],
  ['src/cli/conformance/good.ts', 'dev-tool'],
  ['extension/good.ts', 'src/provider/a.ts'],
  ['workers/good.worker.ts', 'src/rpc/a.ts'],
  ['workers/good.worker.ts', 'runtime'],
  ['workers/good.worker.ts', 'workers/shared.ts'],
  ['server/good.ts', 'src/network/a.ts'],
  ['bench/good.ts', 'src/client/a.ts'],
  ['bench/good.ts', 'dev-tool'],
  ['bench/good.worker.ts', 'workers/shared.ts'],
  ['src/chain/good.test.ts', 'src/client/a.ts'],
  ['src/chain/good.test.ts', 'src/testing/a.ts'],
  ['src/chain/good.test.ts', 'dev-tool'],
  ['src/chain/good.test.ts', 'src/chain/good.fixtures.ts'],
  ['src/chain/good.fixtures.ts', 'dev-tool'],
  ['src/state/store/fixtures.ts', 'dev-tool'],
]

interface Violation {
  readonly from: string
  readonly to: string
  readonly rule: { readonly name: string }
}
let project: string
let violations: readonly Violation[]

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'beamtab-rules-'))
  const contents = new Map<string, string[]>()
  const seed = (file: string, ...lines: string[]) => contents.set(file, [...(contents.get(file) ?? []), ...lines])
  for (const [from, to] of [...forbidden, ...allowed]) {
    const isFile = /^(src|workers|server|extension|bench|e2e)\//.test(to)
    if (isFile) seed(to, `export type A = string`)
    const specifier = isFile ? relative(dirname(from), to).replace(/^(?!\.)/, './') : to
    // Both kinds of import must be seen: of types, which vanish when compiled, and of values.
    seed(from, isFile ? `import type { A } from '${specifier}'` : `import '${specifier}'`)
  }
  seed('src/chain/cycle-a.ts', "import { b } from './cycle-b.ts'", 'export const a = () => b')
  seed('src/chain/cycle-b.ts', "import { a } from './cycle-a.ts'", 'export const b = () => a')
  seed('src/chain/type-cycle-a.ts', "import type { B } from './type-cycle-b.ts'", 'export type A = B')
  seed('src/chain/type-cycle-b.ts', "import type { A } from './type-cycle-a.ts'", 'export type B = A')
  seed('src/chain/orphan.ts', 'export const lonely = 1')
  seed('src/state/utils/helper.ts', "import '../../chain/a.ts'")
  seed('src/client/starts.ts', "import '../../workers/a.worker.ts'")
  seed(
    'src/client/starts-by-url.ts',
    "import './a.ts'",
    "new Worker(new URL('../../workers/b.worker.ts', import.meta.url))",
  )
  seed('workers/b.worker.ts', "import '../src/chain/a.ts'")
  for (const name of ['runtime', 'dev-tool', 'not-installed-by-us']) {
    seed(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }))
    seed(`node_modules/${name}/index.js`, 'module.exports = 1')
  }
  const dependencies = { dependencies: { runtime: '1.0.0' }, devDependencies: { 'dev-tool': '1.0.0' } }
  seed('package.json', JSON.stringify({ name: 'seeded', type: 'module', ...dependencies }))
  for (const [file, lines] of contents) {
    await mkdir(dirname(join(project, file)), { recursive: true })
    await writeFile(join(project, file), lines.join('\n'))
  }
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json']) await copyFile(join(root, file), join(project, file))
  violations = await cruise(project)
})

afterAll(() => rm(project, { recursive: true }))

/** dependency-cruiser's own command on `folder`. It exits with the number of errors, so its output decides. */
async function cruise(folder: string): Promise<readonly Violation[]> {
  const bin = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const args = [bin, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', '.']
  const run = promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 64 << 20 })
  const { stdout } = await run.catch((error: { stdout: string }) => error)
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations
}

const rulesFor = (from: string, to: string) =>
  violations
    .filter((each) => each.from === from && each.to.includes(to.replace(/^\.\//, '')))
    .map((each) => each.rule.name)

describe('imports that point the wrong way', () => {
  test.each(forbidden)('%s -> %s breaks %s', (from, to, rule) => {
    expect(rulesFor(from, to.replace(/^node:/, ''))).toContain(rule)
  })
})

describe('imports that point the right way', () => {
  test.each(allowed)('%s -> %s', (from, to) => {
    expect(rulesFor(from, to.replace(/^node:/, ''))).toEqual([])
  })
  test('a worker started by its URL is no import', () => {
    expect(violations.filter((each) => each.from === 'src/client/starts-by-url.ts')).toEqual([])
  })
})

test('cycles, orphans and folders named utils are found', () => {
  expect(rulesFor('src/chain/cycle-a.ts', 'src/chain/cycle-b.ts')).toEqual(['no-cycles'])
  expect(rulesFor('src/chain/type-cycle-a.ts', 'src/chain/type-cycle-b.ts')).toEqual([])
  expect(rulesFor('src/chain/orphan.ts', 'src/chain/orphan.ts')).toEqual(['no-orphans'])
  expect(rulesFor('src/state/utils/helper.ts', 'src/chain/a.ts')).toEqual(['no-utils'])
})
