import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { build, type Rolldown } from 'vite'

/** What a dapp's page loads before anything else; all the rest is loaded in workers. */
const MOST_GZIPPED = 15_000

test('the provider with its port is small', async () => {
  const entry = fileURLToPath(new URL('./index.ts', import.meta.url))
  const built = (await build({
    ...{ configFile: false, logLevel: 'silent' },
    build: { write: false, minify: true, target: 'es2023', lib: { entry, formats: ['es'], fileName: 'provider' } },
  })) as Rolldown.RolldownOutput[]
  const chunks = built.flatMap(({ output }) => output).filter((file) => file.type === 'chunk')
  expect(chunks).toHaveLength(1)
  const [{ code, imports }] = chunks as [Rolldown.OutputChunk]
  expect(imports).toEqual([])
  const bytes = gzipSync(code, { level: 9 }).length
  expect(bytes).toBeLessThan(MOST_GZIPPED)
})
