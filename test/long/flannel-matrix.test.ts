import { describeFlannel } from '../e2e/flannel-matrix.js'

describeFlannel([
  { profile: 'current', backend: 'host-gw' },
  { profile: 'classic', backend: 'vxlan' },
])
