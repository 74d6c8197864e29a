/** `conformance`: official vectors and recorded real data against this code, one JSON line per suite. */
import { parseCommandLine, UsageError } from './args.ts'
import { suites } from './conformance/registry.ts'
import { runSuites, selectSuites } from './conformance/runner.ts'
import { runCommand } from './run-command.ts'

const usage = `usage: npm run -s conformance -- --data DIR [--suite NAME]...
suites: ${suites.map((suite) => suite.name).join(', ')}`

await runCommand(usage, async (argv, environment) => {
  const { options, positionals } = parseCommandLine(argv, { data: 'string', suite: 'strings' })
  if (options.data === undefined) throw new UsageError('--data is missing: name the folder that holds the cases')
  if (positionals.length > 0) throw new UsageError(`unexpected argument ${positionals.join(' ')}`)
  const lines = await runSuites(selectSuites(suites, options.suite), options.data, environment)
  if (lines.length === 0) {
    environment.log(`--data ${options.data}: none of these suites has its folder there, so nothing was tested`)
    return 1
  }
  return lines.some((line) => line.failed > 0) ? 1 : 0
})
