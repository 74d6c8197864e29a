/** How the chain is to be followed. Nothing typed here asks anybody before Follow is pressed. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { parseFollowSettings, type FollowField, type FollowProblems } from '../follow/follow-settings.ts'
import { hasChanges } from '../follow/follow-state.ts'
import { linkOf } from '../follow/state-in-address.ts'
import type { PageModel } from '../page-model.ts'
import type { PageState } from '../page-state.ts'
import { NetworkFileFields } from './network-file-fields.tsx'
import { RootField } from './root-field.tsx'
import { ServerField } from './server-field.tsx'

interface FormProps {
  readonly state: PageState
  readonly model: PageModel
}

export function FollowForm({ state, model }: FormProps) {
  const isActive = state.follow.active !== undefined
  const [isOpen, setOpen] = useState(!isActive)
  // The heads are what is of interest while they are followed, the settings while nothing is.
  useEffect(() => setOpen(!isActive), [isActive])
  return (
    <details class="follow-settings" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>How to follow</summary>
      <Form state={state} model={model} />
    </details>
  )
}

function Form({ state, model }: FormProps) {
  const { follow } = state
  const { settings, networkFile, isTried } = follow
  const form = useRef<HTMLFormElement>(null)
  const problems = problemsOf(state)
  const type = (field: FollowField) => (text: string) => model.follow.typeSettings({ [field]: text })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    model.follow.follow()
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }
  // A field that is still empty is no mistake yet.
  const serverProblems = isTried || settings.servers.trim() !== '' ? problems.servers : []
  return (
    <form ref={form} class="follow-form" noValidate onSubmit={submit} aria-label="How to follow">
      <div class="follow-fields">
        <ServerField
          id="beacon-servers"
          label="Beacon servers"
          use={networkFile?.namesServers === true ? 'or those of the network file' : undefined}
          text={settings.servers}
          placeholder="https://…"
          problems={serverProblems}
          onType={type('servers')}
        >
          A URL per line. One is enough to follow; with two or more, none of them can hold you back.
        </ServerField>
        <RootField
          id="checkpoint"
          label="Checkpoint root"
          use="optional"
          text={settings.checkpoint}
          onType={type('checkpoint')}
        >
          The block root to start from, trusted because you give it. Without: what your last visit proved, or what two
          sources of different owners agree on.
        </RootField>
      </div>
      <div class="follow-actions">
        <FollowButton state={state} />
        <CopyLink state={state} />
        <p class="hint">
          Servers see your network address and that you follow the chain. None is believed: what they send is checked in
          this tab.
        </p>
      </div>
      <MoreSettings state={state} model={model} problems={problems} />
      <NetworkFileFields state={state} model={model} />
    </form>
  )
}

interface MoreSettingsProps extends FormProps {
  readonly problems: FollowProblems
}

/** What most leave as it is; open where something in it is filled in. */
function MoreSettings({ state, model, problems }: MoreSettingsProps) {
  const { settings } = state.follow
  const isUsed = settings.executionServers !== '' || settings.checkpointSources !== '' || settings.allowOldCheckpoint
  const type = (field: FollowField) => (text: string) => model.follow.typeSettings({ [field]: text })
  return (
    <details class="form-part" open={isUsed}>
      <summary>Checkpoint sources, execution servers, old checkpoints</summary>
      <div class="follow-fields">
        <ServerField
          id="execution-servers"
          label="Execution servers"
          use="JSON-RPC, optional"
          text={settings.executionServers}
          placeholder="https://…"
          problems={problems.executionServers}
          onType={type('executionServers')}
        >
          For execution headers where the chain proves only their hash (Gloas).
        </ServerField>
        <ServerField
          id="checkpoint-sources"
          label="Checkpoint sources"
          use="optional"
          text={settings.checkpointSources}
          placeholder="https://…"
          problems={problems.checkpointSources}
          onType={type('checkpointSources')}
        >
          Asked for a finalized root where none is given: checkpointz or beacon nodes. Without: the beacon servers. Two
          of different owners must agree.
        </ServerField>
      </div>
      <div class="check-field">
        <input
          id="allow-old"
          type="checkbox"
          checked={settings.allowOldCheckpoint}
          aria-describedby="allow-old-hint"
          onChange={(event) => model.follow.typeSettings({ allowOldCheckpoint: event.currentTarget.checked })}
        />
        <label for="allow-old">Allow an old checkpoint</label>
        <p id="allow-old-hint" class="hint">
          Past the weak-subjectivity period, validators that have left could sign another chain at no cost. Allow it
          only for a root that somebody you trust confirmed today.
        </p>
      </div>
    </details>
  )
}

function FollowButton({ state: { follow, client } }: { readonly state: PageState }) {
  const isSame = follow.active !== undefined && !hasChanges(follow)
  return (
    <button type="submit" id="follow" class="primary" disabled={isSame || client.kind === 'starting'}>
      {follow.active === undefined ? 'Follow' : 'Follow with these'}
    </button>
  )
}

/** The link holds the servers' addresses, keys in them included: it is made when asked for, and never put in the address bar. */
function CopyLink({ state }: { readonly state: PageState }) {
  const [copied, setCopied] = useState<string>()
  const link = linkOf(location.href, state)
  const isUseful = link !== undefined && state.follow.settings.servers.trim() !== ''
  const copy = () =>
    void navigator.clipboard.writeText(link ?? '').then(
      () => setCopied(link),
      () => setCopied(undefined),
    )
  return (
    <button type="button" class="link" disabled={!isUseful} onClick={copy}>
      {isUseful && copied === link ? 'Link copied' : 'Copy as link'}
    </button>
  )
}

function problemsOf({ follow: { settings, networkFile } }: PageState): FollowProblems {
  const parsed = parseFollowSettings(settings, { namesServers: networkFile?.namesServers ?? false })
  return parsed.kind === 'invalid'
    ? parsed.problems
    : { servers: [], executionServers: [], checkpoint: [], checkpointSources: [] }
}
