/** The demo page's entry: the model over the real client, drawn into `#app`. */
import { render } from 'preact'
import { createBeamtab } from '../client/create-beamtab.ts'
import { addressWithNetwork, networkInAddress } from './network-in-address.ts'
import { createPageModel } from './page-model.ts'
import './styles/base.css'
import './styles/controls.css'
import './styles/layout.css'
import './styles/results.css'
import { App } from './view/app.tsx'

const app = document.getElementById('app')
if (app === null) throw new Error('index.html has no element #app to render into')

const model = createPageModel({ createBeamtab, network: networkInAddress(location.href) })
model.subscribe(() => {
  const address = addressWithNetwork(location.href, model.state().network)
  // Browsers refuse more than a hundred changes in ten seconds.
  if (address !== location.href) history.replaceState(null, '', address)
})
model.start()
render(<App model={model} />, app)
