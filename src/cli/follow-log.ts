/** What `follow` says on stderr: each thing once, when it changes. */
import type { LightClientStage, LightClientStatus } from '../sync/light-client/light-client-status.ts'
import { SaidOnce } from './said-once.ts'
import { describeEngineStatus, type EngineStatus } from '../sync/light-client/engine/engine-status.ts'

export class FollowLog {
  private readonly once: SaidOnce

  constructor(log: (line: string) => void) {
    this.once = new SaidOnce(log)
  }

  take(status: LightClientStatus, engine: EngineStatus | undefined): void {
    const { checkpoint, committees, clockSkewMs, defect, servers } = status
    this.once.say('stage', describeStage(status.stage))
    if (checkpoint !== undefined)
      this.once.say('checkpoint', `starting from ${checkpoint.root}, slot ${checkpoint.slot} (${checkpoint.by})`)
    if (committees !== undefined)
      this.once.say('committees', `sync committees up to period ${committees.period} of ${committees.target}`)
    if (clockSkewMs !== undefined)
      this.once.say('clock', `this machine's clock seems to be off by about ${Math.round(clockSkewMs / 1000)} s`)
    if (defect !== undefined) this.once.say('defect', `a defect: ${defect}`)
    for (const { name, lastError } of servers) if (lastError !== undefined) this.once.say(`server ${name}`, lastError)
    if (engine !== undefined) this.once.say('engine', `engine: ${describeEngineStatus(engine)}`)
  }
}

function describeStage(stage: LightClientStage): string {
  switch (stage.kind) {
    case 'checkpoint':
      return stage.problem ?? 'deciding on a checkpoint'
    case 'committees':
      return 'proving sync committees'
    case 'awaiting-head':
      return 'waiting for a signed head'
    case 'following':
      return 'following the head'
    case 'stale':
      return 'the newest head is stale: no server sends a newer one that is signed'
    case 'clock-behind':
      return "this machine's clock was set back: nothing newer than the head can be proven until it is right"
    case 'disputed':
      return `disputed: ${stage.what}`
  }
}
